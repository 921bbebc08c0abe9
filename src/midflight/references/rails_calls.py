"""Gives the references of ActiveRecord's queries and of the lines of its models, once all classes are known."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import inflection

from midflight.changes.model import NotAnalysed
from midflight.references import sql_texts as sql
from midflight.references.lookup import Models
from midflight.references.mapping import MappedField, MappedModel, Mapper, ModelCall
from midflight.references.model import HOLE, Access, Api, ColumnUse, Place, Reference, SqlText, TableReference, Verb
from midflight.references.rails_tables import IGNORES, ROOTS, find, table_of
from midflight.references.rails_words import BESIDE, CREATES, FILTERS, JOINS, KEEPS, NAMED, QUERIES, ROWS, WRITES
from midflight.references.values import Call, Record, Rows, Text, Value

_DEEPEST = 20


_COLUMN = re.compile(r"[a-z_]\w*\Z")
_ORDERED = re.compile(r"\s*([a-z_]\w*)(?:\s+(?:asc|desc))?\s*\Z", re.IGNORECASE)
_LOGIC = re.compile(r"\b(?:nulls|case|when)\b|\(", re.IGNORECASE)

Found = tuple[list[Reference], list[NotAnalysed]]


@dataclass(slots=True)
class _Reading:
    call: ModelCall
    models: Models
    model: MappedModel
    table: str
    uses: list[ColumnUse] = field(default_factory=list)
    verb: Verb = Verb.SELECT
    conflict: tuple[str, ...] = ()
    joined: bool = False
    aliased: bool = False
    texts: list[Text] = field(default_factory=list)
    others: list[Reference] = field(default_factory=list)
    problems: list[NotAnalysed] = field(default_factory=list)

    def use(self, name: str, at: int, access: Access = Access.READ, *, shared: bool = False) -> None:
        """Note a column by the name of its attribute or association; `shared` where a joined table may have it."""
        known = next((f for f in self.fields() if f.name == name and f.relation not in {"", IGNORES, "scope"}), None)
        place = Place(self.call.place.path, at)
        if known is None:
            self.uses.append(ColumnUse(name, access, place, shared))
        elif known.relation == "belongs_to":
            self.uses += [ColumnUse(key, access, place) for key in known.keys]
        elif known.relation == "alias" and known.column:
            self.uses.append(ColumnUse(known.column, access, place))
        elif known.relation == "virtual" and self.verb is Verb.SELECT:
            self.uses.append(ColumnUse(name, access, place))  # `attribute :x` may stand for a column; a query needs one

    def fields(self) -> list[MappedField]:
        """What the class and those above it declare."""
        found: list[MappedField] = []
        here: MappedModel | None = self.model
        for _ in range(_DEEPEST):
            if here is None:
                break
            found += here.fields[1:]
            here = find(here.fields[0].target, self.models, here.place.path, here.name.rpartition("::")[0])
        return found

    def target(self, name: str) -> tuple[MappedModel, str] | None:
        """The model at the other end of an association, and its table."""
        known = next((f for f in self.fields() if f.name == name and f.relation), None)
        if known is None or known.relation in {"alias", "virtual", "scope", IGNORES}:
            return None
        wanted = known.target or inflection.camelize(
            inflection.singularize(name) if known.relation != "belongs_to" else name
        )
        found = find(wanted, self.models, self.call.place.path, self.model.name)
        table = table_of(found, self.models) if found is not None else ""
        return (found, table) if found is not None and table else None

    def other(self, table: str, at: int, columns: tuple[ColumnUse, ...] = ()) -> None:
        """Note another table that the query reads."""
        schema, _, name = table.rpartition(".")
        place = Place(self.call.place.path, at)
        self.others.append(TableReference(place, name, Verb.SELECT, Api.SQL, schema, columns, text=self.call.text))


def read_call(call: ModelCall, models: Models) -> Found:
    """Give what one query, or one line of a model's class, reads and writes."""
    scope = call.whole[0] if call.whole else ""
    model = find(call.model, models, call.place.path, scope)
    table = table_of(model, models) if model is not None else ""
    if model is None or not table:
        return [], []
    reading = _Reading(call, models, model, table)
    if not call.whole:
        _read_macro(reading, call.steps[0])
    else:
        if not _is_read(reading, call.steps[0]):
            return [], []
        if any(step.name == "from" for step in call.steps):
            why = "`from` makes the query read other rows than those of the model's table"
            return [], [NotAnalysed(call.place.path, call.place.line, why)]
        for step in call.steps:
            if not _read_step(reading, step):
                break
    return _references(reading), reading.problems


def _references(reading: _Reading) -> list[Reference]:
    schema, _, name = reading.table.rpartition(".")
    found = list(reading.others)
    if reading.uses or reading.call.whole:
        found.insert(
            0,
            TableReference(
                reading.call.place,
                name,
                reading.verb,
                Api.SQL,
                schema,
                tuple(dict.fromkeys(reading.uses)),
                conflict=reading.conflict,
                text=reading.call.text,
            ),
        )
    for text in reading.texts:
        found += _fragment(reading, text)
    return found


def _fragment(reading: _Reading, text: Text) -> list[Reference]:
    """A condition in SQL; beside joined tables nothing says whose its columns are."""
    table = ".".join(f'"{part}"' for part in reading.table.split("."))
    plain = re.sub(r"(?<![:\w]):[a-z_]\w*|\?", "NULL", text.text)
    if reading.joined or HOLE in plain:
        reading.problems.append(
            NotAnalysed(reading.call.place.path, text.line, "a condition in SQL beside joins, or put together by Ruby")
        )
        return []
    whole = f"SELECT 1 FROM {table} WHERE ({plain})"  # noqa: S608 - only read, never sent
    query = SqlText(Place(reading.call.place.path, text.line), whole, reading.call.guard)
    return list(sql.read(query).references)


def _is_read(reading: _Reading, step: Call) -> bool:
    """Whether a method is ActiveRecord's or a scope of the model; any other may be about something else."""
    return step.name in QUERIES or any(f.relation == "scope" and f.name == step.name for f in reading.fields())


def _read_step(reading: _Reading, step: Call) -> bool:
    """Read one call of a chain; whether the next one is still about the model."""
    name = step.name
    if name in FILTERS:
        bound = bool(step.arguments) and not isinstance(
            step.arguments[0], Record
        )  # what follows fills its `?` and `:name`
        for value in step.arguments[:1] if bound else step.arguments:
            _filter(reading, value)
    elif name in NAMED:
        for value in step.arguments:
            _named(reading, value)
    elif name in JOINS:
        reading.joined = True
        for value in step.arguments:
            _join(reading, value, 0)
    elif name in WRITES or name in CREATES:
        _write(reading, step)
        return False
    elif name not in KEEPS and not any(f.relation == "scope" and f.name == name for f in reading.fields()):
        return False
    return name not in ROWS


def _filter(reading: _Reading, value: Value) -> None:
    if isinstance(value, Text):
        reading.texts.append(value)
    if isinstance(value, Rows) and value.items and isinstance(value.items[0], Text):
        reading.texts.append(value.items[0])
    for key, inner in value.entries if isinstance(value, Record) else ():
        if isinstance(inner, Record):
            target = reading.target(key.name)
            table = target[1] if target is not None else key.name
            if target is None and not _is_table(key.name, reading.models):
                continue  # an alias of a join in SQL
            columns = tuple(
                ColumnUse(n.name, Access.READ, Place(reading.call.place.path, n.line)) for n, _ in inner.entries
            )
            known = target[0] if target is not None else None
            if known is None or not any(
                f.relation for f in known.fields if f.name in {n.name for n, _ in inner.entries}
            ):
                reading.other(table, key.line, columns)
        elif "." in key.name:
            table, _, column = key.name.rpartition(".")
            reading.other(table, key.line, (ColumnUse(column, Access.READ, Place(reading.call.place.path, key.line)),))
        else:
            reading.use(key.name, key.line)


def _is_table(name: str, models: Models) -> bool:
    """Whether a model has the table."""
    return any(model.table == name for model in models.all() if model.mapper is Mapper.RAILS)


def _named(reading: _Reading, value: Value) -> None:
    for each in value.items if isinstance(value, Rows) else (value,):
        if isinstance(each, Record):
            for key, inner in each.entries:
                if _COLUMN.match(key.name) and isinstance(inner, Text):
                    reading.use(key.name, key.line)
        elif isinstance(each, Text) and (" as " in each.text.lower() or HOLE in each.text):
            reading.aliased = True  # from here on, a name may be one that the select list gives
        elif (
            isinstance(each, Text)
            and not reading.aliased
            and (found := _ORDERED.match(each.text))
            and not _LOGIC.search(each.text)
        ):
            reading.use(found[1], each.line, shared=any(s.name in BESIDE for s in reading.call.steps))


def _join(reading: _Reading, value: Value, depth: int) -> None:
    for each in value.items if isinstance(value, Rows) else (value,):
        names = [key for key, _ in each.entries] if isinstance(each, Record) else []
        if isinstance(each, Text) and _COLUMN.match(each.text):
            _joined(reading, each.text, each.line)
        for key in names:
            _joined(reading, key.name, key.line)


def _joined(reading: _Reading, name: str, at: int) -> None:
    target = reading.target(name)
    if target is None:
        return
    known = next(f for f in reading.fields() if f.name == name and f.relation)
    if known.relation == "belongs_to":
        reading.use(name, at)
    reading.other(target[1], at)


def _write(reading: _Reading, step: Call) -> None:
    certain = step.name in WRITES
    reading.verb = WRITES.get(step.name) or CREATES[step.name]
    if not certain and any(f.relation == "include" for f in reading.fields()):
        return  # a concern may define attributes that are no columns
    setters = {f.target.removesuffix("=") for f in reading.fields() if f.name == "def" and f.target.endswith("=")}
    value = step.arguments[0] if step.arguments else None
    for record in value.items if isinstance(value, Rows) else (value,):
        for key, _ in record.entries if isinstance(record, Record) else ():
            if key.name in setters or key.name in {"unique_by", "returning", "record_timestamps", "on_duplicate"}:
                continue
            if certain or _COLUMN.match(key.name):
                reading.use(key.name, key.line, Access.WRITE)
    target = step.options.get("unique_by")
    names = [one.text for one in (target.items if isinstance(target, Rows) else (target,)) if isinstance(one, Text)]
    if reading.verb is Verb.UPSERT and names and not names[0].startswith(("index_", "idx_")):
        reading.conflict = tuple(names)


def _read_macro(reading: _Reading, step: Call) -> None:
    """What a line of the class body says of columns."""
    first = step.arguments[0] if step.arguments else None
    match step.name:
        case "belongs_to" if isinstance(first, Text):
            reading.use(first.text, step.line)
            if isinstance(step.options.get("polymorphic"), object) and "polymorphic" in step.options:
                reading.uses.append(
                    ColumnUse(f"{first.text}_type", Access.READ, Place(reading.call.place.path, step.line))
                )
        case "has_many" | "has_one" if isinstance(first, Text):
            _read_many(reading, step, first.text)
        case "enum":
            _read_enum(reading, step)
        case "serialize" | "store" | "store_accessor" if isinstance(first, Text):
            reading.use(first.text, step.line)
        case "alias_attribute" if isinstance(first, Text):
            reading.use(first.text, step.line)
        case "validates" | "validates_uniqueness_of":
            _read_unique(reading, step)


def _read_many(reading: _Reading, step: Call, name: str) -> None:
    """The foreign key is a column of the other table."""
    target = reading.target(name)
    known = next((f for f in reading.model.fields if f.name == name), None)
    given, owner = step.options.get("foreign_key"), step.options.get("as")
    if target is None or "through" in step.options or known is None:
        return
    if isinstance(owner, Text):
        keys = [f"{owner.text}_id", f"{owner.text}_type"]
    elif isinstance(given, Text):
        keys = [given.text]
    elif given is None:
        keys = [f"{inflection.underscore(reading.model.name.rpartition('::')[2])}_id"]
    else:
        return
    if given is None and owner is None and reading.model.fields[0].target not in ROOTS:
        return  # of a single table, the key is named after the base class
    place = Place(reading.call.place.path, step.line)
    reading.other(target[1], step.line, tuple(ColumnUse(key, Access.READ, place) for key in keys))


def _read_enum(reading: _Reading, step: Call) -> None:
    first = step.arguments[0] if step.arguments else None
    if isinstance(first, Text):
        reading.use(first.text, step.line)
    for key, inner in first.entries if isinstance(first, Record) else ():
        if isinstance(inner, (Record, Rows)) and not key.name.startswith("_"):
            reading.use(key.name, key.line)


def _read_unique(reading: _Reading, step: Call) -> None:
    """A check for uniqueness queries its columns; any other validation may be about an attribute without one."""
    given = step.options.get("uniqueness")
    if step.name == "validates" and given is None:
        return
    for value in step.arguments:
        if isinstance(value, Text):
            reading.use(value.text, value.line)
    options = {k.name: v for k, v in given.entries} if isinstance(given, Record) else step.options
    for name in _scoped(options.get("scope")):
        reading.use(name.text, name.line)


def _scoped(value: Value | None) -> Iterator[Text]:
    for each in value.items if isinstance(value, Rows) else (value,):
        if isinstance(each, Text):
            yield each
