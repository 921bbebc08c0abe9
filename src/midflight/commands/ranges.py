"""Two revisions of a repository on disk, checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from midflight.adapters.clock import today
from midflight.adapters.git import GitRepository
from midflight.adapters.sources import local_revisions

if TYPE_CHECKING:
    from midflight.app import Checked

ENVIRONMENT = os.environ  # noqa: TID251 - the doors hand the environment to settings.py


def check_range(repo: str, base: str, head: str, *, title: str, options: Mapping[str, object]) -> Checked:
    """Check two revisions of a repository on disk.

    While git lists a large repository, what the check consists of is imported, which takes as long.
    """
    repository = GitRepository(repo)
    with ThreadPoolExecutor(1) as aside:
        revisions = aside.submit(local_revisions, repository, base, head)
        from midflight.app import check as run_check  # noqa: PLC0415 - meanwhile
        from midflight.report.model import Subject  # noqa: PLC0415 - meanwhile

        found = revisions.result()
    subject = Subject(base=found.base.revision, head=found.head.revision, title=title, date=today())
    environment = {**ENVIRONMENT, "GITHUB_WORKSPACE": str(Path(repo).absolute())}
    return run_check(
        found.blobs,
        found.base,
        found.head,
        subject=subject,
        environment=environment,
        options=options,
        settings_from=found.policy,
    )
