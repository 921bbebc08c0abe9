"""Decides which writes a report calls for, without making any."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256

from midflight.inspection.finding import Finding, Level
from midflight.publish.approvals import joined, standing
from midflight.publish.exit import UNSAFE, FailOn, exit_code
from midflight.publish.marker import Marker, marker_line
from midflight.publish.model import (
    Annotate,
    AnnotationLevel,
    AppendSummary,
    Effect,
    SetOutput,
    SetStatus,
    StatusState,
    UpsertComment,
    WriteFile,
)
from midflight.publish.override import Override, still_valid, with_override
from midflight.publish.state import State, shortened, state_line
from midflight.report.approvals import required_items, settled_items
from midflight.report.model import Report

MAX_COMMENT = 65_536  # GitHub answers 422 "Body is too long (maximum is 65536 characters)"
MAX_OUTPUT = 500_000  # bytes; GitHub takes 1 MB for all outputs of a job ("Workflow syntax", GitHub documentation)
MAX_SLUG = 40
MAX_DESCRIPTION = 140  # GitHub answers 422 for `resource: Status, field: description`

_CUT = "\n\n… The comment is cut here; the whole report is in the job summary."
_LEVELS = {
    Level.ERROR: AnnotationLevel.ERROR,
    Level.WARNING: AnnotationLevel.WARNING,
    Level.NOTE: AnnotationLevel.NOTICE,
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """The report's texts: Markdown for the comment (without marker) and the job summary, the JSON, and SARIF."""

    comment: str
    summary: str
    json: str
    sarif: str = ""


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """What the settings allow us to write.

    `key` tells several comments on one pull request apart, `report_path` is where the JSON goes and `sarif_path`
    where SARIF goes (empty: nowhere), `context` names the commit status.
    """

    comment: bool = True
    status: bool = True
    annotations: bool = True
    key: str = "midflight"
    fail_on: FailOn = FailOn.ERROR
    report_path: str = ""
    sarif_path: str = ""
    context: str = "midflight"


DEFAULT_KEY = "default"


def context_for(key: str) -> str:
    """Return the name of the commit status that belongs to the comment of a key: jobs must not overwrite each other."""
    return "midflight" if key == DEFAULT_KEY else f"midflight/{key}"


def key_for(key: str, name: str, others: Collection[str]) -> str:
    """Return the key of one database's comment, which no other database and no other job's has.

    `name` is the database's, `others` are the names of the others.
    """
    slug = _slug(name)
    alike = any(_slug(other) == slug for other in others)
    if alike or not slug or len(slug) > MAX_SLUG:
        slug = f"{slug[:MAX_SLUG]}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}".lstrip("-")
    return f"{key}-{slug}"


def part_of(context: str, whole: str) -> bool:
    """Whether a status is of one database whose whole report has the other status, and no comment."""
    start = f"{context_for(DEFAULT_KEY)}/{DEFAULT_KEY}" if whole == context_for(DEFAULT_KEY) else whole
    return context.startswith(f"{start}-")


def _slug(name: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


@dataclass(frozen=True, slots=True)
class Before:
    """What stood on the pull request before this run: the text of our comment, and who overrides what is found."""

    comment: str = ""
    override: Override | None = None


NOTHING = Before()


def decide(report: Report, rendered: Rendered, options: PublishOptions, before: Before = NOTHING) -> tuple[Effect, ...]:
    """Give every write the report calls for, in no binding order."""
    body = _body(report, rendered, options, before)
    return (
        *_files(rendered, options),
        *_outputs(report, rendered, options),
        *_summaries(rendered),
        *_annotations(report, options),
        *_comments(report, body, options),
        *_statuses(report, body, options),
    )


def decide_part(report: Report, comment: str, options: PublishOptions, before: Before = NOTHING) -> tuple[Effect, ...]:
    """Give the comment and the status of one database, where each has its own; the rest belongs to the whole report."""
    body = _body(report, Rendered(comment, "", ""), options, before)
    return (*_comments(report, body, options), *_statuses(report, body, options))


def overridden(before: Before, head: str) -> bool:
    """Whether somebody lets the commit through whatever is found."""
    return override_in(before, head) is not None


def override_in(before: Before, head: str) -> Override | None:
    """Return who lets the commit through, by the label or in our comment."""
    return before.override or still_valid(before.comment, head)


def comment_body(comment: str, marker: Marker, state: State | None = None) -> str:
    """Put the marker on the first line, the state on the second, and keep within GitHub's limit."""
    hidden = f"{marker_line(marker)}\n{state_line(state)}\n" if state else f"{marker_line(marker)}\n"
    body = f"{hidden}{comment}"
    return body if len(body) <= MAX_COMMENT else body[: MAX_COMMENT - len(_CUT)] + _CUT


def _body(report: Report, rendered: Rendered, options: PublishOptions, before: Before) -> str:
    """The comment with what holds of the one before; without a pull request nobody can approve anything."""
    failed = exit_code(report, options.fail_on) == UNSAFE
    required = (required_items(report), settled_items(report)) if report.subject.number else ((), ())
    verdict = StatusState.FAILURE if failed else StatusState.SUCCESS
    state = State(verdict, shortened(report.headline, MAX_DESCRIPTION), *required)
    new = comment_body(rendered.comment, Marker(options.key, report.subject.head), state)
    return joined(before.comment, with_override(new, before.override))


def _comments(report: Report, body: str, options: PublishOptions) -> Iterator[Effect]:
    subject = report.subject
    if options.comment and subject.number:
        says = not report.quiet or bool(report.later)
        yield UpsertComment(subject.number, options.key, subject.head, body, create=says)


def _statuses(report: Report, body: str, options: PublishOptions) -> Iterator[Effect]:
    found = standing(body)
    if options.status and report.subject.head and found:
        state, description = found
        yield SetStatus(
            sha=report.subject.head,
            state=state,
            description=description,
            context=options.context,
            url=report.subject.run,
        )


def _annotations(report: Report, options: PublishOptions) -> Iterator[Effect]:
    if not options.annotations:
        return
    # The worst first: GitHub shows ten of a level and drops the rest.
    for finding in sorted(report.findings, key=lambda f: -f.level.rank):
        if finding.suppressed is None:
            yield _annotation(finding)


def _annotation(finding: Finding) -> Annotate:
    return Annotate(
        level=_LEVELS[finding.level],
        path=finding.place.path,
        line=finding.place.line,
        title=f"{finding.rule} ({finding.confidence} confidence)",
        message=finding.message,
    )


def _summaries(rendered: Rendered) -> Iterator[Effect]:
    if rendered.summary:
        yield AppendSummary(rendered.summary)


def _outputs(report: Report, rendered: Rendered, options: PublishOptions) -> Iterator[Effect]:
    counted = [finding for finding in report.findings if finding.suppressed is None]
    yield SetOutput("verdict", report.verdict.value)
    yield SetOutput("findings", str(len(counted)))
    yield SetOutput("errors", str(report.count(Level.ERROR)))
    yield SetOutput("warnings", str(report.count(Level.WARNING)))
    yield SetOutput("report-json", _output_json(report, rendered, options))


def _output_json(report: Report, rendered: Rendered, options: PublishOptions) -> str:
    """The report itself, or, where it is too large for an output, its verdict and the file that has all of it."""
    if len(rendered.json.encode()) <= MAX_OUTPUT:
        return rendered.json
    return json.dumps({"version": 1, "verdict": report.verdict.value, "file": options.report_path})


def _files(rendered: Rendered, options: PublishOptions) -> Iterator[Effect]:
    if options.report_path:
        yield WriteFile(options.report_path, rendered.json)
    if options.sarif_path:
        yield WriteFile(options.sarif_path, rendered.sarif)
