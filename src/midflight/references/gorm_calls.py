"""Gives the references of queries through GORM, once all structs are known."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from midflight.changes.model import NotAnalysed
from midflight.references import gorm_words as words
from midflight.references import sql_texts as sql
from midflight.references.gorm_models import Struct, find_struct, follow
from midflight.references.lookup import Models
from midflight.references.mapping import ModelCall
from midflight.references.model import HOLE, Access, Api, ColumnUse, Place, Reference, SqlText, TableReference, Verb
from midflight.references.values import Call, Record, Rows, Text, Unknown, Value

Found = tuple[list[Reference], list[NotAnalysed]]
_NAME = re.compile(r"[`\"]?(?:(\w+)[`\"]?\.[`\"]?)?(\w+)[`\"]?\Z")
_ORDERED = re.compile(r"\s*([`\"\w.]+)(?:\s+(?:asc|desc))?\s*\Z", re.IGNORECASE)
_JOIN = re.compile(r"\s*(?:(?:left|right|inner|full|cross|natural)\s+(?:outer\s+)?)?join\b", re.IGNORECASE)
_BARE = "SELECT 1 FROM {1}"
_CONSTANTS = frozenset({"nil", "true", "false", ""})


@dataclass(slots=True)
class Reading:
    """One chain as it is read; `joins` is SQL that stands behind the table."""

    call: ModelCall
    models: Models
    struct: Struct
    uses: list[ColumnUse] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    joined: bool = False
    texts: list[tuple[str, Text]] = field(default_factory=list)
    others: list[Reference] = field(default_factory=list)
    problems: list[NotAnalysed] = field(default_factory=list)
    conflict: tuple[str, ...] = ()
    constraint: str = ""
    verb: Verb = Verb.SELECT
    star: bool = False
    chosen: bool = False
    aliased: bool = False
    hidden: bool = False

    def use(self, name: str, at: int, access: Access = Access.READ) -> None:
        """Note a column by its name or that of its field."""
        found = _NAME.match(name.strip())
        if found is None or found[1] not in {None, self.struct.table}:
            return
        column = self.struct.column(found[2])
        if column:
            shared = self.joined and found[1] is None and access is Access.READ
            self.uses.append(ColumnUse(column, access, Place(self.call.place.path, at), shared))

    def problem(self, at: int, what: str) -> None:
        """Tell what only the running program knows."""
        if not any(each.line == at for each in self.problems):
            self.problems.append(NotAnalysed(self.call.place.path, at, what))


def read_call(call: ModelCall, models: Models) -> Found:
    """Give what a chain reads and writes; of a struct that is no known table it gives nothing."""
    struct = find_struct(call.model, models.entities, call.place.path)
    if struct is None:
        return [], []
    reading = Reading(call, models, struct)
    reading.joined = any(step.name in {"Joins", "InnerJoins"} for step in call.steps)
    for step in call.steps:
        next((read for kinds, read in _READERS if step.name in kinds), _read_rest)(reading, step)
        if step.name in words.ENDS:
            break
    found = [*_own(reading), *reading.others]
    whole = [each for each in reading.texts if each[0] != _BARE] or reading.texts[-1:]
    for shape, text in whole:
        found += _fragment(reading, shape, text)
    return found, reading.problems


def _own(reading: Reading) -> Iterator[Reference]:
    made = reading.verb in {Verb.INSERT, Verb.UPSERT} and not reading.uses and not reading.conflict
    if made or not (reading.uses or reading.star or reading.conflict or _asks(reading)):
        return  # what it writes is the list of the struct
    call = reading.call
    yield TableReference(
        call.place,
        reading.struct.table,
        reading.verb,
        Api.SQL,
        reading.struct.schema,
        tuple(dict.fromkeys(reading.uses)),
        reading.star and not reading.chosen,
        conflict=reading.conflict,
        conflict_name=reading.constraint,
        guard=call.guard,
        text=call.text,
    )


def _asks(reading: Reading) -> bool:
    return any(step.name in words.ENDS and step.name != "Save" for step in reading.call.steps)


def _fragment(reading: Reading, shape: str, text: Text) -> list[Reference]:
    """A piece of SQL as part of a query on the table, with what is joined to it."""
    plain = re.sub(r"\bin\s+(\?|@\w+)", "IN (NULL)", text.text, flags=re.IGNORECASE)
    plain = re.sub(r"(?<![\w@])@[A-Za-z_]\w*|\?", "NULL", plain)
    if HOLE in plain or reading.hidden:
        reading.problem(text.line, "a condition in SQL that is put together when the program runs")
        return []
    table = ".".join(f'"{name}"' for name in (reading.struct.schema, reading.struct.table) if name)
    source = " ".join([table, *reading.joins])
    query = SqlText(Place(reading.call.place.path, text.line), shape.format(plain, source), reading.call.guard)
    return [each for each in sql.read(query).references if _is_new(reading, each)]


def _is_new(reading: Reading, reference: Reference) -> bool:
    """Whether a piece of SQL names more than the table of the chain."""
    own = isinstance(reference, TableReference) and reference.table == reading.struct.table
    return not own or (isinstance(reference, TableReference) and bool(reference.columns))


def _condition(reading: Reading, step: Call, given: tuple[Value, ...]) -> None:
    first = given[0] if given else None
    match first:
        case Text(text, at):
            if len(given) == 2 and _NAME.match(text):
                reading.use(text, at)
            elif not re.fullmatch(r"\s*\d*\s*", text):
                reading.texts.append(("SELECT 1 FROM {1} WHERE ({0})", first))
        case Record():
            _fields(reading, first, Access.READ)
            for more in (value for value in given[1:] if isinstance(value, Text)):
                reading.use(more.text, more.line)
        case Rows(items=items):
            for each in (item for item in items if isinstance(item, Record)):
                _fields(reading, each, Access.READ)
        case Unknown(text, at) if re.fullmatch(r"[a-z]\w*", text) and text not in _CONSTANTS and len(given) > 1:
            reading.problem(at, f"a condition on `{reading.struct.table}` is known only when the program runs")


def _fields(reading: Reading, record: Record, access: Access) -> None:
    """The columns of a map, or of the fields of a struct, which counts only where it is the model's own."""
    kind = next((inner.text for key, inner in record.entries if key.name == "#" and isinstance(inner, Text)), None)
    other = (
        kind is not None and reading.struct.entity is not None and kind.rpartition(".")[2] != reading.struct.entity.name
    )
    for key, _ in record.entries:
        if key.name.startswith("."):
            if not other and reading.struct.entity is not None:
                column = dict(reading.struct.columns).get(key.name[1:], "")
                if column:
                    reading.uses.append(ColumnUse(column, access, Place(reading.call.place.path, key.line)))
        elif key.name not in {"#", "()"} and not key.name.isdigit():
            reading.use(key.name, key.line, access)


def _read_condition(reading: Reading, step: Call) -> None:
    _condition(reading, step, step.arguments)


def _read_rows(reading: Reading, step: Call) -> None:
    reading.star = True
    if step.name != "FindInBatches":
        _condition(reading, step, step.arguments[1:])


def _read_names(reading: Reading, step: Call) -> None:
    given = step.arguments[:1] if step.name == "Pluck" else step.arguments
    writes = any(each.name in words.VERBS for each in reading.call.steps)
    reading.chosen = reading.chosen or step.name in {"Select", "Pluck"}
    names = [one for value in given for one in (value.items if isinstance(value, Rows) else (value,))]
    for value in names:
        if isinstance(value, Text) and _NAME.match(value.text.strip()):
            if not (reading.aliased and step.name == "Group"):
                reading.use(value.text, value.line, Access.WRITE if writes else Access.READ)
        elif isinstance(value, Text) and value is names[0] and value.text.strip() != "*":
            reading.aliased = True
            if not re.search(r"\?|@\w", value.text) and step.name != "Group":
                reading.texts.append(("SELECT {0} FROM {1}", value))
        elif isinstance(value, Unknown) and value is names[0]:
            reading.aliased = True
            if value.text not in _CONSTANTS:
                reading.problem(value.line, f"a column of `{reading.struct.table}` is known only when the program runs")


def _read_order(reading: Reading, step: Call) -> None:
    first = step.arguments[0] if step.arguments else None
    if isinstance(first, Text) and not reading.aliased:
        if found := _ORDERED.match(first.text):
            reading.use(found[1], first.line)
        else:
            reading.texts.append(("SELECT 1 FROM {1} ORDER BY {0}", first))
    elif isinstance(first, Record):
        for name in _column_names({key.name: inner for key, inner in first.entries}.get(".Column")):
            reading.use(name.text, name.line)
    elif isinstance(first, Unknown):
        reading.problem(first.line, f"the order of a query on `{reading.struct.table}` is known only when it runs")


def _read_set(reading: Reading, step: Call) -> None:
    reading.verb = words.VERBS[step.name]
    first = step.arguments[0] if step.arguments else None
    if isinstance(first, Text) and HOLE not in first.text:
        reading.use(first.text, first.line, Access.WRITE)
    elif first is not None:
        reading.problem(first.line, f"what is written to `{reading.struct.table}` is a variable")


def _read_fields(reading: Reading, step: Call) -> None:
    reading.verb = words.VERBS.get(step.name, reading.verb)
    first = step.arguments[0] if step.arguments else None
    if isinstance(first, Record):
        _fields(reading, first, Access.WRITE)
    elif isinstance(first, Unknown) and step.name in words.VERBS:
        reading.problem(first.line, f"what is written to `{reading.struct.table}` is a variable")


def _read_create(reading: Reading, step: Call) -> None:
    if reading.verb is not Verb.UPSERT:
        reading.verb = Verb.INSERT
    first = step.arguments[0] if step.arguments else None
    for each in first.items if isinstance(first, Rows) else (first,):
        if isinstance(each, Record) and not any(key.name == "#" for key, _ in each.entries):
            _fields(reading, each, Access.WRITE)


def _read_delete(reading: Reading, step: Call) -> None:
    reading.verb = Verb.DELETE
    _condition(reading, step, step.arguments[1:])


def _read_related(reading: Reading, step: Call) -> None:
    """Read `Preload("Orders.Items", "state = ?", x)` and `Joins("Company")`, or a join in SQL."""
    first = step.arguments[0] if step.arguments else None
    if not isinstance(first, Text):
        reading.hidden = reading.hidden or step.name != "Preload"
        return
    if step.name != "Preload" and _JOIN.match(first.text):
        reading.hidden = reading.hidden or HOLE in first.text
        reading.joins.append(re.sub(r"\?", "NULL", first.text))
        reading.texts.append((_BARE, Text("", first.line)))
        return
    here: Struct | None = reading.struct
    for name in first.text.split(".")[:6]:
        here = follow(here, name, reading.models.entities) if here is not None else None
        if here is None:
            reading.hidden = reading.hidden or step.name != "Preload"
            return
        place = Place(reading.call.place.path, first.line)
        guard, text = reading.call.guard, reading.call.text
        reading.others.append(
            TableReference(place, here.table, Verb.SELECT, Api.SQL, here.schema, guard=guard, text=text)
        )
        if step.name != "Preload":
            reading.joins.append(f'LEFT JOIN "{here.table}" "{name}" ON true')
    condition = step.arguments[1] if step.name == "Preload" and len(step.arguments) > 1 else None
    if isinstance(condition, Text) and here is not None:
        inner = Reading(reading.call, reading.models, here)
        reading.others += _fragment(inner, "SELECT 1 FROM {1} WHERE ({0})", condition)
        reading.problems += inner.problems


def _read_clauses(reading: Reading, step: Call) -> None:
    """Read `clause.OnConflict{Columns: ..., DoUpdates: ...}`."""
    for value in step.arguments:
        parts = {key.name: inner for key, inner in value.entries} if isinstance(value, Record) else {}
        kind = parts.get("#")
        if not isinstance(kind, Text) or not kind.text.endswith("clause.OnConflict"):
            continue
        reading.verb = Verb.UPSERT
        names = list(_column_names(parts.get(".Columns")))
        reading.conflict = tuple(column for name in names if (column := reading.struct.column(name.text)))
        named = parts.get(".OnConstraint")
        reading.constraint = named.text if isinstance(named, Text) else ""
        _updates(reading, parts.get(".DoUpdates"))


def _updates(reading: Reading, value: Value | None) -> None:
    entries = value.entries if isinstance(value, Record) else ()
    function = next((inner.text for key, inner in entries if key.name == "()" and isinstance(inner, Text)), "")
    given = next((inner for key, inner in entries if key.name == "0"), None)
    if function == "clause.AssignmentColumns" and isinstance(given, Rows):
        for name in given.items:
            if isinstance(name, Text):
                reading.use(name.text, name.line, Access.WRITE)
    elif function == "clause.Assignments" and isinstance(given, Record):
        _fields(reading, given, Access.WRITE)


def _column_names(value: Value | None) -> Iterator[Text]:
    """The names in `clause.Column{Name: "id"}`, or in a list of them."""
    for each in value.items if isinstance(value, Rows) else (value,):
        for key, inner in each.entries if isinstance(each, Record) else ():
            if key.name == ".Name" and isinstance(inner, Text):
                yield inner


def _read_rest(reading: Reading, step: Call) -> None:
    """A method that names no column."""


_READERS = (
    (words.CONDITIONS, _read_condition),
    (words.ROWS, _read_rows),
    (words.NAMES, _read_names),
    (frozenset({"Order"}), _read_order),
    (words.SETS, _read_set),
    (words.FIELDS, _read_fields),
    (frozenset({"Create", "CreateInBatches"}), _read_create),
    (frozenset({"Delete"}), _read_delete),
    (words.LOADS, _read_related),
    (frozenset({"Clauses"}), _read_clauses),
)
