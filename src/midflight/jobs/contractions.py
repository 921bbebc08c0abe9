"""Lists what code stopped naming in the branch that is checked out."""

from midflight.adapters.clock import today
from midflight.adapters.event import Dispatch, Event, Schedule
from midflight.adapters.git import GitRepository
from midflight.adapters.ledger import flags_left_of, ledger_of
from midflight.adapters.perform import perform
from midflight.changes.read import text_at
from midflight.jobs.model import Job
from midflight.publish.ledger import decide_ledger
from midflight.report.ledger import as_json, ledger_issue, render_ledger
from midflight.settings import configured_path, read_settings
from midflight.stages import Files, period, scope


def run(job: Job, event: Event) -> int:
    """Write the ledger into the job's summary and its output `contractions`; return the exit code."""
    repository = GitRepository(job.actions.workspace)
    head, path = repository.tree("HEAD"), configured_path(job.environment)
    configuration = text_at(head, path, repository)
    settings = read_settings(job.environment, configuration=configuration, configuration_path=path)
    where = scope(settings.model_copy(update={"statistics": ""}), Files(configuration))
    ledger = ledger_of(
        repository,
        head.revision,
        databases=where.databases,
        code=where.code,
        period=period(settings),
        today=today(),
        surfaces=where.surfaces,
    )
    flags = flags_left_of(repository, head.revision, where.code, period(settings), today())
    job.actions.append_summary(render_ledger(ledger, flags))
    job.actions.set_output("contractions", as_json(ledger, flags))
    if settings.contraction.issue and isinstance(event, Schedule | Dispatch):
        told = decide_ledger(*ledger_issue(ledger, flags), settings.comment_key, whole=not ledger.unread)
        for warning in perform(told, github=job.github, runner=job.actions):
            job.actions.warn(warning)
    job.actions.say(f"Contractions: {len(ledger.ready)} ready, {len(ledger.waiting)} still watched.")
    return 0
