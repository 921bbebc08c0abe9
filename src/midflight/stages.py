"""Settings turned into the small options that each stage takes."""

from types import MappingProxyType

from midflight.inspection.assess import Assessment, Scope
from midflight.inspection.finding import Level
from midflight.inspection.run import Policy
from midflight.inspection.suppress import Ignore
from midflight.migrations.find import DatabaseOptions
from midflight.plan.model import Query
from midflight.plan.options import MergeMethod, MonitoringOptions, PlanOptions
from midflight.publish.decide import PublishOptions
from midflight.publish.exit import FailOn
from midflight.references.find import SearchOptions
from midflight.report.model import Coverage, Subject
from midflight.settings import Settings


def scope(settings: Settings) -> Scope:
    """Return where to look and what the pipeline guarantees."""
    databases = tuple(
        DatabaseOptions(name=d.name, folder=d.folder, format=d.format, dialect=d.dialect) for d in settings.databases
    )
    code = SearchOptions(ignore=settings.code.ignore, roots=settings.code.roots, tests=settings.code.tests)
    return Scope(databases=databases, code=code, deploys=settings.deploys, postgres_version=settings.postgres_version)


def policy(settings: Settings, subject: Subject) -> Policy:
    """Return levels and ignored findings; an ignore whose last day is past counts no more."""
    levels = {rule: None if level == "off" else Level(level) for rule, level in settings.rules.items()}
    ignores = tuple(
        Ignore(rule=i.rule, reason=i.reason, by=settings.config, path=i.path, object=i.object)
        for i in settings.ignore
        if i.until is None or i.until.isoformat() >= subject.date
    )
    return Policy(levels=MappingProxyType(levels), ignores=ignores)


def plan_options(settings: Settings, subject: Subject, *, code_changed: bool) -> PlanOptions:
    """Return how the team merges, deploys, toggles flags and watches."""
    watch = settings.monitoring
    return PlanOptions(
        title=subject.title,
        head=subject.head,
        base=subject.base,
        merge_method=MergeMethod(settings.merge_method),
        deploys=settings.deploys,
        monitoring=MonitoringOptions(
            error_rate=watch.error_rate,
            call_failures=watch.call_failures,
            orphaned_rows=watch.orphaned_rows,
            hours=watch.hours,
            queries=tuple(Query(q.purpose, q.sql, q.expect) for q in watch.queries),
        ),
        flag_command=settings.flags.set_,
        code_minutes=settings.deployment.code_minutes,
        database_minutes=settings.deployment.database_minutes,
        code=code_changed,
    )


def publish_options(settings: Settings) -> PublishOptions:
    """Return what may be written."""
    return PublishOptions(
        comment=settings.comment,
        status=settings.status,
        annotations=settings.annotations,
        key=settings.comment_key,
        fail_on=FailOn(settings.fail_on),
        report_path=settings.report_path,
    )


def coverage(found: Assessment) -> Coverage:
    """Return how much was read and what was not."""
    old, new = found.old_code, found.new_code
    histories = (h for c in found.contexts for h in (c.database.base, c.database.head))
    unread = (*old.not_analysed, *new.not_analysed, *(item for history in histories for item in history.not_analysed))
    return Coverage(
        statements=sum(len({s.operation.statement for s in c.steps}) for c in found.contexts),
        opaque=found.opaque,
        references=len(set(old.references) | set(new.references)),
        unresolved=tuple(dict.fromkeys((*old.unresolved, *new.unresolved))),
        not_analysed=tuple(dict.fromkeys(unread)),
        not_proven=("nothing was executed: no shadow database was used",),
    )
