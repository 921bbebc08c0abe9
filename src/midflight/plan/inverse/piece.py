"""One statement of an inverse, where it stands among the others, and how they become one text."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from midflight.plan.model import Inverse, Reversibility


class Rank(IntEnum):
    """The order of the statements: what depends on others goes first, what others depend on comes back first."""

    DROP_PUBLICATION = 1
    DROP_ATTACHED = 2
    DROP_VIEW = 3
    DROP_ROUTINE = 4
    DROP_CONSTRAINT = 5
    DROP_INDEX = 6
    DROP_DEFAULT = 7
    DROP_COLUMN = 8
    DROP_RELATION = 9
    DROP_TYPE = 10
    DROP_SCHEMA = 11
    MAKE_SCHEMA = 12
    MAKE_TYPE = 13
    MAKE_SEQUENCE = 14
    MAKE_EARLY_ROUTINE = 15
    MAKE_TABLE = 16
    FILL_TABLE = 17
    MAKE_COLUMN = 18
    CHANGE_COLUMN = 19
    CHANGE_TABLE = 20
    MAKE_INDEX = 21
    MAKE_CONSTRAINT = 22
    MAKE_FOREIGN_KEY = 23
    MAKE_ROUTINE = 24
    MAKE_VIEW = 25
    MAKE_ATTACHED = 26
    MAKE_PUBLICATION = 27
    RIGHTS = 28
    COMMENT = 29


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of an inverse (without semicolon, or comment lines), what it gives back, and a caveat."""

    rank: Rank
    sql: str
    grade: Reversibility = Reversibility.LOSSLESS
    note: str = ""


NOTHING = Inverse("", Reversibility.LOSSLESS)
_GRADES = (Reversibility.LOSSLESS, Reversibility.LOSSY, Reversibility.IRREVERSIBLE)


def worst(grades: Iterable[Reversibility]) -> Reversibility:
    """Return the worst of the grades, lossless when there are none."""
    return max(grades, key=_GRADES.index, default=Reversibility.LOSSLESS)


def terminated(sql: str) -> str:
    """Return the statement with its semicolon; comments stay as they are."""
    text = sql.strip()
    if all(line.lstrip().startswith("--") for line in text.splitlines()):
        return text
    text = text.rstrip(";").rstrip()
    # a semicolon behind a line comment would be part of the comment
    return f"{text}\n;" if "--" in text.rsplit("\n", 1)[-1] else f"{text};"


def commented(text: str) -> str:
    """Return the text as SQL comment lines; no line of it can end the comment."""
    return "\n".join(f"-- {line}".rstrip() for line in text.splitlines())


def sentences(notes: Iterable[str]) -> str:
    """Return the distinct notes as one text."""
    return " ".join(dict.fromkeys(note for note in notes if note))


def joined(pieces: Iterable[Piece]) -> Inverse:
    """Return the pieces in their order as one inverse; a statement that several pieces ask for runs once."""
    ordered = sorted(pieces, key=lambda piece: piece.rank)
    lines = dict.fromkeys(terminated(piece.sql) for piece in ordered if piece.sql)
    return Inverse(
        "\n".join(line for line in lines if line),
        worst(piece.grade for piece in ordered),
        sentences(piece.note for piece in ordered),
    )
