"""Findings about migrations alone, for a terminal and for machines."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from midflight.catalog.cost_model import Cost
from midflight.changes.model import NotAnalysed
from midflight.inspection.finding import Finding, Level
from midflight.operations.model import Statement
from midflight.report.wording import cost_line
from midflight.text import plural, printable, utf8

if TYPE_CHECKING:
    from midflight.report.as_json import Json

VERSION = 1


def lint_text(
    findings: Sequence[Finding], not_analysed: Sequence[NotAnalysed], *, counted: str, shown: Callable[[str], str]
) -> str:
    """Return one paragraph for each finding in order of file and line, and a last line that counts.

    `counted` says what was read ("342 files"), `shown` turns a path into what the person typed.
    """
    told = sorted((f for f in findings if not f.suppressed), key=lambda f: (f.place.path, f.place.line, f.rule))
    lines = [line for finding in told for line in _paragraph(finding, shown)]
    lines += [f"{_plain(shown(n.path))}:{n.line}: not analysed: {_plain(n.reason)}" for n in not_analysed]
    return "\n".join((*lines, _summary(findings, counted), ""))


def _paragraph(finding: Finding, shown: Callable[[str], str]) -> Iterator[str]:
    place = finding.place
    yield f"{_plain(shown(place.path))}:{place.line}: {finding.level.value} [{finding.rule}] {_plain(finding.message)}"
    cost = cost_line(finding.cost) if finding.cost else ""
    if cost:
        yield f"    cost: {_plain(cost)}"


def _summary(findings: Sequence[Finding], counted: str) -> str:
    levels = {level: sum(1 for f in findings if f.level is level and not f.suppressed) for level in Level}
    suppressed = sum(1 for f in findings if f.suppressed)
    told = [plural(count, level.value) for level, count in levels.items() if count] or ["nothing found"]
    return f"{', '.join(told)} in {counted}" + (f" ({suppressed} suppressed)" if suppressed else "")


def _plain(text: str) -> str:
    return " ".join(printable(text).split())


def lint_json(
    findings: Sequence[Finding], statements: Mapping[Statement, Sequence[Cost]], not_analysed: Sequence[NotAnalysed]
) -> str:
    """Return the findings, and each statement with what it costs and the rules that fired on it."""
    from midflight.report.as_json import cost_json, finding_json  # noqa: PLC0415 - needed by this format alone

    fired: dict[Statement, dict[str, None]] = {}
    for finding in findings:
        if finding.statement and not finding.suppressed:
            fired.setdefault(finding.statement, {})[finding.rule] = None
    document: dict[str, Json] = {
        "version": VERSION,
        "findings": [finding_json(finding) for finding in findings],
        "statements": [
            {
                "path": statement.path,
                "line": statement.line,
                "costs": [cost_json(cost) for cost in costs if cost.held or cost.note],
                "rules": list(fired.get(statement, ())),
            }
            for statement, costs in statements.items()
        ],
        "not_analysed": [{"path": n.path, "line": n.line, "reason": n.reason} for n in not_analysed],
    }
    return utf8(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"
