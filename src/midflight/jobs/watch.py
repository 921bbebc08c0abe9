"""Watches the database that was deployed to: one run, one answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from midflight.adapters.event import Event, IssueComment, MergeGroup, PullRequest, WorkflowRun
from midflight.adapters.git import GitRepository
from midflight.adapters.perform import perform
from midflight.adapters.sources import pull_revisions
from midflight.adapters.target.connection import Bounds
from midflight.adapters.target.watching import watch_database
from midflight.app import check
from midflight.changes.read import text_at
from midflight.errors import SettingsError, ToolError
from midflight.jobs.model import Job, subject_of
from midflight.publish.incident import WatchOptions, WatchTexts, decide_watch, lost, watch_code
from midflight.report.release_notes import range_title
from midflight.report.watch import Range, incident_title, render_incident, render_watch, watch_headline, watch_json
from midflight.settings import Settings, configured_path, read_settings
from midflight.stages import measures, monitoring

_UNTRUSTED = (PullRequest, MergeGroup, IssueComment, WorkflowRun)


def run(job: Job, event: Event) -> int:
    """Run the queries of the code that is checked out, and tell what they say; return the exit code."""
    if isinstance(event, _UNTRUSTED):
        what = f"`watch` runs no queries on `{job.runner.event_name}`, where the configuration may be anybody's"
        raise SettingsError((f"command: {what}. Run it on `schedule`, `push`, `deployment` or by hand.",))
    repository = GitRepository(job.actions.workspace)
    tree, path = repository.tree("HEAD"), configured_path(job.environment)
    settings = read_settings(job.environment, configuration=text_at(tree, path, repository), configuration_path=path)
    url = settings.database_url.get_secret_value()
    wanted = measures(settings)
    deployed = _range(job, settings, tree.revision)
    options = WatchOptions(
        settings.comment_key,
        deployed.to,
        job.runner.run_url,
        status=settings.status,
        deployment=settings.deployment_id,
    )
    with _telling(job, options):
        watch = watch_database(
            url,
            wanted,
            monitoring(settings),
            deployed.plan.fillings if deployed.plan else (),
            bounds=Bounds(),
            alert=settings.monitoring.leftovers == "alert",
        )
    texts = WatchTexts(
        headline=watch_headline(watch),
        title=incident_title(watch),
        summary=render_watch(watch, deployed),
        incident=render_incident(watch, deployed),
        data=watch_json(watch, deployed),
    )
    for warning in perform(decide_watch(watch, texts, options), github=job.github, runner=job.actions):
        job.actions.warn(warning)
    job.actions.say(texts.headline)
    return watch_code(watch)


@contextmanager
def _telling(job: Job, options: WatchOptions) -> Iterator[None]:
    """Say in the status that nothing could be told, where the database is not reached or lost."""
    try:
        yield
    except ToolError as error:
        for warning in perform(lost(error.what, options), github=job.github, runner=job.actions):
            job.actions.warn(warning)
        raise


def _range(job: Job, settings: Settings, head: str) -> Range:
    """What was deployed, with its plan where `from` says what ran before."""
    if not settings.from_:
        return Range(to=head, run=job.runner.run_url)
    title = range_title(settings.from_, settings.to or head)
    revisions = pull_revisions(job.actions.workspace, settings.from_, settings.to or head, job.github)
    base, tip = revisions.base.revision, revisions.head.revision
    checked = check(
        revisions.blobs,
        revisions.base,
        revisions.head,
        subject=subject_of(job, base, tip, title=title),
        environment=job.environment,
        options={"merge_method": "rebase", "shadow": "off"},  # it is reverted as one, and was tried before
    )
    return Range(base, tip, checked.report.plan, job.runner.run_url)
