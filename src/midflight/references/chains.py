"""Turns a PostgREST call chain, as any client library writes it, into references."""

from dataclasses import dataclass, field

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft
from midflight.references.model import (
    HOLE,
    Access,
    Api,
    ColumnUse,
    Place,
    Reference,
    RoutineReference,
    TableReference,
    Verb,
)
from midflight.references.postgrest import Embed, Named, Selection, column_path, parse_logic, parse_select
from midflight.references.values import (
    FILTERS,
    Call,
    Chain,
    Record,
    Rows,
    Text,
    Unknown,
    Value,
    fold_name,
    shorten,
    verb_of,
)

_ENDS = frozenset({"then", "catch", "finally", "execute"})
_NO_VALUE = frozenset({"undefined", "null", "None"})
_RELATION_OPTIONS = ("referencedtable", "foreigntable", "referencetable")


@dataclass(slots=True)
class _Reading:
    """What was read of a chain so far."""

    chain: Chain
    reads: Selection = field(default_factory=Selection)
    writes: list[Named] = field(default_factory=list)
    payload: bool = False
    conflict: tuple[str, ...] = ()
    problems: list[NotAnalysed] = field(default_factory=list)

    def problem(self, line: int, reason: str) -> None:
        self.problems.append(NotAnalysed(self.chain.path, line, reason))


def read_chain(chain: Chain, verb: Verb | None = None) -> Draft:
    """Give the references of a table chain; `verb` is what an earlier part of the chain does with the table."""
    table = chain.table
    if not isinstance(table, Text) or HOLE in table.text:
        return Draft(chain.start, unresolved=(_variable(chain.path, table, "table name"),))
    reading = _Reading(chain)
    for call in chain.calls:
        if call.name in _ENDS:
            break
        _read_call(reading, call)
    if reading.reads.holes:
        reading.problem(chain.line, f"part of the column list of `{table.text}` is a variable")
    return Draft(
        chain.start,
        references=_references(reading, table, verb or verb_of(chain.calls) or Verb.MENTION),
        unresolved=tuple(reading.problems),
    )


def _variable(path: str, value: Value, what: str) -> NotAnalysed:
    shown = value.text.replace(HOLE, "${...}") if isinstance(value, Text | Unknown) else "..."
    return NotAnalysed(path, value.line, f"{what} is a variable: `{shorten(shown)[:80]}`")


def _read_call(reading: _Reading, call: Call) -> None:
    match call.name:
        case "select":
            _read_select(reading, call)
        case "insert" | "update" | "upsert":
            _read_payload(reading, call)
        case "or" | "and":
            _read_logic(reading, call)
        case "match":
            record = call.arguments[0] if call.arguments else None
            for column, _ in record.entries if isinstance(record, Record) else ():
                _read_path(reading, Text(column.name, column.line), call)
        case name if name in FILTERS and call.arguments:
            _read_path(reading, call.arguments[0], call)


def _read_select(reading: _Reading, call: Call) -> None:
    texts = [argument for argument in call.arguments if not isinstance(argument, Record)]
    if not texts:
        reading.reads.star = True
    for value in texts:
        if not isinstance(value, Text):
            reading.problems.append(_variable(reading.chain.path, value, "column list"))
            continue
        _merge(reading.reads, parse_select(value.text, value.line))


def _merge(into: Selection, more: Selection) -> None:
    into.columns += more.columns
    into.embeds += more.embeds
    into.star = into.star or more.star
    into.holes = into.holes or more.holes


def _read_payload(reading: _Reading, call: Call) -> None:
    value = call.arguments[0] if call.arguments else call.options.get("json")
    records = _records(value)
    for record in records or ():
        reading.writes += [column for column, _ in record.entries]
    reading.payload = records is not None and all(record.complete for record in records)
    if value is not None and not records:
        name = reading.chain.table.text if isinstance(reading.chain.table, Text) else ""
        reading.problems.append(_variable(reading.chain.path, value, f"what is written to `{name}`"))
    target = _option(call, "onconflict")
    if isinstance(target, Text) and HOLE not in target.text:
        reading.conflict = tuple(part.strip().strip('"') for part in target.text.split(",") if part.strip())


def _records(value: Value | None) -> list[Record] | None:
    """The rows of a payload, or None where some of them are not known."""
    match value:
        case Record():
            return [value]
        case Rows(items, complete):
            rows = [item for item in items if isinstance(item, Record)]
            return rows if complete and rows and len(rows) == len(items) else [*rows, Record((), False, value.line)]
        case _:
            return None


def _option(call: Call, name: str) -> Value | None:
    if name in call.options:
        return call.options[name]
    for argument in call.arguments[1:]:
        if isinstance(argument, Record):
            for key, value in argument.entries:
                if fold_name(key.name) == name:
                    return value
    return None


def _relation_option(call: Call) -> tuple[str, ...]:
    for name in _RELATION_OPTIONS:
        value = _option(call, name)
        if isinstance(value, Text):
            return tuple(value.text.split("."))
    return ()


def _read_logic(reading: _Reading, call: Call) -> None:
    value = call.arguments[0] if call.arguments else None
    if not isinstance(value, Text):
        return
    relation = _selection_at(reading.reads, _relation_option(call))
    if relation is not None:
        relation.columns += parse_logic(value.text, value.line)


def _read_path(reading: _Reading, value: Value, call: Call) -> None:
    if not isinstance(value, Text) or HOLE in value.text:
        reading.problems.append(_variable(reading.chain.path, value, f"column name in `{call.name}`"))
        return
    path, column = column_path(value.text)
    relation = _selection_at(reading.reads, path or _relation_option(call))
    if relation is not None and column:
        relation.columns.append(Named(column, value.line))


def _selection_at(selection: Selection, path: tuple[str, ...]) -> Selection | None:
    for step in path:
        found = next((embed for embed in selection.embeds if step in (embed.alias, embed.table)), None)
        if found is None:
            return None
        selection = found.selection
    return selection


def _references(reading: _Reading, table: Text, verb: Verb) -> tuple[Reference, ...]:
    chain = reading.chain
    if isinstance(chain.schema, Unknown) or (isinstance(chain.schema, Text) and HOLE in chain.schema.text):
        reading.problems.append(_variable(chain.path, chain.schema, f"schema of `{table.text}`"))
        return ()
    schema = chain.schema.text if isinstance(chain.schema, Text) else ""
    writes = _uses(chain.path, reading.writes, Access.WRITE)
    root = TableReference(
        Place(chain.path, chain.line),
        table.text,
        verb,
        Api.POSTGREST,
        schema=schema,
        columns=writes + _uses(chain.path, reading.reads.columns, Access.READ),
        star=reading.reads.star,
        payload=reading.payload,
        conflict=reading.conflict,
        guard=chain.guard,
        text=shorten(chain.text),
    )
    return (root, *_embedded(reading.reads.embeds, chain, schema, table.text))


def _uses(path: str, columns: list[Named], access: Access) -> tuple[ColumnUse, ...]:
    uses = (ColumnUse(column.name, access, Place(path, column.line)) for column in columns)
    return tuple(dict.fromkeys(uses))


def _embedded(embeds: list[Embed], chain: Chain, schema: str, inside: str) -> list[TableReference]:
    """Embedded relations, outermost first; the depth is bounded by the select list's reader."""
    found: list[TableReference] = []
    for embed in embeds:
        found.append(
            TableReference(
                Place(chain.path, embed.line),
                embed.table,
                Verb.SELECT,
                Api.POSTGREST,
                schema=schema,
                columns=_uses(chain.path, embed.selection.columns, Access.READ),
                star=embed.selection.star,
                embedded=True,
                hint=embed.hint,
                inside=inside,
                guard=chain.guard,
                text=shorten(chain.text),
            )
        )
        found += _embedded(embed.selection.embeds, chain, schema, embed.table)
    return found


def read_call(chain: Chain) -> Draft:
    """Give the reference of `.rpc(name, arguments)`; `chain.table` is the name, its only call holds the rest."""
    name = chain.table
    if not isinstance(name, Text) or HOLE in name.text:
        return Draft(chain.start, unresolved=(_variable(chain.path, name, "function name"),))
    given = chain.calls[0].arguments[0] if chain.calls and chain.calls[0].arguments else None
    if given is None or (isinstance(given, Unknown) and given.text in _NO_VALUE):
        given = Record((), complete=True, line=name.line)
    problems: tuple[NotAnalysed, ...] = ()
    arguments = None
    if isinstance(given, Record) and given.complete:
        arguments = tuple(key.name for key, _ in given.entries)
    else:
        problems = (NotAnalysed(chain.path, given.line, f"the arguments of `{name.text}` are not all known"),)
    reference = RoutineReference(
        Place(chain.path, chain.line),
        name.text,
        Api.POSTGREST,
        schema=chain.schema.text if isinstance(chain.schema, Text) else "",
        arguments=arguments,
        guard=chain.guard,
        text=shorten(chain.text),
    )
    return Draft(chain.start, references=(reference,), unresolved=problems)


def read_watch(chain: Chain, options: Record) -> Draft:
    """Give the reference of a realtime subscription, `.on('postgres_changes', {schema, table, filter})`."""
    given = {key.name: value for key, value in options.entries}
    table = given.get("table")
    if table is None:
        return Draft(chain.start)
    if not isinstance(table, Text) or HOLE in table.text:
        return Draft(chain.start, unresolved=(_variable(chain.path, table, "table name"),))
    schema, condition = given.get("schema"), given.get("filter")
    columns: list[Named] = []
    if isinstance(condition, Text) and HOLE not in condition.text.split("=", 1)[0]:
        columns = [Named(condition.text.split("=", 1)[0].strip(), condition.line)]
    reference = TableReference(
        Place(chain.path, chain.line),
        table.text,
        Verb.WATCH,
        Api.POSTGREST,
        schema=schema.text if isinstance(schema, Text) else "",
        columns=_uses(chain.path, columns, Access.READ),
        guard=chain.guard,
        text=shorten(chain.text),
    )
    return Draft(chain.start, references=(reference,))
