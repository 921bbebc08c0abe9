"""The parts of a call chain in neutral terms, as the readers of each language hand them over."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from midflight.references.model import Guard, Verb
from midflight.references.postgrest import Named

VERBS = {verb.value: verb for verb in (Verb.SELECT, Verb.INSERT, Verb.UPDATE, Verb.UPSERT, Verb.DELETE)}
FILTERS = frozenset(
    "eq neq gt gte lt lte like ilike likeallof likeanyof ilikeallof ilikeanyof is isdistinct in notin contains"
    " containedby rangegt rangegte rangelt rangelte rangeadjacent rangesl rangesr rangenxl rangenxr rangeadj overlaps"
    " textsearch fts plfts phfts wfts match or not filter order cs cd ov sl sr nxl nxr adj regexmatch"
    " regeximatch".split()
)
MODIFIERS = frozenset("limit range single maybesingle csv returns overridetypes throwonerror execute explain".split())


@dataclass(frozen=True, slots=True)
class Text:
    """A string whose characters are known, but for `HOLE`s."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that only the running program knows; `text` is its source."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Record:
    """An object or dict; `complete` says that no key is missing from `entries`."""

    entries: tuple[tuple[Named, "Value"], ...]
    complete: bool
    line: int


@dataclass(frozen=True, slots=True)
class Rows:
    """A list."""

    items: tuple["Value", ...]
    complete: bool
    line: int


Value = Text | Unknown | Record | Rows


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a chain; `name` as `fold_name` gives it, `options` are keyword arguments."""

    name: str
    arguments: tuple[Value, ...]
    line: int
    options: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chain:
    """`X.schema(schema).from(table).calls...`; `start` is its first byte, `line` where it names the table."""

    path: str
    start: int
    line: int
    table: Value
    calls: tuple[Call, ...]
    schema: Value | None = None
    guard: Guard | None = None
    text: str = ""


def method_pattern(roots: frozenset[str]) -> re.Pattern[bytes]:
    """A pattern for the names of the methods that begin or continue a chain, where they are called.

    Names are found in the text and looked up in the tree: a tree query over nested calls takes time that grows with
    the square of their depth (measured on tree-sitter 0.26).
    """
    steps = sorted({*VERBS, *FILTERS, *MODIFIERS})
    spelled = "|".join("_?".join(name) for name in steps)
    return re.compile(rf"\.\s*({'|'.join(sorted(roots))}|(?:{spelled})_?)\s*[(<]".encode(), re.IGNORECASE)


def fold_name(name: str) -> str:
    """A method's or option's name as all client libraries agree on it: `contained_by` is `containedBy`."""
    return name.replace("_", "").lower()


def shorten(text: str) -> str:
    """Source text on one line, of at most 200 characters."""
    return " ".join(text[:2000].split())[:200]


def verb_of(calls: tuple[Call, ...]) -> Verb | None:
    """The first verb of a chain."""
    return next((VERBS[call.name] for call in calls if call.name in VERBS), None)
