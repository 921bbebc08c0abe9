"""Gives the references of queries through Django's models, once all classes are known."""

from dataclasses import dataclass, field

from midflight.changes.model import NotAnalysed
from midflight.references import django_words as words
from midflight.references.django_models import Attribute, Model, Project
from midflight.references.lookup import Models
from midflight.references.mapping import ModelCall
from midflight.references.model import Access, Api, ColumnUse, Place, Reference, TableReference, Verb
from midflight.references.values import Call, Rows, Text, Value

Found = tuple[list[Reference], list[NotAnalysed]]
_MOST_SERVED = 20  # models that share one manager
_LONGEST = 63  # characters of a name that Django leaves as it is
_DEEPEST = 20  # relations of one lookup


@dataclass(slots=True)
class _Table:
    """What a chain does with one table."""

    line: int
    verb: Verb = Verb.SELECT
    uses: dict[ColumnUse, None] = field(default_factory=dict)
    payload: bool = False
    conflict: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """One chain as it is read.

    `shape` is what it has come to: the "class", its "rows" or one "row"; a row that the code has `made` is inserted.
    What steps that other lines have written did is known and not told again (`quiet`).
    """

    call: ModelCall
    project: Project
    model: Model
    shape: str = "class"
    made: tuple[Text, ...] | None = None
    quiet: bool = False
    aliases: set[str] = field(default_factory=set)
    tables: dict[str, _Table] = field(default_factory=dict)
    changed: dict[str, _Table] = field(default_factory=dict)
    problems: list[NotAnalysed] = field(default_factory=list)

    def table(self, model: Model | str, at: int) -> _Table:
        """The notes on a table."""
        name = model if isinstance(model, str) else model.table
        return self.tables.setdefault(name, _Table(at))

    def read(self, model: Model, attribute: Attribute, at: int) -> None:
        """Note that a column is read."""
        if attribute.column and not self.quiet:
            use = ColumnUse(attribute.column, Access.READ, Place(self.call.place.path, at))
            self.table(model, at).uses[use] = None

    def problem(self, at: int, what: str) -> None:
        """Tell what only the running program knows."""
        if not self.quiet and not any(each.line == at for each in self.problems):
            self.problems.append(NotAnalysed(self.call.place.path, at, what))


def read_call(call: ModelCall, models: Models) -> Found:
    """Give what a chain reads and writes; of a class that is no known model it gives nothing."""
    found: list[Reference] = []
    problems: list[NotAnalysed] = []
    for model, shape in _heads(call, models.django):
        reading = _Reading(call, models.django, model, shape)
        for step in call.steps:
            reading.quiet = "before" in step.options
            if not _read_step(reading, step):
                break
        found += _references(reading, reading.tables)
        found += _references(reading, reading.changed)
        problems += reading.problems
    return found, problems


def _heads(call: ModelCall, project: Project) -> list[tuple[Model, str]]:
    kind, _, name = call.model.partition(" ")
    if kind == "rows":
        own = project.served(name, call.place.path)
        return [(model, "rows") for model in own] if len(own) <= _MOST_SERVED else []
    model = project.model(call.model.removeprefix("row "), call.place.path)
    return [(model, "row" if kind == "row" else "class")] if model is not None else []


def _references(reading: _Reading, tables: dict[str, _Table]) -> list[Reference]:
    call = reading.call
    return [
        TableReference(
            Place(call.place.path, noted.line),
            table,
            noted.verb,
            Api.SQL,
            columns=tuple(noted.uses),
            payload=noted.payload,
            conflict=noted.conflict,
            guard=call.guard,
            text=call.text,
        )
        for table, noted in tables.items()
    ]


def _read_step(reading: _Reading, step: Call) -> bool:
    """Read one step; whether the next one is still about the database."""
    match reading.shape, step.name:
        case _, "go":
            return _go(reading, step)
        case "class", "construct":
            reading.shape, reading.made = "row", _texts(step.options.get("set"))
            return True
        case "class", "declared":
            _paths(reading, step)
            return False
        case "class", "shortcut":
            reading.shape = "rows"
            _paths(reading, step)
            reading.shape = "row"
            return True
        case "rows", "item":
            reading.shape = "row"
            return True
        case "row", name if name in words.SAVES | words.DELETES:
            return _of_row(reading, step)
        case "rows", name:
            return _of_rows(reading, name, step)
    return False


def _go(reading: _Reading, step: Call) -> bool:
    """An attribute: a manager of the class, or what leads from a row to others."""
    name = next((text.text for text in _texts(Rows(step.arguments, complete=True, line=step.line))), "")
    model = reading.model
    if reading.shape == "class":
        named = {manager for each in model.line() for manager, _ in each.managers}
        if name not in words.MANAGERS | named:
            return False
        reading.shape = "rows"
        if not reading.quiet:
            reading.table(model, step.line)
        return True
    found = model.find(name) if reading.shape == "row" else None
    if found is not None and found[1].kind and name == found[1].name:
        return _forward(reading, *found, step)
    back = reading.project.accessor(model, name) if reading.shape == "row" else None
    if back is None:
        return False
    reading.model, attribute = back
    if attribute.kind == "many":
        _between(reading, reading.model, attribute, step.line)
    else:
        reading.read(reading.model, attribute, step.line)
    reading.shape, reading.made = "row" if attribute.kind == "one" else "rows", None
    return True


def _forward(reading: _Reading, owner: Model, attribute: Attribute, step: Call) -> bool:
    target = reading.project.model(attribute.target, attribute.place.path, owner)
    if target is None:
        return False
    if attribute.kind == "many":
        _between(reading, owner, attribute, step.line)
    reading.model, reading.made = target, None
    reading.shape = "rows" if attribute.kind == "many" else "row"
    return True


def _of_rows(reading: _Reading, name: str, step: Call) -> bool:
    model = reading.model
    if reading.project.owns(model, name) and name not in {"get_queryset", "all"}:
        return reading.project.returns(model, name)
    if not reading.quiet:
        reading.table(model, step.line)
    if name in words.READ:
        _read(reading, name, step)
    if name in words.OF_ROW:
        reading.shape = "row"
        return True
    return (
        name in words.OF_ROWS or name in words.PATHS - {"in_bulk", "ain_bulk"} or reading.project.returns(model, name)
    )


def _read(reading: _Reading, name: str, step: Call) -> None:
    # a name that the step itself gives is known only after it
    _paths(reading, step, accessors=name in words.ACCESSORS)
    reading.aliases |= {text.text for text in _texts(step.options.get("alias"))}
    named = _texts(step.options.get("set"))
    if name in words.UPDATES or name.endswith("bulk_update"):
        _write(reading, Verb.UPDATE, named, step)
    elif name in words.DELETES:
        _write(reading, Verb.DELETE, (), step)
    elif name.endswith("bulk_create"):
        keys = _texts(step.options.get("unique"))
        _insert(reading, Verb.UPSERT if keys else Verb.INSERT, named, step)
        found = (reading.model.find(text.text) for text in keys)
        if keys and not reading.quiet:
            reading.table(reading.model, step.line).conflict = tuple(each[1].column for each in found if each)
    elif name in words.CREATES:
        _insert(reading, Verb.INSERT, named, step)
        changed = _texts(step.options.get("changes"))
        if changed and not reading.quiet:
            inserted, reading.tables = reading.tables, {}
            _write(reading, Verb.UPDATE, changed, step)
            reading.changed, reading.tables = reading.tables, inserted


def _of_row(reading: _Reading, step: Call) -> bool:
    if step.name in words.DELETES:
        _write(reading, Verb.DELETE, (), step)
    elif reading.made is not None:
        _insert(reading, Verb.INSERT, reading.made, step)
    elif "set" in step.options:
        _dynamic(reading, step.options["set"])
        _write(reading, Verb.UPDATE, _texts(step.options["set"]), step)
    return False


def _write(reading: _Reading, verb: Verb, named: tuple[Text, ...], step: Call) -> None:
    if reading.quiet:
        return
    reading.table(reading.model, step.line).verb = verb
    path = reading.call.place.path
    for text in named:
        found = reading.model.find(text.text)
        if found is not None and found[1].column:
            noted = reading.table(found[0], text.line)
            noted.verb = verb
            noted.uses[ColumnUse(found[1].column, Access.WRITE, Place(path, text.line))] = None


def _insert(reading: _Reading, verb: Verb, named: tuple[Text, ...], step: Call) -> None:
    """Django inserts all columns of the model, the ones that are not named with their defaults."""
    _write(reading, verb, named, step)
    model = reading.model
    if reading.quiet or not model.whole:
        return
    noted = reading.table(model, step.line)
    noted.payload = True
    written = {use.name for use in noted.uses if use.access is Access.WRITE}
    for each in model.attributes:
        if each.column and each.written and each.column not in written:
            noted.uses[ColumnUse(each.column, Access.WRITE, each.place)] = None


def _paths(reading: _Reading, step: Call, *, accessors: bool = False) -> None:
    for value in step.arguments:
        if isinstance(value, Text):
            _path(reading, value, accessors=accessors)
    _dynamic(reading, Rows(step.arguments, complete=True, line=step.line))
    _dynamic(reading, step.options.get("set"))


def _dynamic(reading: _Reading, value: Value | None) -> None:
    for each in value.items if isinstance(value, Rows) else ():
        if not isinstance(each, Text):
            reading.problem(each.line, f"a column of `{reading.model.table}` is known only when the program runs")


def _path(reading: _Reading, text: Text, *, accessors: bool) -> None:
    """Follow `author__books__title__icontains` from table to table; what is no attribute ends it."""
    names = text.text.lstrip("-+").split("__")[:_DEEPEST]
    if names[0] in reading.aliases:
        return
    here = reading.model
    for at, name in enumerate(names):
        following = names[at + 1] if at + 1 < len(names) else ""
        found = here.find(name)
        if found is None:
            back = (reading.project.accessor if accessors else reading.project.back)(here, name)
            if back is None:
                return
            here, attribute = back
            owner = here
        else:
            owner, attribute = found
        if attribute.kind == "many":
            _between(reading, owner, attribute, text.line)
        else:
            reading.read(owner, attribute, text.line)
        if found is None:
            continue
        target = reading.project.model(attribute.target, attribute.place.path, owner) if attribute.kind else None
        key = target.key if target is not None else None
        if target is None or (attribute.kind != "many" and key is not None and following in {"pk", key.name}):
            return
        here = target


def _between(reading: _Reading, owner: Model, attribute: Attribute, at: int) -> None:
    """The table between two others."""
    said = dict(attribute.said)
    if reading.quiet:
        return
    if "through" in said:
        through = reading.project.model(said["through"], attribute.place.path, owner)
        if through is not None:
            reading.table(through, at)
        return
    name = said.get("db_table") or f"{owner.table}_{attribute.name}"
    if name != "+" and len(name) <= _LONGEST:
        reading.table(name, at)


def _texts(value: Value | None) -> tuple[Text, ...]:
    return tuple(each for each in value.items if isinstance(each, Text)) if isinstance(value, Rows) else ()
