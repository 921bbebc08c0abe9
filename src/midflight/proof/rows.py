"""Rows for every table of a schema, as INSERTs that the server fills by itself: the same rows for the same schema."""
# ruff: noqa: S608 - names are quoted, and expressions are the server's own text of a merged schema

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.operations.shapes import Column, Constraint, ConstraintKind, Name, quote
from midflight.proof.partitions import bounds_of, partitions_of
from midflight.proof.platforms import SCHEMAS
from midflight.proof.values import Types, Wanted, base_of, types_of, value_of
from midflight.proof.wanted import wanted_of

TOTAL = 200_000
_NULLS = 11
"""Each so many-th row has NULL where a column takes it."""
_SHARED = 4
"""Rows that refer to others share them by so many."""
_TRIES = 8
"""So many rows are tried for one that checks may refuse."""
_UNIQUE = frozenset({ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUDE})
_TESTED = re.compile(r'("[^"]+"|\b\w+)\)? IS (?:NOT )?NULL\b')
_BITS = 3
_ONE_OF = re.compile(r"num_nonnulls\(([^()]*)\) = 1\b")
_OF_DOMAIN = re.compile(r"(?<!\w)VALUE(?!\w)")
_NEXT = re.compile(r"\Anextval\('((?:[^']|'')+)'::regclass\)\Z")


@dataclass(frozen=True, slots=True)
class Filling:
    """The statement that fills one table, and those that set its counters; without SQL the reason why not."""

    table: Name
    sql: str = ""
    counters: tuple[str, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class _Schema:
    """What is asked about the schema while its tables are filled."""

    catalog: Catalog
    types: Types
    rows: int
    filled: set[Name] = field(default_factory=set)


def fillings(catalog: Catalog, rows: int) -> tuple[Filling, ...]:
    """Return how each table is filled, those that others refer to first; `rows` is a bound for one table.

    The catalog is a server's own: types, checks and bounds of partitions are in the words of the server.
    """
    ours = {r.name for r in catalog.relations.values() if _is_ours(r.name)}
    referred = {c.references for name in ours for c in catalog.relations[name].constraints if c.references is not None}
    tables = [r for r in catalog.relations.values() if r.name in ours | referred and _holds_rows(r)]
    schema = _Schema(catalog, types_of(catalog.types.values()), max(1, min(rows, TOTAL // max(1, len(tables)))))
    return tuple(_filling(table, schema) for table in _ordered(tables, catalog))


def _is_ours(name: Name) -> bool:
    """Whether the history makes it: of a platform's tables only those have rows that others refer to."""
    return name.schema not in SCHEMAS and not name.schema.startswith("pg_")


def _holds_rows(relation: Relation) -> bool:
    return relation.kind is RelationKind.TABLE and not relation.partition_by


def _ordered(tables: list[Relation], catalog: Catalog) -> list[Relation]:
    """Tables behind those that they refer to; where they refer to each other, the first by name begins."""
    waiting = {table.name: _needs(table, catalog) for table in sorted(tables, key=lambda table: table.name)}
    known = {table.name: table for table in tables}
    done: list[Relation] = []
    while waiting:
        ready = [name for name, needs in waiting.items() if not (needs - {name}) & waiting.keys()]
        for name in ready or [min(waiting, key=lambda one: (_insists(known[one], waiting.keys()), one))]:
            done.append(known[name])
            del waiting[name]
    return done


def _insists(table: Relation, waiting: Collection[Name]) -> bool:
    """Whether a foreign key that cannot be NULL refers to a table that has no rows yet."""
    keys = (c for c in table.constraints if c.references in waiting and c.references != table.name)
    return any(all((c := table.column(name)) is not None and c.not_null for name in key.columns) for key in keys)


def _needs(table: Relation, catalog: Catalog) -> set[Name]:
    referred = {c.references for c in table.constraints if c.references is not None}
    return {name for one in referred for name in (one, *partitions_of(one, catalog))}


def _filling(table: Relation, schema: _Schema) -> Filling:
    given, reason = _given(table, schema)
    if reason:
        return Filling(table.name, reason=reason)
    values: dict[str, str] = {}
    for column in table.columns:
        if column.generated:
            continue
        expression = _value(table, column, schema, given)
        if expression:
            values[column.name] = expression
        elif column.required:
            return Filling(table.name, reason=f"no value is known for column `{column.name}` ({column.type})")
    if not values:
        return Filling(table.name, reason="it has no column to fill")
    schema.filled.add(table.name)
    return Filling(table.name, _insert(table, schema, given, values), tuple(_counters(table)))


@dataclass(frozen=True, slots=True)
class _Given:
    """The foreign keys of a table, which of them gives a column, the columns that stay NULL, and those that differ."""

    keys: tuple[Constraint, ...]
    referred: Mapping[str, int]
    empty: frozenset[str]
    distinct: frozenset[str]


def _given(table: Relation, schema: _Schema) -> tuple[_Given, str]:
    """What the foreign keys give, and why the table can have no rows; the longest of several keys gives a column."""
    keys, empty, reason = [], set[str](), ""
    for key in sorted(table.constraints, key=lambda one: (len(one.columns), one.name)):
        if (
            key.kind is not ConstraintKind.FOREIGN_KEY
            or key.references is None
            or _is_implied(key, table, schema.catalog)
        ):
            continue
        known = {key.references, *partitions_of(key.references, schema.catalog)} & schema.filled
        free = [n for n in key.columns if (c := table.column(n)) is not None and not c.not_null]
        if known or (key.references == table.name and (len(key.columns) == 1 or not free)):
            keys.append(key)
        elif free:
            empty.add(free[0])
        else:
            reason = f"it refers to `{key.references.short}`, which has no rows before it"
    referred = {column: number for number, key in enumerate(keys) for column in key.columns}
    return _Given(tuple(keys), referred, frozenset(empty), _distinct(table, schema.catalog, tuple(keys))), reason


def _is_implied(key: Constraint, table: Relation, catalog: Catalog) -> bool:
    """Whether another foreign key sees to this one: that of a partitioned table to its partitions, one of more columns.

    The table that the longer one refers to has the same foreign key itself.
    """
    target = catalog.relations.get(key.references) if key.references else None
    for other in table.constraints:
        if other is key or other.references is None or not set(key.columns) <= set(other.columns):
            continue
        if target is not None and target.partition_of == other.references:
            return True
        beyond = catalog.relations.get(other.references)
        if beyond is not None and len(other.columns) > len(key.columns):
            columns = tuple(other.referenced_columns[other.columns.index(name)] for name in key.columns)
            if any(k.references == key.references and k.columns == columns for k in beyond.constraints):
                return True
    return False


def _distinct(table: Relation, catalog: Catalog, keys: tuple[Constraint, ...]) -> frozenset[str]:
    """One column of each unique key, one of no foreign key if there is one: it makes the rows differ."""
    uniques = [c.columns for c in table.constraints if c.kind in _UNIQUE]
    for index in catalog.indexes_on(table.name):
        if index.unique and not index.constraint:
            text = " ".join(index.keys)
            uniques.append(
                tuple(c.name for c in table.columns if re.search(rf"(?<!\w){re.escape(c.name)}(?!\w)", text))
            )
    referred = {column for key in keys for column in key.columns}
    found: set[str] = set()
    for columns in sorted(uniques, key=len):
        if columns and not found.intersection(columns):
            found.add(min(columns, key=lambda name: (name in referred, _is_narrow(table.column(name)))))
    return frozenset(found)


def _is_narrow(column: Column | None) -> bool:
    return column is None or column.type in {"boolean", "smallint", "date", '"char"'} or "(" in column.type


def _value(table: Relation, column: Column, schema: _Schema, given: _Given) -> str:
    if column.name in given.empty:
        return f"NULL::{base_of(column.type, schema.types)}"
    at = given.referred.get(column.name)
    found = (_invented if at is None else _referred)(table, column, schema, given)
    if column.not_null or not found or column.name in table.primary_key:
        return found
    return f"CASE WHEN {_filled_in(column, table)} THEN {found} END"


def _filled_in(column: Column, table: Relation) -> str:
    """In which rows a column that takes NULL has a value; of those that only one may have one, each in its turn."""
    for match in (match for check in _checks(table) for match in _ONE_OF.finditer(check)):
        names = [name.strip() for name in match[1].split(",")]
        if quote(column.name) in names:
            return f"i % {len(names)} = {names.index(quote(column.name))}"
    tested = dict.fromkeys(name for check in _checks(table) for name in _TESTED.findall(check))
    if len(tested) > 1 and quote(column.name) in tested:
        return f"(i >> {list(tested).index(quote(column.name)) % _BITS}) % 2 = 0"
    return f"i % {_NULLS} <> 0"


def _referred(table: Relation, column: Column, schema: _Schema, given: _Given) -> str:
    """The column of the row referred to; a row of a table that refers to itself refers to itself."""
    at = given.referred[column.name]
    key = given.keys[at]
    other = key.referenced_columns[key.columns.index(column.name)]
    if key.references != table.name:
        return f"p{at}.{quote(other)}"
    referenced = table.column(other)
    if other == column.name or referenced is None:
        return _invented(table, column, schema, given)
    return "" if other in given.referred else _value(table, referenced, schema, given)


def _invented(table: Relation, column: Column, schema: _Schema, given: _Given) -> str:
    wanted = wanted_of(quote(column.name), [*_checks(table), *bounds_of(table, schema.catalog)])
    if wanted == Wanted():
        wanted = wanted_of("VALUE", _domain_checks(column, schema))
    inner = base_of(column.type, schema.types)
    return value_of(inner, schema.types, wanted, distinct=column.name in given.distinct)


def _checks(table: Relation) -> tuple[str, ...]:
    return tuple(c.expression for c in table.constraints if c.kind is ConstraintKind.CHECK and c.expression)


def _domain_checks(column: Column, schema: _Schema) -> tuple[str, ...]:
    known = schema.types.known.get(column.type)
    return tuple(c.expression for c in known.constraints if c.expression) if known else ()


def _insert(table: Relation, schema: _Schema, given: _Given, values: Mapping[str, str]) -> str:
    columns = [column for column in table.columns if column.name in values]
    chosen = ", ".join(f"{values[c.name]} AS {quote(c.name)}" for c in columns)
    typed = ", ".join(_typed(c, schema.types) for c in columns)
    conditions = list(_conditions(table, schema, columns))
    tried = schema.rows * (_TRIES if conditions else 1)
    sources = "".join(_source(number, given, table, schema) for number in range(len(given.keys)))
    same = list(_agreeing(table, given))
    sources += f" WHERE {' AND '.join(same)}" if same else ""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    # a deferrable constraint cannot decide a conflict ("INSERT", PostgreSQL documentation)
    conflict = "" if any(c.deferrable and c.kind in _UNIQUE for c in table.constraints) else " ON CONFLICT DO NOTHING"
    return (
        f"INSERT INTO {table.name} ({', '.join(quote(c.name) for c in columns)}) OVERRIDING SYSTEM VALUE "
        f"SELECT {typed} FROM (SELECT {chosen} FROM generate_series(1::bigint, {tried}) AS g(i){sources}) "
        f"AS {quote(table.name.name)}{where} LIMIT {schema.rows}{conflict}"
    )


def _typed(column: Column, types: Types) -> str:
    inner = base_of(column.type, types)
    return quote(column.name) if inner == column.type else f"{quote(column.name)}::{column.type}"


def _conditions(table: Relation, schema: _Schema, columns: list[Column]) -> Iterator[str]:
    known = {column.name for column in columns} | {c.name for c in table.columns if c.generated}
    referred = {name for c in table.constraints if c.kind is ConstraintKind.FOREIGN_KEY for name in c.columns}
    yield from (f"{quote(c.name)} IS NOT NULL" for c in columns if c.not_null and c.name in referred)
    generated = [c.name for c in table.columns if c.generated]
    for check in _checks(table):
        if not any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", check) for name in generated):
            yield f"({check}) IS NOT FALSE"
    yield from bounds_of(table, schema.catalog)
    for column in columns:
        if column.name in known:
            for check in _domain_checks(column, schema):
                yield f"({quote(column.name).join(_OF_DOMAIN.split(check))}) IS NOT FALSE"


def _agreeing(table: Relation, given: _Given) -> Iterator[str]:
    """A column of several foreign keys must be the same in all rows that they refer to."""
    for number, key in enumerate(given.keys):
        for column, other in zip(key.columns, key.referenced_columns, strict=True):
            at = given.referred[column]
            first = given.keys[at]
            if at != number and table.name not in {key.references, first.references}:
                theirs = quote(first.referenced_columns[first.columns.index(column)])
                yield f"p{number}.{quote(other)} = p{at}.{theirs}"


def _source(number: int, given: _Given, table: Relation, schema: _Schema) -> str:
    """The rows that a foreign key refers to; several rows share one unless a unique key forbids it."""
    key = given.keys[number]
    if key.references is None or key.references == table.name:
        return ""
    listed = ", ".join(quote(name) for name in key.referenced_columns)
    count = f"(SELECT count(*) FROM {key.references})"
    few = f"1 + (g.i - 1) % greatest(1, least({count}, {max(1, schema.rows // _SHARED)}))"
    return (
        f" LEFT JOIN (SELECT row_number() OVER () AS r, {listed} FROM {key.references} LIMIT {schema.rows}) p{number}"
        f" ON p{number}.r = {'g.i' if given.distinct.intersection(key.columns) else few}"
    )


def _counters(table: Relation) -> Iterator[str]:
    """Set the sequences of columns behind the values that were given."""
    for column in table.columns:
        match = _NEXT.match(column.default or "")
        name = quote(column.name)
        if match or column.identity:
            text = str(table.name).replace("'", "''"), column.name.replace("'", "''")
            sequence = f"'{match[1]}'" if match else f"pg_get_serial_sequence('{text[0]}', '{text[1]}')"
            yield f"SELECT setval({sequence}, (SELECT max({name}) FROM {table.name})) FROM {table.name} LIMIT 1"
