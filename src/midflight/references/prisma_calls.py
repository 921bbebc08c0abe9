"""Gives the references of a Prisma client call, once its models are known."""

from collections.abc import Sequence

from midflight.changes.model import NotAnalysed
from midflight.references.lookup import Models
from midflight.references.mapping import MappedField, MappedModel, ModelCall
from midflight.references.model import WRITES, Access, TableReference, Verb
from midflight.references.postgrest import Named
from midflight.references.prisma_reading import (
    DEEPEST,
    Part,
    Reading,
    follow,
    read_field,
    read_filter,
    read_options,
    read_rows,
    records_of,
)
from midflight.references.row_calls import references
from midflight.references.values import Call, Record, Rows, Unknown, Value

VERBS = {
    "findUnique": Verb.SELECT,
    "findUniqueOrThrow": Verb.SELECT,
    "findFirst": Verb.SELECT,
    "findFirstOrThrow": Verb.SELECT,
    "findMany": Verb.SELECT,
    "create": Verb.INSERT,
    "createMany": Verb.INSERT,
    "createManyAndReturn": Verb.INSERT,
    "update": Verb.UPDATE,
    "updateMany": Verb.UPDATE,
    "updateManyAndReturn": Verb.UPDATE,
    "upsert": Verb.UPSERT,
    "delete": Verb.DELETE,
    "deleteMany": Verb.DELETE,
    "count": Verb.SELECT,
    "aggregate": Verb.SELECT,
    "groupBy": Verb.SELECT,
}
OPTIONS = frozenset(
    "select include omit where data create update orderBy cursor take skip distinct by having relationLoadStrategy"
    " skipDuplicates limit _count _sum _avg _min _max".split()
)
_NO_ROWS = frozenset("createMany updateMany deleteMany count aggregate groupBy".split())


def read_call(call: ModelCall, model: MappedModel, models: Models) -> tuple[list[TableReference], list[NotAnalysed]]:
    """Give what a call reads and writes, related tables among it.

    Rows come back with every scalar field unless `select` or `omit` says otherwise, also from writes of one row
    (Prisma documentation, "Select fields"); those implicit lists are references marked `mapped`.
    """
    step = call.steps[0]
    reading = Reading(call, models)
    part = reading.part(model, call.verb, call.place.line)
    given = step.arguments[0] if step.arguments else Record((), complete=True, line=call.place.line)
    record = given if isinstance(given, Record) else Record((), complete=False, line=given.line)
    options = {key.name: value for key, value in record.entries}
    for name in ("data", "create"):
        if name in options:
            _read_written(reading, part, options[name], creates=call.verb in {Verb.INSERT, Verb.UPSERT})
    if "update" in options:
        _read_written(reading, reading.part(model, Verb.UPDATE, call.place.line), options["update"], creates=False)
    if call.verb in WRITES and not record.complete and not options.keys() & {"data", "create"}:
        reading.problem(given.line, f"what is written to `{model.table}` is a variable")
    read_options(reading, part, options)
    if step.name == "count":
        options = {name: value for name, value in options.items() if name not in {"select", "include"}}
    if len(call.steps) > 1:
        _read_fluent(reading, part, call.steps[1])
    elif step.name not in _NO_ROWS:
        read_rows(reading, part, options, complete=record.complete, depth=0)
    return list(references(reading)), reading.problems


def _read_fluent(reading: Reading, part: Part, step: Call) -> None:
    """`findUnique({ where }).posts({ select })` gives back the related rows alone."""
    given = step.arguments[0] if step.arguments else Unknown("true", step.line)
    chosen = Record(((Named(step.name, step.line), given),), complete=True, line=step.line)
    read_rows(reading, part, {"select": chosen}, complete=True, depth=0)


def _read_written(reading: Reading, part: Part, value: Value, *, creates: bool, depth: int = 0) -> None:
    """The fields that a payload sets; `creates` where it makes rows, whose list of columns is then complete."""
    records = records_of(value)
    if not records or depth > DEEPEST:
        if not (isinstance(value, Rows) and value.complete):
            reading.problem(value.line, f"what is written to `{part.model.table}` is a variable")
        return
    known = all(record.complete for record in records) and not (isinstance(value, Rows) and not value.complete)
    for record in records:
        for key, inner in record.entries:
            if isinstance(inner, Unknown) and inner.text == "undefined":
                continue  # leaves the field alone (Prisma documentation, "Null and undefined")
            relation = read_field(reading, part, key, Access.WRITE)
            if relation is not None:
                _write_related(reading, part, relation, (key, inner), depth)
    if creates:
        part.payload = known and part.model.complete
        written = {name.name for name in part.writes}
        line = part.place.line
        part.writes += [Named(f.column, line) for f in part.model.fields if f.filled and f.column not in written]


def _write_related(reading: Reading, part: Part, relation: MappedField, entry: tuple[Named, Value], depth: int) -> None:
    """A nested write: `posts: { create: {...} }`, `author: { connect: {...} }`."""
    key, value = entry
    for name in relation.keys:
        own = part.model.field(name)
        if own is not None and own.column:
            part.writes.append(Named(own.column, key.line))
    target = follow(reading, part, relation, key.line)
    if target is None:
        return
    if not isinstance(value, Record):
        reading.problem(value.line, f"what is written to `{target.table}` is a variable")
        return
    back = _back(part.model, relation, target)
    for action, given in value.entries:
        for one in given.items if isinstance(given, Rows) else (given,):
            _nested(reading, target, back, (action, one), depth + 1)


def _back(model: MappedModel, relation: MappedField, target: MappedModel) -> tuple[str, ...]:
    """The columns of the other model that lead back, which a nested create fills."""
    for other in target.fields:
        if other.target == model.name and other.keys and other.relation == relation.relation:
            return tuple(f.column for name in other.keys if (f := target.field(name)) is not None and f.column)
    return ()


def _nested(reading: Reading, target: MappedModel, back: Sequence[str], entry: tuple[Named, Value], depth: int) -> None:
    action, value = entry
    options = {name.name: inner for name, inner in value.entries} if isinstance(value, Record) else {}
    foreign = [Named(column, action.line) for column in back]
    match action.name:
        case "create" | "createMany":
            part = reading.part(target, Verb.INSERT, action.line)
            payload = options.get("data", value) if action.name == "createMany" else value
            part.writes += foreign
            _read_written(reading, part, payload, creates=True, depth=depth)
        case "connectOrCreate" | "upsert":
            part = reading.part(target, Verb.UPSERT if action.name == "upsert" else Verb.INSERT, action.line)
            part.writes += foreign
            read_options(reading, part, {k: v for k, v in options.items() if k == "where"}, depth)
            if "create" in options:
                _read_written(reading, part, options["create"], creates=True, depth=depth)
            if "update" in options:
                more = reading.part(target, Verb.UPDATE, action.line)
                _read_written(reading, more, options["update"], creates=False, depth=depth)
        case "update" | "updateMany":
            part = reading.part(target, Verb.UPDATE, action.line)
            payload = options.get("data", value)
            read_options(reading, part, {k: v for k, v in options.items() if k == "where" and "data" in options}, depth)
            _read_written(reading, part, payload, creates=False, depth=depth)
        case "connect" | "set" | "disconnect":
            part = reading.part(target, Verb.UPDATE if back else Verb.SELECT, action.line)
            part.writes += foreign
            read_filter(reading, part, value, depth)
        case "delete" | "deleteMany":
            read_filter(reading, reading.part(target, Verb.DELETE, action.line), value, depth)
