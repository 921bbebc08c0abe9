"""Findings that a person decided to ignore, with the reason; they stay in the report."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from midflight.inspection.finding import Confidence, Finding, Level, Suppressed
from midflight.operations.model import Statement
from midflight.references.model import Place

RULE = "suppression"
_MARK = re.compile(r"midflight:\s*ignore\s*(?:\[(?P<rules>[^\]]*)\])?\s*(?P<reason>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Ignore:
    """One entry of the configuration's `ignore` list; `by` says where it stands."""

    rule: str
    reason: str
    by: str
    path: str = "**"
    object: str = ""


@dataclass(frozen=True, slots=True)
class _Mark:
    statement: Statement
    rule: str
    reason: str

    @property
    def by(self) -> str:
        return f"{self.statement.path}:{self.statement.line}"


def suppress(findings: Sequence[Finding], statements: Iterable[Statement], ignores: Sequence[Ignore]) -> list[Finding]:
    """Mark the findings that a comment on the statement or the configuration ignores.

    A comment `-- midflight: ignore[rule-id] reason` stands before the statement or behind it on its line. One
    without a rule or a reason, and one that ignores nothing, is a finding itself.
    """
    marks = [mark for statement in dict.fromkeys(statements) for mark in _marks(statement)]
    valid = [mark for mark in marks if mark.rule and mark.reason]
    judged = [_judge(finding, valid, ignores) for finding in findings]
    used = {finding.suppressed.by + finding.rule for finding in judged if finding.suppressed}
    return judged + [_complaint(mark) for mark in marks if mark not in valid or mark.by + mark.rule not in used]


def _marks(statement: Statement) -> Iterator[_Mark]:
    for comment in statement.comments:
        match = _MARK.search(comment.rstrip("*/ \n"))
        if match:
            for rule in (match["rules"] or "").split(","):
                yield _Mark(statement, rule.strip(), match["reason"].strip())


def _judge(finding: Finding, marks: Sequence[_Mark], ignores: Sequence[Ignore]) -> Finding:
    for mark in marks:
        if mark.rule == finding.rule and mark.statement == finding.statement:
            return replace(finding, suppressed=Suppressed(mark.reason, mark.by))
    for ignore in ignores:
        if _applies(ignore, finding):
            return replace(finding, suppressed=Suppressed(ignore.reason, ignore.by))
    return finding


def _applies(ignore: Ignore, finding: Finding) -> bool:
    if ignore.rule != finding.rule or (ignore.object and ignore.object != finding.object):
        return False
    return ignore.path == "**" or fnmatchcase(finding.place.path, ignore.path)


def _complaint(mark: _Mark) -> Finding:
    if not mark.rule:
        problem = "The suppression names no rule. Instead, write `-- midflight: ignore[rule-id] reason`."
    elif not mark.reason:
        problem = f"The suppression of `{mark.rule}` gives no reason. Instead, say behind the bracket why it is safe."
    else:
        problem = f"The suppression of `{mark.rule}` matches no finding. Instead, delete the comment."
    place = Place(mark.statement.path, mark.statement.line)
    return Finding(RULE, Level.WARNING, Confidence.HIGH, problem, place, object=mark.rule, statement=mark.statement)
