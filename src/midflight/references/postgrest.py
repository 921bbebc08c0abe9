"""Reads the small languages inside PostgREST calls: select lists, logic expressions and column paths.

Source: PostgREST documentation, "Tables and Views", "Resource Embedding" and "Aggregate Functions".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from midflight.references.model import HOLE

_JOIN_KINDS = frozenset({"inner", "left"})
_AGGREGATE = re.compile(r"\.(?:sum|avg|min|max|count)\Z")
_ALIAS = re.compile(r"""\A(?:"[^"]*"|[^:"(]+?)\s*:(?!:)\s*""")
_OPERATORS = (
    "eq neq gte gt lte lt like ilike match imatch in isdistinct is fts plfts phfts wfts cs cd ov sl sr nxr nxl adj"
)
_CONDITION = re.compile(
    r"""\s*(?P<column>"[^"]*"|[^.,()"]+?)(?P<path>->[^.,()]*)?\."""
    rf"""(?:not\.)?(?:{"|".join(_OPERATORS.split())})(?:\((?:any|all|[a-z_]+)\))?\."""
)
_GROUP = re.compile(r"\s*(?:not\.)?(?:and|or)\s*\(")
_OPENING, _CLOSING = "({[", ")}]"
DEEPEST = 50
LONGEST = 50_000  # characters; what people write is far below


@dataclass(frozen=True, slots=True)
class Named:
    """A column name and the line it stands on."""

    name: str
    line: int


@dataclass(slots=True)
class Selection:
    """What a select list asks of one relation; `holes` says that a part of it is only known when the program runs."""

    columns: list[Named] = field(default_factory=list)
    embeds: list["Embed"] = field(default_factory=list)
    star: bool = False
    holes: bool = False


@dataclass(frozen=True, slots=True)
class Embed:
    """Another relation reached through this one: `alias:table!hint(selection)`."""

    table: str
    alias: str
    hint: str
    line: int
    selection: Selection


def parse_select(text: str, line: int) -> Selection:
    """Read a select list whose first character stands on `line`, in one pass and without recursion."""
    root = Selection(holes=len(text) > LONGEST)
    if root.holes:
        return root
    open_relations = [root]
    start = 0
    for at, mark in _marks(text):
        here = open_relations[-1]
        item = text[start:at]
        start = at + 1
        match mark:
            case "(" if len(open_relations) < DEEPEST:
                inner = Selection()
                _add_embed(here, item, line + _breaks_before(text, at - len(item), item), inner)
                open_relations.append(inner)
            case ")" if len(open_relations) > 1:
                _add_column(here, item, line + _breaks_before(text, at - len(item), item))
                open_relations.pop()
            case ",":
                _add_column(here, item, line + _breaks_before(text, at - len(item), item))
            case _:
                root.holes = True
                return root
    _add_column(open_relations[-1], text[start:], line + _breaks_before(text, start, text[start:]))
    return root


def _marks(text: str) -> Iterator[tuple[int, str]]:
    """Yield the commas and parentheses outside double quotes."""
    quoted = False
    for found in re.finditer(r'[",()]', text):
        if found.group() == '"':
            quoted = not quoted
        elif not quoted:
            yield found.start(), found.group()


def _breaks_before(text: str, start: int, item: str) -> int:
    return text.count("\n", 0, start + len(item) - len(item.lstrip()))


def _add_embed(here: Selection, item: str, line: int, inner: Selection) -> None:
    head = item.strip()
    if _AGGREGATE.search(head):
        _add_column(here, _AGGREGATE.sub("", head), line)
        return
    head = head.removeprefix("...")
    alias = _ALIAS.match(head)
    parts = head[alias.end() if alias else 0 :].split("!")
    table = unquote(parts[0])
    if HOLE in head:
        here.holes = True
    elif table and table != "count":
        hints = [part.strip() for part in parts[1:] if part.strip() not in _JOIN_KINDS]
        name = unquote(alias.group().strip().removesuffix(":")) if alias else table
        here.embeds.append(Embed(table, name, unquote(hints[0]) if hints else "", line, inner))


def _add_column(here: Selection, item: str, line: int) -> None:
    name = item.strip()
    if HOLE in name:
        here.holes = True
        return
    name = column_name(_ALIAS.sub("", name, count=1))
    name = _AGGREGATE.sub("", name)
    if name == "*":
        here.star = True
    elif name and name != "count":  # `count` alone is the old spelling of the aggregate
        here.columns.append(Named(name, line))


def column_name(text: str) -> str:
    """The column in `column::type` and `column->json->>path`, or nothing where `text` holds no column name."""
    name = text.strip().split("::", 1)[0].split("->", 1)[0].strip()
    if name.startswith('"'):
        return unquote(name)
    return name if re.fullmatch(r"[^\s(),:\"']+", name) and not name[0].isdigit() else ""


def unquote(name: str) -> str:
    """Take double quotes off."""
    name = name.strip()
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name


def column_path(text: str) -> tuple[tuple[str, ...], str]:
    """Split `rel.column->json` and `rel(column)` into the relations on the way and the column."""
    called = re.fullmatch(r"\s*([^()\s]+)\(([^()]+)\)\s*", text)
    if called:
        return tuple(called[1].split(".")), column_name(called[2])
    plain = text.split("->", 1)[0]
    if plain.lstrip().startswith('"'):
        return (), column_name(plain)
    *path, last = plain.split(".")
    return tuple(part.strip() for part in path), column_name(last)


def parse_logic(text: str, line: int) -> tuple[Named, ...]:
    """The columns of `a.eq.1,and(b.gt.2,not.c.is.null)`."""
    found: list[Named] = []
    text = text[:LONGEST]
    at = 0
    while at < len(text):
        group = _GROUP.match(text, at)
        condition = None if group else _CONDITION.match(text, at)
        if group:
            at = group.end()
        elif condition is None:
            at = _end_of_value(text, at) + 1
        else:
            name = column_name(condition["column"].removeprefix("not."))
            if name and HOLE not in name:
                found.append(Named(name, line + text.count("\n", 0, condition.start("column"))))
            at = _end_of_value(text, condition.end()) + 1
    return tuple(found)


def _end_of_value(text: str, at: int) -> int:
    """The place of the comma or parenthesis that ends the value starting at `at`."""
    depth, quoted = 0, False
    for index in range(at, len(text)):
        mark = text[index]
        if mark == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif mark in _OPENING:
            depth += 1
        elif mark in _CLOSING and depth:
            depth -= 1
        elif (mark == "," and not depth) or mark == ")":
            return index
    return len(text)
