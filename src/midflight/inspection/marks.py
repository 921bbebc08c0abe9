"""Suppressions that stand in the SQL as comments: on a statement, or for a whole file in its head."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from midflight.inspection.finding import Finding
from midflight.migrations.model import Script
from midflight.operations.model import Statement
from midflight.references.model import Place

_MARK = re.compile(
    r"midflight:\s*ignore(?P<file>-file)?\s*(?:\[(?P<rules>[^\]\n]*)\])?[ \t]*(?P<reason>[^\n]*)", re.IGNORECASE
)
_HEAD = re.compile(r"(?:\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*+")
_HEAD_LENGTH = 20_000  # characters of a file in which its head is looked for


@dataclass(frozen=True, slots=True)
class Mark:
    """One rule that one comment ignores; `statement` is None where it is for the whole file."""

    place: Place
    rule: str
    reason: str
    statement: Statement | None = None

    @property
    def by(self) -> str:
        """Where it stands."""
        return f"{self.place.path}:{self.place.line}"

    def covers(self, finding: Finding) -> bool:
        """Return whether it ignores the finding."""
        if not (self.rule and self.reason and self.rule == finding.rule):
            return False
        return self.statement == finding.statement if self.statement else self.place.path == finding.place.path


def statement_marks(statements: Iterable[Statement]) -> Iterator[Mark]:
    """Yield the suppressions `-- midflight: ignore[rule-id] reason` before statements or behind them on their line."""
    for statement in dict.fromkeys(statements):
        for comment in statement.comments:
            for match in _MARK.finditer(comment):
                if not match["file"]:
                    yield from _marks(match, Place(statement.path, statement.line), statement)


def file_marks(scripts: Iterable[Script]) -> Iterator[Mark]:
    """Yield the suppressions `-- midflight: ignore-file[rule-id] reason` above the first statement of a file."""
    for script in scripts:
        head = _HEAD.match(script.text, 0, _HEAD_LENGTH)
        for match in _MARK.finditer(head[0] if head else ""):
            if match["file"]:
                line = script.line_of(1 + script.text.count("\n", 0, match.start()))
                yield from _marks(match, Place(script.path, line), None)


def _marks(match: re.Match[str], place: Place, statement: Statement | None) -> Iterator[Mark]:
    reason = match["reason"].strip().removesuffix("*/").strip()
    for rule in (match["rules"] or "").split(","):
        yield Mark(place, rule.strip(), reason, statement)
