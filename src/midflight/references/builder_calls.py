"""Gives the references of Kysely's and Knex's query builders, whose calls name tables and columns in strings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from midflight.changes.model import NotAnalysed
from midflight.references.lookup import Models
from midflight.references.mapping import Mapper, ModelCall
from midflight.references.model import Access, Api, ColumnUse, Place, TableReference, Verb
from midflight.references.values import Call, Record, Rows, Text, Unknown, Value, shorten

_TABLE = re.compile(r"\s*(?:([A-Za-z_]\w*)\.)?([A-Za-z_]\w*)(?:\s+(?:as\s+)?([A-Za-z_]\w*))?\s*\Z", re.IGNORECASE)
_COLUMN = re.compile(
    r"\s*(?:(?:[A-Za-z_]\w*\.)?([A-Za-z_]\w*)\.)?([A-Za-z_]\w*|\*)(?:\s+as\s+\"?(\w+)\"?|\s+(?:asc|desc))?\s*\Z",
    re.IGNORECASE,
)
_JOIN = re.compile(r"(?:(?:inner|left|right|full|cross)(?:Outer)?)?join(?:Lateral)?\Z", re.IGNORECASE)
_LISTS = frozenset(
    "select columns column returning distinctOn distinct first pluck min max sum avg count countDistinct"
    " sumDistinct avgDistinct".split()
)
_LATE = frozenset({"orderBy", "groupBy"})  # may also name what the select list calls a value
_WHERE = re.compile(r"(?:and|or)?(?:where|having)(?!Raw|Exists|NotExists|JsonPath)\w*\Z", re.IGNORECASE)
_REFS = frozenset({"whereRef", "havingRef", "whereColumn", "andWhereColumn", "orWhereColumn", "on", "onRef"})
_ROWS = frozenset({"values", "insert", "upsert"})
_OPERATOR = re.compile(
    r"[=<>!~]{1,3}|(?:not\s+)?(?:i?like|in|is|between)|is\s+not|is\s+(?:not\s+)?distinct\s+from", re.IGNORECASE
)

QUERY = "with "  # before the name of a common table expression

Found = tuple[list[TableReference], list[NotAnalysed]]


@dataclass(slots=True)
class _Part:
    table: str
    schema: str
    verb: Verb
    place: Place
    columns: list[ColumnUse] = field(default_factory=list)
    star: bool = False
    payload: bool = False
    conflict: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    call: ModelCall
    models: Models
    parts: dict[str, _Part] = field(default_factory=dict)
    given_names: set[str] = field(default_factory=set)
    unknown_names: bool = False
    unknown_tables: bool = False
    problems: dict[str, NotAnalysed] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """The name that the database has, "" where it is not certain."""
        told = {casing for mapper, casing in self.models.casings if mapper is self.call.mapper}
        casings = {casing for casing in told if not casing.startswith(QUERY)}
        if not casings or name == name.lower():
            return name
        if casings == {"camel"}:
            return re.sub(r"(?<=[^_A-Z])([A-Z])", r"_\1", name).lower()
        self.problem(self.call.place.line, "names are changed by a function of the project")
        return ""

    def problem(self, line: int, reason: str) -> None:
        self.problems.setdefault(reason, NotAnalysed(self.call.place.path, line, reason))


def read_call(call: ModelCall, models: Models) -> Found:
    """Give what one query reads and writes."""
    reading = _Reading(call, models)
    first = call.steps[0]
    for value in _flat(first.arguments[:1]):
        _table(reading, value, call.verb)
    if not reading.parts and any(
        isinstance(each, Unknown) and re.fullmatch(r"[\w$.]+", each.text) for each in first.arguments[:1]
    ):
        reading.problem(first.line, "the name of the table is a variable")
    for step in call.steps[1:]:
        if _JOIN.match(step.name) or step.name in {"from", "using"}:
            _table(reading, step.arguments[0] if step.arguments else None, Verb.SELECT)
    if not reading.parts or (reading.unknown_tables and call.verb is not Verb.SELECT):
        return [], list(reading.problems.values())
    _names(reading)
    for step in call.steps[1:]:
        _step(reading, step)
    if call.mapper is Mapper.KNEX and call.verb is Verb.SELECT and not any(_lists(step) for step in call.steps):
        for part in reading.parts.values():
            part.star = True
    return list(_references(reading)), list(reading.problems.values())


def _flat(values: tuple[Value, ...]) -> Iterator[Value]:
    for value in values:
        yield from value.items if isinstance(value, Rows) else (value,)


def _lists(step: Call) -> bool:
    if step.name == "first":
        return bool(step.arguments)
    return step.name in _LISTS and not (step.name == "select" and not step.arguments)


def _table(reading: _Reading, value: Value | None, verb: Verb) -> None:
    """`'users'`, `'app.users as u'`, Knex's `{ u: 'users' }`."""
    if isinstance(value, Record) and value.entries and isinstance(value.entries[0][1], Text):
        inner = value.entries[0][1]
        value = Text(f"{inner.text} as {value.entries[0][0].name}", inner.line)
    found = _TABLE.match(value.text) if isinstance(value, Text) else None
    if found is None or value is None:
        reading.unknown_tables = True
        return
    if (reading.call.mapper, QUERY + found[2]) in reading.models.casings:
        reading.unknown_tables = True  # a `with` query, whose columns are what it selects
        return
    table = reading.named(found[2])
    if not table:
        return
    schema = next(
        (text for step in reading.call.steps if step.name == "withSchema" and (text := _text(step))), found[1] or ""
    )
    alias = found[3] or found[2]
    reading.parts.setdefault(alias, _Part(table, schema, verb, Place(reading.call.place.path, value.line)))


def _text(step: Call) -> str:
    first = step.arguments[0] if step.arguments else None
    return first.text if isinstance(first, Text) else ""


def _names(reading: _Reading) -> None:
    """What the select list calls its values."""
    for step in reading.call.steps:
        if step.name not in _LISTS and not step.name.endswith("Raw"):
            continue
        for value in _flat(step.arguments):
            found = _COLUMN.match(value.text) if isinstance(value, Text) else None
            if found is None and not isinstance(value, Record):
                reading.unknown_names = True
            elif found is not None and found[3]:
                reading.given_names.add(found[3])
            elif isinstance(value, Record):
                reading.given_names |= {key.name for key, _ in value.entries}


def _step(reading: _Reading, step: Call) -> None:
    name, given = step.name, step.arguments
    main = next(iter(reading.parts.values()))
    if name in _ROWS or (name in {"set", "update"} and given and not isinstance(given[0], Text)):
        _written(reading, main, given[0] if given else None, creates=name in _ROWS)
        for value in given[1:2] if name in {"insert", "update"} else ():
            _listed(reading, value)
    elif name in {"set", "update"} and given:
        _column(reading, given[0], main, Access.WRITE)
    elif name in {"selectAll", "returningAll"} or (name == "select" and not given):
        _star(reading, given, main, every=name in {"selectAll", "select"})
    elif name in {"increment", "decrement"} and given:
        _column(reading, given[0], main, Access.WRITE)
    elif name == "onConflict" and given:
        _conflict(reading, main, given[0])
    else:
        _read_step(reading, name, given)


def _read_step(reading: _Reading, name: str, given: tuple[Value, ...]) -> None:
    if name in _LISTS:
        for value in given:
            _listed(reading, value)
    elif name in _LATE:
        _late(reading, given if name == "groupBy" else given[:1])
    elif name in _REFS or _JOIN.match(name):
        _compared(reading, given[1:] if _JOIN.match(name) else given)
    elif _WHERE.match(name) and given:
        _where(reading, name, given[0])


def _where(reading: _Reading, name: str, value: Value) -> None:
    late = "having" in name.lower()
    for key in value.entries if isinstance(value, Record) else ():
        _column(reading, Text(key[0].name, key[0].line), None, Access.READ, late=late)
    for each in _flat((value,)):
        _column(reading, each, None, Access.READ, late=late)


def _compared(reading: _Reading, given: tuple[Value, ...]) -> None:
    """The two sides of `'a.id', '=', 'b.a_id'`; an object of Knex pairs them."""
    for value in given:
        if isinstance(value, Record):
            for key, other in value.entries:
                _column(reading, Text(key.name, key.line), None, Access.READ)
                _column(reading, other, None, Access.READ)
        elif isinstance(value, Text) and not _OPERATOR.fullmatch(value.text.strip()):
            _column(reading, value, None, Access.READ)


def _late(reading: _Reading, given: tuple[Value, ...]) -> None:
    for value in _flat(given):
        entries = value.entries if isinstance(value, Record) else ()
        named = next((inner for key, inner in entries if key.name == "column"), value)
        _column(reading, named, None, Access.READ, late=True)


def _listed(reading: _Reading, value: Value) -> None:
    for each in _flat((value,)):
        if isinstance(each, Record):
            for _, inner in each.entries:
                _column(reading, inner, None, Access.READ)
        else:
            _column(reading, each, None, Access.READ)


def _star(reading: _Reading, given: tuple[Value, ...], main: _Part, *, every: bool) -> None:
    names = [each.text for each in _flat(given) if isinstance(each, Text)]
    for alias, part in reading.parts.items():
        part.star = part.star or (alias in names if names else every or part is main)


def _written(reading: _Reading, main: _Part, value: Value | None, *, creates: bool) -> None:
    records = [each for each in _flat((value,) if value is not None else ()) if isinstance(each, Record)]
    known = (
        bool(records)
        and all(each.complete for each in records)
        and not (isinstance(value, Rows) and not value.complete)
    )
    if not records and value is not None and not (isinstance(value, Rows) and value.complete):
        reading.problem(value.line, f"what is written to `{main.table}` is a variable")
    for record in records:
        for key, inner in record.entries:
            if not (isinstance(inner, Unknown) and inner.text == "undefined"):
                _column(reading, Text(key.name, key.line), main, Access.WRITE)
    main.payload = main.payload or (creates and known)


def _conflict(reading: _Reading, main: _Part, value: Value) -> None:
    columns = [reading.named(each.text) for each in _flat((value,)) if isinstance(each, Text)]
    if columns and all(columns) and main.verb is Verb.INSERT:
        main.verb, main.conflict = Verb.UPSERT, tuple(columns)
        for each in _flat((value,)):
            _column(reading, each, main, Access.READ)


def _column(reading: _Reading, value: Value, main: _Part | None, access: Access, *, late: bool = False) -> None:
    found = _COLUMN.match(value.text) if isinstance(value, Text) else None
    if found is None:
        return
    owner, name = found[1], found[2]
    if owner:
        part = reading.parts.get(owner)
    elif late and (name in reading.given_names or reading.unknown_names):
        return
    else:
        part = main or _owner(reading, name, value.line)
    if part is None:
        return
    if name == "*":
        part.star = True
        return
    column = reading.named(name)
    if column:
        part.columns.append(ColumnUse(column, access, Place(reading.call.place.path, value.line)))


def _owner(reading: _Reading, name: str, line: int) -> _Part | None:
    """The table of a column that is named alone: the only one, or the only one whose type has it."""
    parts = list(reading.parts.values())
    if len(parts) == 1 and not reading.unknown_tables:
        return parts[0]
    if name == "*":
        for part in parts:
            part.star = True
        return None
    path = reading.call.place.path
    known = [reading.models.find(reading.call.mapper, part.table, path) for part in parts]
    has = [part for part, model in zip(parts, known, strict=True) if model is not None and model.field(name)]
    if len(has) == 1 and all(model is not None and model.complete for model in known) and not reading.unknown_tables:
        return has[0]
    reading.problem(line, f"the column `{name}` may be of several tables")
    return None


def _references(reading: _Reading) -> Iterator[TableReference]:
    for part in reading.parts.values():
        yield TableReference(
            part.place,
            part.table,
            part.verb,
            Api.SQL,
            schema=part.schema,
            columns=tuple(dict.fromkeys(part.columns)),
            star=part.star,
            payload=part.payload,
            conflict=part.conflict,
            guard=reading.call.guard,
            text=shorten(reading.call.text),
        )
