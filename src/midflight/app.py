"""The pipeline from top to bottom."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from midflight.adapters.consumer_code import with_sources
from midflight.adapters.deployed import means_of, names_of, read_running
from midflight.adapters.kept import FolderStore
from midflight.adapters.older import Asked, older_of
from midflight.adapters.shadow.choice import Wanted, prove_all
from midflight.changes.model import Blobs, Tree
from midflight.changes.read import holds, text_at
from midflight.inspection.assess import assess
from midflight.inspection.later import Watched
from midflight.inspection.run import inspect
from midflight.plan.approval import REQUIRABLE
from midflight.plan.build import build_plan
from midflight.proof.costs import with_evidence
from midflight.proof.showing import told_once, with_shown
from midflight.proof.trying import with_probes
from midflight.publish.decide import Rendered
from midflight.report.as_json import render_json
from midflight.report.build import build_report, with_proofs
from midflight.report.coverage import coverage
from midflight.report.model import Origin, Report, Subject
from midflight.report.sections import sections
from midflight.rules import load_rules
from midflight.settings import Settings, configured_path, read_settings
from midflight.stages import (
    Files,
    access,
    deployed,
    given_server,
    plan_options,
    policy,
    reading,
    roles,
    scope,
    shadow_refused,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A finished check: the report, and the settings and team template that were in force."""

    report: Report
    settings: Settings
    template: str | None


def _store(settings: Settings, head: Tree) -> FolderStore | None:
    """Where results are kept; a folder that the checked revision itself has is none."""
    theirs = holds(head, settings.cache, workspace=settings.runner.workspace) if settings.cache else True
    return None if theirs else FolderStore(settings.cache)


def check(  # noqa: PLR0913 - where the settings are read is a fact of its own beside the two trees
    source: Blobs,
    base: Tree,
    head: Tree,
    *,
    subject: Subject,
    environment: Mapping[str, str],
    options: Mapping[str, object],
    settings_from: Tree | None = None,
) -> Checked:
    """Check the change from one tree to the other. Nothing is written.

    Settings, template and the files that they name are those of `settings_from`, which is base where it is left out.
    """
    path = configured_path(environment, options=options)
    rules = load_rules()
    ruling = settings_from or base
    configuration = text_at(ruling, path, source)
    settings = read_settings(
        environment,
        options=options,
        configuration=configuration,
        configuration_path=path,
        known_rules=[rule.id for rule in rules],
    )
    statistics, baseline = (text_at(ruling, name, source) for name in (settings.statistics, settings.baseline))
    files = Files(configuration, statistics, baseline)
    where = scope(settings, files)
    store = _store(settings, head)
    where = replace(where, code=replace(where.code, store=store))
    where = replace(where, consumers=with_sources(where.consumers, *reading(settings, head)))
    where = replace(where, running=read_running(deployed(settings, files), base, means_of(*access(settings))))
    watched = settings.contraction.days
    asked = Asked(subject.date, watched, settings.config)
    older = older_of(source, base, asked, means_of(*access(settings)))
    where = replace(where, older=older, watched=Watched(watched, subject.date))
    found = assess(base, head, source, where)
    findings = inspect(found.contexts, rules, policy(settings, files, today=subject.date))
    plan_of = partial(build_plan, options=plan_options(settings, subject, found))
    plan = plan_of(found.contexts, found.matrix, findings)
    shadow = Wanted(
        settings.shadow,
        settings.postgres_bin,
        shadow_refused(settings),
        given_server(settings),
        roles(settings),
        settings.shadow_rows,
        store,
    )
    proofs = prove_all(found.contexts, plan.rollback, shadow)
    if any(proof.new or proof.refused or proof.downs for proof in proofs):
        found = found.after(with_shown(with_probes(found.contexts, proofs), proofs))
        findings = told_once(inspect(found.contexts, rules, policy(settings, files, today=subject.date)), proofs)
        plan = plan_of(found.contexts, found.matrix, findings)
    report = build_report(
        subject,
        found.contexts,
        findings=with_evidence(findings, proofs),
        matrix=found.matrix,
        plan=plan,
        coverage=coverage(found, proofs),
    )
    report = replace(
        with_proofs(report, proofs),
        required=tuple(REQUIRABLE[name] for name in settings.require),
        elsewhere={
            **{each.prefix: Origin(each.repository, each.code.revision) for each in found.consumers if each.code},
            **{name: Origin(subject.repository, at) for name, at in names_of(where.running.values()).items()},
        },
        versions=found.versions,
        later=found.later,
    )
    report = replace(report, sections=sections(report, found, proofs, plan_of))
    return Checked(report, settings, text_at(ruling, settings.template, source))


def render(checked: Checked) -> Rendered:
    """Render the report for people and machines."""
    from midflight.report.comment import render_comment  # noqa: PLC0415 - templates take long to import
    from midflight.report.sarif import render_sarif  # noqa: PLC0415 - what knows our version takes long to import
    from midflight.report.summary import render_summary  # noqa: PLC0415 - templates take long to import

    report = checked.report
    comment = render_comment(report, template=checked.template)
    sarif = render_sarif(report.findings, load_rules(), pages=report.subject.rules)
    return Rendered(comment, render_summary(report), render_json(report), sarif)
