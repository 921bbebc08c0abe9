"""Finds paths into Diesel's schema modules: `posts::table`, `posts::title`, and bare columns after `posts::dsl::*`."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from midflight.references.drafts import Draft
from midflight.references.extractors.rust.imports import Imports
from midflight.references.extractors.rust.names import Table, after_schema, plain
from midflight.references.extractors.rust.syntax import Source
from midflight.references.model import Access, Api, ColumnUse, Place, TableReference, Verb
from midflight.references.values import shorten

MOST_PATHS = 20_000

_PATH = re.compile(rb"(?<![\w:#$])(?:r#)?[a-z_]\w*(?:::(?:r#)?\w+)+(?![\w:!]|\s*\()")
_BARE = re.compile(
    rb"(?<![\w.:#'])((?:r#)?[a-z_][a-z0-9_]*)\s*\.\s*(?:eq|ne|eq_any|ne_all|is_null|is_not_null|gt|ge|lt|le|between"
    rb"|not_between|like|not_like|ilike|not_ilike|asc|desc|nullable|is_distinct_from|is_not_distinct_from)\s*\("
)
_COLUMN = re.compile(r"(?:r#)?[a-z_][a-z0-9_]*\Z")
_NAMES = frozenset({"identifier", "crate", "self", "super"})
_NO_COLUMNS = frozenset({"dsl", "columns", "all_columns", "star", "self", "super", "crate"})
_WRITERS = re.compile(rb"\b(insert_into|insert_or_ignore_into|replace_into|update|delete)\s*\(\s*\Z")
_VERBS = {b"update": Verb.UPDATE, b"delete": Verb.DELETE}
_TABLE_NAME = re.compile(rb"\btable_name\s*=\s*\Z")


@dataclass(frozen=True, slots=True)
class _Use:
    table: Table
    column: str  # empty where only the table is named
    start: int
    verb: Verb = Verb.SELECT


def find_paths(source: Source, imports: Imports) -> list[Draft]:
    """Give a draft for each line and table that paths, `use` lines or bare columns name."""
    starts = [0, *(found.end() for found in re.finditer(rb"\n", source.text))]
    by_line: dict[tuple[int, Table, Verb], list[_Use]] = {}
    for use in (*_paths(source, imports), *_imported(imports), *_bare(source, imports)):
        by_line.setdefault((bisect_right(starts, use.start), use.table, use.verb), []).append(use)
    drafts: list[Draft] = []
    for (number, table, verb), uses in by_line.items():
        place = Place(source.path, number)
        names = dict.fromkeys(plain(use.column, table.name) for use in uses if use.column)
        columns = tuple(ColumnUse(name, Access.READ, place) for name in names)
        end = starts[number] if number < len(starts) else len(source.text)
        text = shorten(source.text[starts[number - 1] : end][:1000].decode("utf-8", "replace").strip())
        reference = TableReference(place, table.name, verb, Api.SQL, table.schema, columns, text=text)
        drafts.append(Draft(min(use.start for use in uses), (reference,)))
    return drafts


def _paths(source: Source, imports: Imports) -> Iterator[_Use]:
    spans = sorted(imports.spans)
    for count, found in enumerate(_PATH.finditer(source.text)):
        if count >= MOST_PATHS:
            return
        parts = tuple(part.removeprefix("r#") for part in found[0].decode("ascii", "replace").split("::"))
        named = _named(parts, imports)
        if named is None or _is_within(spans, found.start()):
            continue
        node = source.at(found.start())
        before = source.text[max(0, found.start() - 60) : found.start()]
        if node is None or node.type not in _NAMES or source.is_test(found.start()) or _TABLE_NAME.search(before):
            continue
        table, column = named
        writer = _WRITERS.search(before)
        verb = _VERBS.get(writer[1], Verb.INSERT) if writer else Verb.SELECT
        yield _Use(table, "" if column == "table" else column, found.start(), verb)


def _is_within(spans: list[tuple[int, int]], offset: int) -> bool:
    index = bisect_right(spans, (offset, 1 << 62)) - 1
    return index >= 0 and spans[index][0] <= offset < spans[index][1]


def _named(parts: tuple[str, ...], imports: Imports) -> tuple[Table, str] | None:
    """The table and the column (or `table`) that a path names."""
    rest = after_schema(parts)
    if rest is None:
        known = imports.tables.get(parts[0])
        table, rest = known, parts[1:]
    elif len(rest) > 1 and rest[1] not in {"table", "dsl", "columns"} and rest[2:3] in {("table",), ("dsl",)}:
        table, rest = Table(rest[1], rest[0]), rest[2:]
    else:
        table, rest = (Table(rest[0]), rest[1:]) if rest else (None, ())
    if rest[:1] in {("dsl",), ("columns",)}:
        rest = rest[1:]
    if table is None or len(rest) != 1 or not _COLUMN.match(rest[0]) or rest[0] in _NO_COLUMNS:
        return None
    return table, "table" if rest[0] == table.name else rest[0]


def _imported(imports: Imports) -> Iterator[_Use]:
    for one in imports.columns:
        yield _Use(one.table, one.column, one.start)
    for glob in imports.globs:
        yield _Use(glob.table, "", glob.start)


def _bare(source: Source, imports: Imports) -> Iterator[_Use]:
    """Columns that a glob brings in. Rust lets no pattern bind such a name, so a bound name is none of them."""
    if not imports.globs:
        return
    bound = source.bound_names() | imports.others | imports.tables.keys() | {one.column for one in imports.columns}
    for count, found in enumerate(_BARE.finditer(source.text)):
        if count >= MOST_PATHS:
            return
        name = found[1].decode("ascii")
        holding = [glob for glob in imports.globs if glob.scope[0] <= found.start() < glob.scope[1]]
        if name in bound or name in _NO_COLUMNS or len({glob.table for glob in holding}) != 1:
            continue
        node = source.at(found.start())
        if node is not None and node.type in _NAMES and not source.is_test(found.start()):
            yield _Use(holding[0].table, name, found.start())
