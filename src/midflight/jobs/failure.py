"""A run that fails leaves the status `error`: a check that could not run is never a success."""

from collections.abc import Iterator
from contextlib import contextmanager

from midflight.adapters.perform import perform
from midflight.errors import SettingsError
from midflight.jobs.model import Job, context_of
from midflight.publish.model import SetStatus, StatusState


@contextmanager
def failing(job: Job, sha: str) -> Iterator[None]:
    """Set the status of a commit to `error` when what runs inside fails; an empty `sha` has none."""
    try:
        yield
    except SettingsError:
        _failed(job, sha, "Wrong settings: see the job's log")
        raise
    except Exception:
        _failed(job, sha, "Midflight failed: see the job's log")
        raise


def _failed(job: Job, sha: str, description: str) -> None:
    if sha:
        status = SetStatus(sha, StatusState.ERROR, description, context_of(job), job.runner.run_url)
        for warning in perform((status,), github=job.github, runner=job.actions):
            job.actions.warn(warning)
