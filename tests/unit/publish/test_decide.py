"""Which writes a report calls for."""

from dataclasses import replace

import pytest

from midflight.inspection.contraction import Contraction, Landed
from midflight.inspection.finding import Confidence, Finding, Level, Suppressed
from midflight.operations.shapes import Name
from midflight.publish.decide import PublishOptions, Rendered, comment_body, decide
from midflight.publish.describe import describe
from midflight.publish.exit import FailOn, exit_code
from midflight.publish.marker import Marker, parse_marker
from midflight.publish.model import (
    Annotate,
    AnnotationLevel,
    AppendSummary,
    SetOutput,
    SetStatus,
    StatusState,
    UpsertComment,
    WriteFile,
)
from midflight.references.model import Place
from midflight.report.model import Subject, Verdict
from support.reports import clean

HEAD = "a" * 40
RUN = "https://github.com/octo/app/actions/runs/7"
RENDERED = Rendered(comment="the comment", summary="the summary", json="{}")


def finding(level=Level.ERROR, line=1, **more):
    return Finding("drop-column", level, Confidence.PROVEN, "It breaks.", Place("m.sql", line), **more)


def report(verdict=Verdict.ERROR, findings=(), **more):
    subject = Subject(base="b" * 40, head=HEAD, number=7, repository="octo/app", run=RUN)
    return replace(clean(), subject=subject, verdict=verdict, headline="Old code breaks", findings=findings, **more)


def only(kind, effects):
    [effect] = [effect for effect in effects if isinstance(effect, kind)]
    return effect


def kinds(effects):
    return {type(effect) for effect in effects}


def test_an_unsafe_pull_request_gets_every_effect():
    effects = decide(report(findings=(finding(),)), RENDERED, PublishOptions(report_path="r.json"))
    assert kinds(effects) == {UpsertComment, SetStatus, Annotate, AppendSummary, SetOutput, WriteFile}
    assert only(WriteFile, effects) == WriteFile("r.json", "{}")
    assert only(AppendSummary, effects) == AppendSummary("the summary")


def test_the_comment_begins_with_its_marker():
    effect = only(UpsertComment, decide(report(), RENDERED, PublishOptions(key="api")))
    assert (effect.number, effect.key, effect.head, effect.create) == (7, "api", HEAD, True)
    assert parse_marker(effect.body) == Marker("api", HEAD)
    assert effect.body.endswith("-->\nthe comment")


def test_a_quiet_report_makes_no_new_comment():
    effect = only(UpsertComment, decide(report(Verdict.SUCCESS, quiet=True), RENDERED, PublishOptions()))
    assert effect.create is False


def test_a_quiet_report_makes_one_where_something_may_be_dropped_later():
    later = (Contraction("app", Name("users", "public"), "nickname", Landed(HEAD, "2026-03-01"), "2026-03-15"),)
    quiet = replace(report(Verdict.SUCCESS, quiet=True), later=later)
    assert only(UpsertComment, decide(quiet, RENDERED, PublishOptions())).create is True


def test_without_a_pull_request_there_is_no_comment():
    subject = Subject(base="b" * 40, head=HEAD)
    effects = decide(replace(report(), subject=subject), RENDERED, PublishOptions())
    assert UpsertComment not in kinds(effects)


def test_switches_switch_off():
    options = PublishOptions(comment=False, status=False, annotations=False)
    assert kinds(decide(report(findings=(finding(),)), RENDERED, options)) == {AppendSummary, SetOutput}


def test_a_comment_is_never_longer_than_github_takes():
    body = comment_body("😀" * 100_000, Marker("midflight", HEAD))
    assert len(body) == 65_536
    assert parse_marker(body) == Marker("midflight", HEAD)
    assert body.endswith("the whole report is in the job summary.")


@pytest.mark.parametrize(
    ("verdict", "fail_on", "code", "state"),
    [
        (Verdict.ERROR, FailOn.ERROR, 10, StatusState.FAILURE),
        (Verdict.ERROR, FailOn.WARNING, 10, StatusState.FAILURE),
        (Verdict.ERROR, FailOn.NEVER, 0, StatusState.SUCCESS),
        (Verdict.WARNING, FailOn.ERROR, 0, StatusState.SUCCESS),
        (Verdict.WARNING, FailOn.WARNING, 10, StatusState.FAILURE),
        (Verdict.SUCCESS, FailOn.WARNING, 0, StatusState.SUCCESS),
        (Verdict.UNDETERMINED, FailOn.WARNING, 0, StatusState.SUCCESS),
    ],
)
def test_job_and_status_agree(verdict, fail_on, code, state):
    found = report(verdict)
    assert exit_code(found, fail_on) == code
    effect = only(SetStatus, decide(found, RENDERED, PublishOptions(fail_on=fail_on)))
    assert (effect.state, effect.sha, effect.url) == (state, HEAD, RUN)


def test_the_status_says_the_headline_on_one_line_of_140_characters():
    found = replace(report(), headline="word\n" * 50)
    description = only(SetStatus, decide(found, RENDERED, PublishOptions())).description
    assert len(description) == 140
    assert description == "word " * 27 + "word…"


def test_annotations_come_worst_first_and_without_suppressed_ones():
    findings = (
        finding(Level.NOTE, 1),
        finding(Level.ERROR, 2),
        finding(Level.WARNING, 3),
        finding(Level.ERROR, 4, suppressed=Suppressed("agreed", "m.sql:4")),
    )
    effects = decide(report(findings=findings), RENDERED, PublishOptions())
    annotations = [effect for effect in effects if isinstance(effect, Annotate)]
    assert [(a.level, a.line) for a in annotations] == [
        (AnnotationLevel.ERROR, 2),
        (AnnotationLevel.WARNING, 3),
        (AnnotationLevel.NOTICE, 1),
    ]
    assert annotations[0] == Annotate(
        AnnotationLevel.ERROR, "m.sql", 2, "drop-column (proven confidence)", "It breaks."
    )


def test_outputs_count_what_counts():
    findings = (finding(), finding(Level.WARNING), finding(suppressed=Suppressed("agreed", "m.sql:1")))
    effects = decide(report(findings=findings), RENDERED, PublishOptions(report_path="r.json"))
    outputs = {effect.name: effect.value for effect in effects if isinstance(effect, SetOutput)}
    assert outputs == {"verdict": "error", "findings": "2", "errors": "1", "warnings": "1", "report-json": "{}"}


def test_every_effect_can_be_described_on_one_line():
    effects = decide(report(findings=(finding(),)), RENDERED, PublishOptions(report_path="r\n.json"))
    lines = [describe(effect) for effect in effects]
    assert all(line.isprintable() for line in lines)
    assert "write 2 characters to 'r\\n.json'" in lines
    assert f"set the status 'midflight' of {HEAD[:12]} to failure: 'Old code breaks'" in lines


def test_a_report_too_large_for_an_output_gives_its_verdict_and_its_file():
    large = Rendered(comment="", summary="", json="x" * 500_001)
    effects = decide(report(), large, PublishOptions(report_path="r.json"))
    output = next(e.value for e in effects if isinstance(e, SetOutput) and e.name == "report-json")
    assert output == '{"version": 1, "verdict": "error", "file": "r.json"}'
