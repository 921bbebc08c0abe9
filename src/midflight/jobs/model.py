"""What every kind of run is given."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from midflight.adapters.actions import Actions
from midflight.adapters.clock import today
from midflight.adapters.github.client import GitHub
from midflight.errors import PlatformError
from midflight.publish.decide import DEFAULT_KEY, context_for
from midflight.report.model import Subject
from midflight.settings import Runner, configured_path
from midflight.settings.document import parse_document
from midflight.settings.model import KEY


@dataclass(slots=True)
class Known:
    """What a run has learnt on its way: the `comment_key` of the configuration file, None while it is not read."""

    comment_key: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One run: the environment, the runner's facts, its files, and GitHub where there is a token."""

    environment: Mapping[str, str]
    runner: Runner
    actions: Actions
    github: GitHub | None
    known: Known = field(default_factory=Known)


def context_of(job: Job) -> str:
    """Return the name of the status where the settings are not read: by the input `comment_key`, else the file's.

    A file that this run has not read is asked for on the default branch; without an answer it is the default.
    """
    given = job.environment.get("INPUT_COMMENT_KEY", "").strip()
    if not given and job.known.comment_key is None:
        job.known.comment_key = _asked_key(job)
    return context_for(given or job.known.comment_key or DEFAULT_KEY)


def learn_key(job: Job, configuration: str | None) -> None:
    """Keep the `comment_key` that a configuration file gives, whatever else is wrong with the file."""
    job.known.comment_key = _key_in(configuration or "")


def _key_in(configuration: str) -> str:
    found = parse_document(configuration).values.get("comment_key")
    return found if isinstance(found, str) and re.fullmatch(KEY, found) else ""


def _asked_key(job: Job) -> str:
    if job.github is None:
        return ""
    try:
        return _key_in(job.github.file_text(configured_path(job.environment)))
    except PlatformError:
        return ""


def subject_of(job: Job, base: str, head: str, *, title: str = "", number: int = 0) -> Subject:
    """Return what the report speaks of: two commits of the job's repository, and a pull request where it is one."""
    runner = job.runner
    return Subject(
        base=base,
        head=head,
        title=title,
        repository=runner.repository,
        server=runner.server_url,
        number=number,
        run=runner.run_url,
        date=today(),
        rules=runner.rules_url,
    )
