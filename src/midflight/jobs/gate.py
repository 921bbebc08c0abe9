"""Says whether what is checked out, or a revision, may be deployed."""

from midflight.adapters.event import Event, IssueComment, MergeGroup, PullRequest, WorkflowRun
from midflight.adapters.git import GitRepository
from midflight.adapters.perform import perform
from midflight.adapters.target.gating import contraction_of, gate_of
from midflight.changes.read import text_at
from midflight.errors import SettingsError, ToolError
from midflight.jobs.model import Job
from midflight.publish.gate import Asked, decide_gate, gate_code, unknown_gate
from midflight.publish.model import Effect
from midflight.report.gate import gate_json, headline, render_gate
from midflight.settings import configured_path, read_settings
from midflight.stages import Files, gating, running_beside

_UNTRUSTED = (PullRequest, MergeGroup, IssueComment, WorkflowRun)


def run(job: Job, event: Event) -> int:
    """Hold the revision against the database of `database_url`, and tell the answer; return the exit code."""
    if isinstance(event, _UNTRUSTED):
        what = f"`gate` asks no database on `{job.runner.event_name}`, where the configuration may be anybody's"
        raise SettingsError((f"command: {what}. Run it on `push`, `deployment`, `release` or by hand.",))
    repository = GitRepository(job.actions.workspace)
    named = job.environment.get("INPUT_REVISION", "").strip() or "HEAD"
    tree, path = repository.tree(named), configured_path(job.environment)
    configuration = text_at(tree, path, repository)
    settings = read_settings(job.environment, configuration=configuration, configuration_path=path)
    url = settings.database_url.get_secret_value()
    if url:
        job.actions.mask(url)
    asked = Asked(tree.revision, job.runner.run_url, settings.deployment_id, settings.status)
    try:
        files = Files(configuration)
        options = gating(settings, files)
        if settings.contract:
            beside = running_beside(settings, files, tree)
            gate, history = contraction_of(url, tree, repository, options, beside)
        else:
            gate, history = gate_of(
                url, tree, repository, options, beside=lambda: running_beside(settings, files, tree)
            )
    except SettingsError:
        raise
    except ToolError as error:
        _write(job, unknown_gate(error.sentence, asked))
        raise
    texts = headline(gate), render_gate(gate, history, tree.revision), gate_json(gate, history, tree.revision)
    _write(job, decide_gate(gate, texts, asked))
    job.actions.say(texts[0])
    return gate_code(gate)


def _write(job: Job, effects: tuple[Effect, ...]) -> None:
    for warning in perform(effects, github=job.github, runner=job.actions):
        job.actions.warn(warning)
