"""Gives the references of Drizzle's tables and queries, once all tables are known."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from midflight.changes.model import NotAnalysed
from midflight.references import sql_texts as sql
from midflight.references.lookup import Models
from midflight.references.mapping import CLOSE, OPEN, MappedField, MappedModel, Mapper, ModelCall
from midflight.references.model import HOLE, WRITES, Access, Api, ColumnUse, Place, Reference, TableReference, Verb
from midflight.references.postgrest import Named
from midflight.references.values import Call, Record, Rows, Text, Unknown, Value, shorten

_NAME = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_OFF = frozenset({"false", "undefined", "null"})
_LOGIC = frozenset({"AND", "OR", "NOT"})
_PATH = re.compile(r"[\w$]+(?:\s*\.\s*[\w$]+)+\Z")
_DEEPEST = 20

Found = tuple[list[Reference], list[NotAnalysed]]


@dataclass(slots=True)
class _Reading:
    call: ModelCall
    models: Models
    references: list[Reference] = field(default_factory=list)
    problems: list[NotAnalysed] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.call.place.path

    def problem(self, line: int, reason: str) -> None:
        self.problems.append(NotAnalysed(self.path, line, reason))

    def find(self, name: str) -> MappedModel | None:
        return self.models.find(Mapper.DRIZZLE, name, self.path)


def implicit(model: MappedModel, models: Models) -> list[Reference]:
    """Give the select and the insert of a table: both name all of its columns.

    An insert writes `default` for a column that gets no value, so every column stands in it (Drizzle documentation,
    "Insert"); one that the database generates is only read here, since it takes no value.
    """
    known = models.find(Mapper.DRIZZLE, model.name, model.place.path) or model
    path = model.place.path
    select = TableReference(
        model.place,
        model.table,
        Verb.SELECT,
        Api.SQL,
        schema=model.schema,
        columns=tuple(ColumnUse(f.column, Access.READ, Place(path, f.line)) for f in known.fields if f.column),
        text=shorten(f"table {model.name}: {', '.join(f.column for f in known.fields if f.column)}"),
        mapped=True,
    )
    if model.view:
        return [select]
    written = tuple(
        ColumnUse(f.column, Access.READ if f.generated else Access.WRITE, Place(path, f.line))
        for f in known.fields
        if f.column
    )
    return [replace(select, verb=Verb.INSERT, columns=written), select]


def read_call(call: ModelCall, models: Models) -> Found:
    """Give what one query, or a part of one, reads and writes."""
    reading = _Reading(call, models)
    if call.query is not None:
        _read_sql(reading, call.query.text)
    elif call.steps and call.steps[0].name in {"findMany", "findFirst"}:
        _read_relational(reading)
    else:
        _read_chain(reading)
    return reading.references, reading.problems


def _read_sql(reading: _Reading, text: str) -> None:
    """SQL with `${users}` and `${users.id}` in it."""

    def named(found: re.Match[str]) -> str:
        table, _, column = found[1].partition(".")
        model = reading.find(table)
        if model is None:
            return HOLE
        place = f'"{model.schema}"."{model.table}"' if model.schema else f'"{model.table}"'
        if not column:
            return place
        known = model.field(column)
        return f'{place}."{known.column}"' if known is not None and known.column else HOLE

    query = reading.call.query
    if query is None:
        return
    filled = _NAME.sub(named, text)
    found = sql.read(replace(query, text=filled, dynamic=HOLE in filled, guard=reading.call.guard))
    reading.references += found.references
    reading.problems += found.unresolved


def _read_chain(reading: _Reading) -> None:
    call = reading.call
    root = reading.find(call.model) if call.model else None
    if call.model and root is None:
        if call.certain and not call.subquery:
            reading.problem(call.place.line, f"the table `{call.model}` of a Drizzle query is not declared in the code")
        if call.verb in WRITES:
            return
    reads = _reads(reading)
    if root is not None:
        own = reads.pop(root.name, [])
        reading.references.append(_root(reading, root, own))
    for name, columns in reads.items():
        model = reading.find(name)
        if model is not None:
            reading.references.append(_reference(reading, model, Verb.SELECT, reads=columns))
    for name in dict.fromkeys(call.whole):
        model = reading.find(name)
        if model is not None:
            reading.references.append(_all(reading, model))


def _reads(reading: _Reading) -> dict[str, list[Named]]:
    """The fields that the text names, by table; a table that none resolves to is no table."""
    found: dict[str, list[Named]] = {}
    for use in reading.call.uses:
        model = reading.find(use.model)
        if model is None:
            continue
        columns = found.setdefault(model.name, [])
        column = model.field(use.field.name) if use.field.name else None
        if column is not None and column.column:
            columns.append(Named(column.column, use.field.line))
        elif use.field.name and column is None and model.complete:
            reading.problem(use.field.line, f"the table `{model.name}` has no column `{use.field.name}`")
    return found


def _root(reading: _Reading, model: MappedModel, reads: Sequence[Named]) -> TableReference:
    call = reading.call
    writes: list[Named] = []
    payload, verb = False, call.verb
    conflict: tuple[str, ...] = ()
    for step in call.steps:
        match step.name:
            case "values":
                payload = _write(reading, model, step, writes)
            case "set":
                _write(reading, model, step, writes)
            case "onConflictDoUpdate" | "onConflictDoNothing":
                conflict = _conflict(reading, model, step)
                verb = Verb.UPSERT if step.name == "onConflictDoUpdate" else verb
            case _:
                continue
    filled = [f for f in model.fields if f.filled and f.column and call.verb is Verb.INSERT]
    given = {name.name for name in writes}
    writes += [Named(f.column, call.place.line) for f in filled if f.column not in given]
    found = _reference(reading, model, verb, reads=reads, writes=writes)
    return replace(found, payload=payload, conflict=conflict)


def _write(reading: _Reading, model: MappedModel, step: Call, into: list[Named]) -> bool:
    value = step.arguments[0] if step.arguments else None
    records = _records(value)
    for record in records:
        into += [
            Named(f.column, key.line)
            for key, inner in record.entries
            if (f := model.field(key.name)) is not None and f.column and not _is(inner, "undefined")
        ]
    known = bool(records) and all(r.complete for r in records) and not (isinstance(value, Rows) and not value.complete)
    if value is not None and not records:
        reading.problem(value.line, f"what is written to `{model.table}` is a variable")
    return known and model.complete


def _records(value: Value | None) -> list[Record]:
    items = value.items if isinstance(value, Rows) else (value,)
    records = [item for item in items if isinstance(item, Record)]
    if len(records) < len(items):
        return [*records, Record((), complete=False, line=records[0].line)] if records else []
    return records


def _is(value: Value | None, text: str) -> bool:
    return isinstance(value, Unknown) and value.text == text


def _conflict(reading: _Reading, model: MappedModel, step: Call) -> tuple[str, ...]:
    """The target's columns; what is set instead is an update of its own, since a new row does not get it."""
    options = step.arguments[0] if step.arguments else None
    given = {key.name: value for key, value in options.entries} if isinstance(options, Record) else {}
    if "set" in given:
        writes: list[Named] = []
        _write(reading, model, Call("set", (given["set"],), step.line), writes)
        reading.references.append(_reference(reading, model, Verb.UPDATE, writes=writes))
    target = given.get("target")
    if target is None or "targetWhere" in given or ("where" in given and step.name == "onConflictDoNothing"):
        return ()
    found: list[str] = []
    for item in target.items if isinstance(target, Rows) else (target,):
        name = item.text.rsplit(".", 1)[-1].strip() if isinstance(item, Unknown) and _PATH.match(item.text) else ""
        column = model.field(name)
        if column is None or not column.column:
            reading.problem(item.line, f"the conflict target of `{model.table}` is not known")
            return ()
        found.append(column.column)
    return tuple(found)


def _reference(
    reading: _Reading,
    model: MappedModel,
    verb: Verb,
    *,
    reads: Iterable[Named] = (),
    writes: Iterable[Named] = (),
    line: int = 0,
) -> TableReference:
    call = reading.call
    uses = [ColumnUse(name.name, Access.WRITE, Place(reading.path, name.line)) for name in writes]
    uses += [ColumnUse(name.name, Access.READ, Place(reading.path, name.line)) for name in reads]
    return TableReference(
        Place(reading.path, line or call.place.line),
        model.table,
        verb,
        Api.SQL,
        schema=model.schema,
        columns=tuple(dict.fromkeys(uses)),
        guard=call.guard,
        text=shorten(call.text),
    )


def _all(reading: _Reading, model: MappedModel, line: int = 0, omitted: frozenset[str] = frozenset()) -> TableReference:
    """The implicit list of every column, in the order of the table."""
    at = line or reading.call.place.line
    names = [Named(f.column, at) for f in model.fields if f.column and f.name not in omitted]
    return replace(_reference(reading, model, Verb.SELECT, reads=names, line=line), mapped=True)


def _read_relational(reading: _Reading) -> None:
    """`db.query.users.findMany({ columns, with, where })`."""
    call = reading.call
    model = reading.find(call.model)
    if model is None:
        if call.certain:
            reading.problem(call.place.line, f"the table `{call.model}` of a Drizzle query is not declared in the code")
        return
    given = call.steps[0].arguments[0] if call.steps[0].arguments else None
    options = given if isinstance(given, Record) else Record((), complete=given is None, line=call.place.line)
    reads = _reads(reading)
    _read_options(reading, model, options, call.place.line, reads.pop(model.name, []))
    for name, columns in reads.items():
        other = reading.find(name)
        if other is not None:
            reading.references.append(_reference(reading, other, Verb.SELECT, reads=columns))


def _read_options(
    reading: _Reading, model: MappedModel, options: Record, line: int, reads: Sequence[Named] = (), depth: int = 0
) -> None:
    given = {key.name: value for key, value in options.entries}
    named = [*reads, *_filtered(reading, model, given.get("where")), *_filtered(reading, model, given.get("orderBy"))]
    chosen, omitted = _chosen(reading, model, given.get("columns"))
    reading.references.append(_reference(reading, model, Verb.SELECT, reads=[*named, *chosen], line=line))
    if options.complete and omitted is not None:
        reading.references.append(_all(reading, model, line, omitted))
    related = given.get("with")
    for key, value in related.entries if isinstance(related, Record) and depth < _DEEPEST else ():
        if _is(value, "false") or _is(value, "undefined"):
            continue
        relation = model.field(key.name)
        target = _target(reading, model, relation, key)
        if target is not None:
            inner = value if isinstance(value, Record) else Record((), complete=_is(value, "true"), line=key.line)
            _read_options(reading, target, inner, key.line, depth=depth + 1)


def _target(reading: _Reading, model: MappedModel, relation: MappedField | None, key: Named) -> MappedModel | None:
    target = reading.models.target(model, relation) if relation is not None and relation.target else None
    if target is None:
        reading.problem(key.line, f"the relation `{key.name}` of `{model.name}` is not declared in the code")
    return target


def _chosen(reading: _Reading, model: MappedModel, columns: Value | None) -> tuple[list[Named], frozenset[str] | None]:
    """The columns that are named, and those left out of all others; None where the named ones are all."""
    if columns is None or _is(columns, "undefined"):
        return [], frozenset()
    if not isinstance(columns, Record):
        return [], None
    wanted = [key for key, value in columns.entries if not (isinstance(value, Unknown) and value.text in _OFF)]
    if not wanted and columns.entries and columns.complete:
        return [], frozenset(key.name for key, _ in columns.entries)
    found: list[Named] = []
    for key in wanted:
        column = model.field(key.name)
        if column is not None and column.column:
            found.append(Named(column.column, key.line))
        elif model.complete:
            reading.problem(key.line, f"the table `{model.name}` has no column `{key.name}`")
    return found, None


def _filtered(reading: _Reading, model: MappedModel, value: Value | None, depth: int = 0) -> Iterator[Named]:
    """The columns of a filter or an order that is an object: `where: { id: 1, OR: [...] }`."""
    for record in value.items if isinstance(value, Rows) else (value,):
        if not isinstance(record, Record) or depth > _DEEPEST:
            continue
        for key, inner in record.entries:
            found = model.field(key.name)
            if key.name in _LOGIC:
                yield from _filtered(reading, model, inner, depth + 1)
            elif found is not None and found.column:
                yield Named(found.column, key.line)


__all__ = ["Text", "implicit", "read_call"]
