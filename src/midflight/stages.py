"""Settings turned into the small options that each stage takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from midflight.adapters.consumer_code import DEFAULT, Means, Wanted
from midflight.adapters.deployed import BASE, Choice, means_of, read_running
from midflight.adapters.shadow.server import GivenServer
from midflight.changes.model import Blobs, Tree
from midflight.changes.read import holds
from midflight.compatibility.attribute import Part
from midflight.compatibility.consumers import Consumer
from midflight.errors import SettingsError, SourceError
from midflight.inspection.assess import Assessment, Scope
from midflight.inspection.contraction import Period
from midflight.inspection.finding import Level
from midflight.inspection.gate import GateOptions
from midflight.inspection.model import Deploys
from midflight.inspection.run import Policy
from midflight.inspection.suppress import Ignore
from midflight.inspection.tables import Size, TableFact, Tables
from midflight.migrations.find import DatabaseOptions
from midflight.plan.model import Query
from midflight.plan.options import MergeMethod, MonitoringOptions, PlanOptions
from midflight.plan.watching import Kind, Measure, wrong_queries
from midflight.publish.decide import PublishOptions, context_for, key_for
from midflight.publish.exit import FailOn
from midflight.references.find import SearchOptions
from midflight.references.model import Place
from midflight.references.surfaces import Configured, Surface, Surfaces
from midflight.report.model import Report, Subject
from midflight.settings import Settings
from midflight.settings.baseline import read_baseline
from midflight.settings.document import parse_document
from midflight.settings.statistics import read_statistics

_PRIVILEGED = frozenset({"pull_request_target", "issue_comment", "workflow_run"})


@dataclass(frozen=True, slots=True)
class Files:
    """The texts of the files that the configuration names, None for one that is not there."""

    configuration: str | None = None
    statistics: str | None = None
    baseline: str | None = None


def scope(settings: Settings, files: Files) -> Scope:
    """Return where to look, what the pipeline guarantees, and what is known of the server and its tables."""
    databases = tuple(
        DatabaseOptions(name=d.name or d.folder, folder=d.folder, format=d.format, dialect=d.dialect)
        for d in settings.databases
    )
    code = SearchOptions(ignore=settings.code.ignore, roots=_roots(settings), tests=settings.code.tests)
    return Scope(
        databases=databases,
        code=code,
        deploys=settings.deploys,
        postgres_version=settings.postgres_version,
        tables=tables(settings, files.statistics),
        surfaces=surfaces(settings),
        consumers=consumers(settings, files),
        servers={d.name or d.folder: d.postgres_version for d in settings.databases if d.postgres_version},
        parts=_parts(settings),
    )


def _parts(settings: Settings) -> dict[str, Part]:
    """The code of each database; nothing where the configuration leaves it open for all of them."""
    parts = {d.name or d.folder: Part(d.code.roots, d.code.ignore) for d in settings.databases}
    return parts if any(part.roots or part.ignore for part in parts.values()) else {}


def _roots(settings: Settings) -> tuple[str, ...]:
    """Where to look: the roots for all code with those of each database, everywhere where a database has none."""
    own = [d.code.roots for d in settings.databases]
    if not settings.code.roots and not (own and all(own)):
        return ()
    every = dict.fromkeys((*settings.code.roots, *(root for roots in own for root in roots)))
    return () if any(c in root for root in every for c in "*?[") else tuple(every)


def deployed(settings: Settings, files: Files) -> dict[str, Choice]:
    """Return what the team says of the code that runs, by database; "" is for those that say nothing of their own.

    Release notes are of a range whose first revision is deployed by definition.
    """
    if settings.from_:
        return {}
    document = parse_document(files.configuration or "")
    place = Place(settings.config, document.lines.get(("deployed_ref",), 0))
    count = settings.supported_versions
    own = {
        d.name or d.folder: Choice(
            d.deployed_ref, count, Place(settings.config, document.line(("databases", number, "deployed_ref")))
        )
        for number, d in enumerate(settings.databases)
        if d.deployed_ref
    }
    return {"": Choice(settings.deployed_ref or BASE, count, place), **own}


def surfaces(settings: Settings) -> Surfaces:
    """Return where code runs, as the team says, and for how long old builds of it live."""
    return Surfaces(
        configured=tuple(Configured(s.path, Surface(s.surface), s.lifetime_days) for s in settings.surfaces),
        lifetimes={Surface(name.replace("_", "-")): days for name, days in settings.lifetimes.model_dump().items()},
    )


def consumers(settings: Settings, files: Files) -> tuple[Consumer, ...]:
    """Return what other repositories use, each object with the line of the configuration that names it."""
    document = parse_document(files.configuration or "")
    return tuple(
        Consumer(
            each.name,
            each.repository,
            tuple(
                (written, Place(settings.config, document.line(("consumers", number, "uses", at))))
                for at, written in enumerate(each.uses)
            ),
            Place(settings.config, document.line(("consumers", number))),
            roots=each.code.roots,
            ignore=each.code.ignore,
        )
        for number, each in enumerate(settings.consumers)
    )


def reading(settings: Settings, head: Tree) -> tuple[Sequence[Wanted | None], Means]:
    """Return which consumers' code to read, None for those of which `uses` says all, and what reading it takes.

    A path that the change itself may have made is refused: its code would be whatever the change says.
    """
    workspace = settings.runner.workspace
    wanted = [
        Wanted(
            each.repository,
            each.ref or DEFAULT,
            each.path,
            "its path lies in this repository" if each.path and holds(head, each.path, workspace=workspace) else "",
        )
        if each.is_read
        else None
        for each in settings.consumers
    ]
    token = settings.consumers_token.get_secret_value() or settings.github_token.get_secret_value()
    return wanted, Means(token, settings.runner.api_url, workspace or ".")


def access(settings: Settings) -> tuple[str, str, str, str]:
    """Return where versions are read: the folder that is checked, the repository on GitHub, the token, the address."""
    runner = settings.runner
    return runner.workspace, runner.repository, settings.github_token.get_secret_value(), runner.api_url


def tables(settings: Settings, statistics: str | None) -> Tables:
    """Return what is known of the tables' size: names before globs, the configuration before the statistics."""
    said = [
        TableFact(pattern, Size(one.size) if one.size else None, one.hot, settings.config)
        for pattern, one in settings.tables.items()
    ]
    said.sort(key=lambda fact: (any(c in fact.pattern for c in "*?["), -len(fact.pattern)))
    if not settings.statistics:
        return Tables(tuple(said))
    if statistics is None:
        raise SettingsError((f"statistics: there is no file {settings.statistics} at the base revision.",))
    limits = settings.sizes
    counted = read_statistics(statistics, settings.statistics, small=limits.small, large=limits.large)
    return Tables(tuple(said), counted)


def policy(settings: Settings, files: Files, *, today: str) -> Policy:
    """Return levels and what is ignored; an ignore counts up to its last day (`today` is YYYY-MM-DD)."""
    levels = {rule: None if level == "off" else Level(level) for rule, level in settings.rules.items()}
    document = parse_document(files.configuration or "")
    ignores = tuple(
        Ignore(
            rule=entry.rule,
            reason=entry.reason,
            by=f"{settings.config}:{document.line(('ignore', number))}",
            path=entry.path,
            object=entry.object,
            ended=entry.until.isoformat() if entry.until and entry.until.isoformat() < today else "",
        )
        for number, entry in enumerate(settings.ignore)
    )
    baseline = read_baseline(files.baseline, settings.baseline)
    return Policy(levels=MappingProxyType(levels), ignores=ignores, baseline=baseline)


def plan_options(settings: Settings, subject: Subject, found: Assessment) -> PlanOptions:
    """Return how the team merges, deploys, toggles flags and watches."""
    return PlanOptions(
        title=subject.title,
        head=subject.head,
        base=subject.base,
        merge_method=MergeMethod(settings.merge_method),
        deploys=settings.deploys,
        monitoring=monitoring(settings),
        flag_command=settings.flags.set_,
        code_minutes=settings.deployment.code_minutes,
        database_minutes=settings.deployment.database_minutes,
        code=found.code_changed,
        unread=tuple(each.path for each in found.unread),
    )


def monitoring(settings: Settings) -> MonitoringOptions:
    """Return the thresholds and the team's queries."""
    watch = settings.monitoring
    return MonitoringOptions(
        error_rate=watch.error_rate,
        call_failures=watch.call_failures,
        orphaned_rows=watch.orphaned_rows,
        hours=watch.hours,
        queries=tuple(Query(q.purpose, q.sql, q.expect) for q in watch.queries),
    )


def measures(settings: Settings) -> tuple[Measure, ...]:
    """Return the queries to run on the database that is deployed to; what is wrong with them is told at once."""
    found = tuple(
        Measure(q.purpose, q.sql, Kind(q.kind), q.limit, q.series, q.expect) for q in settings.monitoring.queries
    )
    wrong = wrong_queries(found)
    if not settings.database_url.get_secret_value():
        wrong = ("database_url: is missing: give the input, or the environment variable DATABASE_URL.", *wrong)
    if wrong:
        raise SettingsError(wrong)
    return found


def shadow_refused(settings: Settings) -> str:
    """Return why the change's SQL must not run here, empty when it may.

    On these events the token may write and secrets are there, whoever opened the pull request ("Events that trigger
    workflows", GitHub documentation).
    """
    event = settings.runner.event_name
    return f"nothing of a change is run on `{event}`, where the job holds secrets" if event in _PRIVILEGED else ""


def given_server(settings: Settings) -> GivenServer | None:
    """Return the server that is given to try the change on, None where one is to be found."""
    url = settings.shadow_database_url.get_secret_value()
    return GivenServer(url, settings.database_url.get_secret_value()) if url else None


def roles(settings: Settings) -> dict[str, str]:
    """Return the roles that the application logs in as, by database."""
    return {each.name or each.folder: each.role for each in settings.databases if each.role}


def period(settings: Settings) -> Period:
    """Return how long an object stays after code stopped naming it, and how far back uses are looked for."""
    own = settings.contraction
    return Period(own.days, max(own.days, own.lookback_days))


def gating(settings: Settings, files: Files) -> GateOptions:
    """Return what the gate holds against the database."""
    looked = scope(settings.model_copy(update={"statistics": ""}), files)
    named = {each.name or each.folder: each for each in settings.databases}
    own = named.get(settings.database) or (settings.databases[0] if len(named) == 1 else None)
    return GateOptions(
        databases=looked.databases,
        code=looked.code,
        parts=looked.parts,
        name=settings.database,
        role=own.role if own else "",
        query=own.applied if own else "",
        waits=settings.gate.pending == "applied" and settings.deploys is not Deploys.CODE_FIRST,
        lag=settings.gate.max_replica_lag,
    )


def running_beside(settings: Settings, files: Files, tree: Tree) -> list[tuple[str, Tree, Blobs]]:
    """Return the versions that run beside a revision, by name; raises `SourceError` for one that is not there."""
    found = read_running(deployed(settings, files), tree, means_of(*access(settings)))
    for each in found.values():
        for note in each.notes:
            raise SourceError(f"What runs cannot be told: {note.reason}", where=note.path)
    return [(one.name, one.tree, one.blobs) for each in found.values() for one in each.versions]


def publish_options(settings: Settings) -> PublishOptions:
    """Return what may be written."""
    return PublishOptions(
        comment=settings.comment,
        status=settings.status,
        annotations=settings.annotations,
        key=settings.comment_key,
        context=context_for(settings.comment_key),
        fail_on=FailOn(settings.fail_on),
        report_path=settings.report_path,
        sarif_path=settings.sarif_path,
    )


def parts(settings: Settings, report: Report) -> tuple[tuple[Report, PublishOptions], ...]:
    """Return each database's report with what may be written for it, where each has a comment of its own."""
    if settings.comments == "one":
        return ()
    whole = publish_options(settings)
    names = [section.name for section in report.sections]
    return tuple(
        (replace(section, is_part=True), replace(whole, key=key, context=context_for(key)))
        for section in report.sections
        if (key := key_for(whole.key, section.name, [name for name in names if name != section.name]))
    )


def whole_options(settings: Settings, report: Report) -> tuple[Report, PublishOptions]:
    """Return the report and what may be written for it; comment and approvals are its parts' where it has any."""
    options = publish_options(settings)
    if not parts(settings, report):
        return report, options
    return replace(report, required=()), replace(options, comment=False)
