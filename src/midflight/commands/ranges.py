"""Two revisions of a repository on disk, checked."""

import os
from collections.abc import Mapping
from pathlib import Path

from midflight.adapters.clock import today
from midflight.adapters.git import GitRepository
from midflight.adapters.sources import local_revisions
from midflight.app import Checked
from midflight.app import check as run_check
from midflight.report.model import Subject

ENVIRONMENT = os.environ  # noqa: TID251 - the doors hand the environment to settings.py


def check_range(repo: str, base: str, head: str, *, title: str, options: Mapping[str, object]) -> Checked:
    """Check two revisions of a repository on disk."""
    found = local_revisions(GitRepository(repo), base, head)
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
