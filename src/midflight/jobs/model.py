"""What every kind of run is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from midflight.adapters.actions import Actions
from midflight.adapters.clock import today
from midflight.adapters.github import GitHub
from midflight.publish.decide import DEFAULT_KEY, context_for
from midflight.report.model import Subject
from midflight.settings import Runner


@dataclass(frozen=True, slots=True)
class Job:
    """One run: the environment, the runner's facts, its files, and GitHub where there is a token."""

    environment: Mapping[str, str]
    runner: Runner
    actions: Actions
    github: GitHub | None


def context_of(job: Job) -> str:
    """Return the name of the status where the settings cannot be read: by the input `comment_key` alone."""
    return context_for(job.environment.get("INPUT_COMMENT_KEY", "").strip() or DEFAULT_KEY)


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
