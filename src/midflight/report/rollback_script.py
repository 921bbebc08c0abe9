"""A script that takes a migration back, to read and to run."""

from collections.abc import Iterator, Sequence

from midflight.operations.model import Statement
from midflight.plan.model import Inverse, Reversibility
from midflight.plan.words import summary
from midflight.text import printable

_GRADES = {
    Reversibility.LOSSLESS: "nothing is lost",
    Reversibility.LOSSY: "what was written since is lost",
    Reversibility.IRREVERSIBLE: "this cannot be undone by SQL alone",
}


def rollback_script(path: str, undone: Sequence[tuple[Statement, Inverse]]) -> str:
    """Return SQL with a comment above each statement; what has to be done by hand is a comment alone."""
    if not undone:
        return f"-- {_line(path)}: nothing to take back\n"
    worst = max((inverse.grade for _, inverse in undone), key=lambda grade: list(Reversibility).index(grade))
    return "\n\n".join((f"-- Takes back {_line(path)}: {_GRADES[worst]}.", *_parts(undone))) + "\n"


def _parts(undone: Sequence[tuple[Statement, Inverse]]) -> Iterator[str]:
    for statement, inverse in undone:
        lines = [f"-- line {statement.line}: {_line(summary(statement))}"]
        if inverse.grade is not Reversibility.LOSSLESS:
            lines.append(f"-- {_GRADES[inverse.grade]}")
        if inverse.note:
            lines.append(f"-- {_line(inverse.note)}")
        yield "\n".join((*lines, inverse.sql.strip()) if inverse.sql.strip() else lines)


def _line(text: str) -> str:
    return " ".join(printable(text).split())
