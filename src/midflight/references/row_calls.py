"""What the readers of object mappers' calls share: columns of a class by name, and the references they add up to."""

from collections.abc import Iterator

from midflight.references.lookup import Models
from midflight.references.mapping import MappedField, MappedModel, ModelCall
from midflight.references.model import Access, Api, ColumnUse, Place, TableReference, Verb
from midflight.references.postgrest import Named
from midflight.references.prisma_reading import Part, Reading
from midflight.references.values import Record, Rows, Unknown, Value, shorten

OFF = frozenset({"false", "undefined", "null"})


def implicit(model: MappedModel, *, named: bool) -> list[TableReference]:
    """Give the select and the insert that a mapper makes of a class by itself, each column with its line.

    `named` says that an insert names every column (TypeORM sends `DEFAULT` for what gets no value); otherwise it
    names those that the library fills, and reads the others back (Sequelize's `RETURNING`).
    """
    path = model.place.path
    columns = [each for each in model.fields if each.column]
    read = tuple(dict.fromkeys(_use(path, each, Access.READ) for each in columns if each.read))
    select = TableReference(
        model.place,
        model.table,
        Verb.SELECT,
        Api.SQL,
        schema=model.schema,
        columns=read,
        text=shorten(f"{model.name}: {', '.join(use.name for use in read)}"),
        mapped=True,
    )
    if model.view:
        return [select]
    written = [_use(path, e, Access.WRITE) for e in columns if (named or e.filled) and not e.generated]
    back = [] if named else [use for use in read if use.name not in {each.name for each in written}]
    uses = tuple(dict.fromkeys([*written, *back]))
    insert = TableReference(
        model.place, model.table, Verb.INSERT, Api.SQL, model.schema, uses, text=select.text, mapped=True
    )
    return [insert, select]


def _use(path: str, each: MappedField, access: Access) -> ColumnUse:
    return ColumnUse(each.column, access, Place(path, each.line))


def note(reading: Reading, part: Part, key: Named, access: Access = Access.READ) -> MappedField | None:
    """Note the use of a property, of the keys of a relation, or why it is none; give the field."""
    found = part.model.field(key.name)
    uses = part.reads if access is Access.READ else part.writes
    if found is None:
        known = any(each.column == key.name for each in part.model.fields)
        inside = any(each.name.startswith(f"{key.name}.") for each in part.model.fields)
        if part.model.complete and not known and not inside:
            reading.problem(key.line, f"the model `{part.model.name}` has no property `{key.name}`")
        return None
    if found.column:
        if access is Access.READ or (not found.generated and (found.updated or part.verb is not Verb.UPDATE)):
            uses.append(Named(found.column, key.line))
    else:
        for name in found.keys:
            own = part.model.field(name)
            if own is not None and own.column:
                uses.append(Named(own.column, key.line))
    return found


def written(reading: Reading, part: Part, value: Value) -> None:
    """Note the properties that a payload sets; of an insert with every key known the list is complete."""
    records = records_of(value)
    known = bool(records) and all(record.complete for record in records)
    known = known and not (isinstance(value, Rows) and not value.complete)
    if not records and not (isinstance(value, Rows) and value.complete):
        reading.problem(value.line, f"what is written to `{part.model.table}` is a variable")
    for record in records:
        _set(reading, part, record, "")
    if part.verb in {Verb.INSERT, Verb.UPSERT}:
        part.payload = known and part.model.complete
        names = {name.name for name in part.writes}
        line = part.place.line
        filled = (each for each in part.model.fields if each.filled and each.column and each.column not in names)
        part.writes += [Named(each.column, line) for each in filled]


def _set(reading: Reading, part: Part, record: Record, path: str) -> None:
    for key, value in record.entries:
        name = Named(path + key.name, key.line)
        inside = any(each.name.startswith(f"{name.name}.") for each in part.model.fields)
        if isinstance(value, Unknown) and value.text == "undefined":
            continue
        if inside and isinstance(value, Record) and path.count(".") < 5:
            _set(reading, part, value, f"{name.name}.")
        elif not inside:
            note(reading, part, name, Access.WRITE)


def rows(reading: Reading, model: MappedModel, line: int) -> None:
    """Note that the columns which a mapper selects by itself come back."""
    part = Part(model, Verb.SELECT, Place(reading.call.place.path, line))
    part.reads = [Named(each.column, line) for each in model.fields if each.column and each.read]
    reading.implicit.append(part)


def records_of(value: Value) -> list[Record]:
    """The objects in a value."""
    found = value.items if isinstance(value, Rows) else (value,)
    return [each for each in found if isinstance(each, Record)]


def is_chosen(value: Value) -> bool:
    """Whether an entry such as `name: true` asks for something."""
    return not (isinstance(value, Unknown) and value.text in OFF)


def references(reading: Reading) -> Iterator[TableReference]:
    """Give what was read as references."""
    for part, mapped in ((p, m) for parts, m in ((reading.parts, False), (reading.implicit, True)) for p in parts):
        yield _reference(reading.call, part, mapped=mapped)


def _reference(call: ModelCall, part: Part, *, mapped: bool) -> TableReference:
    path = call.place.path
    uses = [
        ColumnUse(name.name, access, Place(path, name.line))
        for access, names in ((Access.WRITE, part.writes), (Access.READ, part.reads))
        for name in names
    ]
    return TableReference(
        part.place,
        part.model.table,
        part.verb,
        Api.SQL,
        schema=part.model.schema,
        columns=tuple(dict.fromkeys(uses)),
        payload=part.payload,
        guard=call.guard,
        text=shorten(call.text),
        mapped=mapped,
    )


def model_of(models: Models, call: ModelCall, name: str) -> MappedModel | None:
    """The model of a name, None where its table is not known."""
    found = models.find(call.mapper, name, call.place.path)
    return found if found is not None and found.table else None
