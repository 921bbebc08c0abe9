"""Gives the references of queries through Eloquent's models, once all classes are known."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from midflight.changes.model import NotAnalysed
from midflight.references import eloquent_relations as relations
from midflight.references import eloquent_words as words
from midflight.references.eloquent_models import Model, find_model, snake
from midflight.references.eloquent_parts import Part, fragment, names_in, records_in
from midflight.references.lookup import Models
from midflight.references.mapping import ModelCall
from midflight.references.model import Access, Reference, Verb
from midflight.references.values import Call, Record, Rows, Text, Unknown, Value

Found = tuple[list[Reference], list[NotAnalysed]]
_DYNAMIC = re.compile(r"(?:or)?where([A-Z]\w*)\Z|orWhere([A-Z]\w*)\Z")
_PLAIN = frozenset({"fn", "raw", "null", "", "true", "false"})


@dataclass(slots=True)
class Reading:
    """One chain as it is read: the parts are the tables that it came to, the last is where it stands."""

    call: ModelCall
    models: Models
    parts: list[Part]
    row: bool
    problems: list[NotAnalysed] = field(default_factory=list)

    @property
    def part(self) -> Part:
        """Where the chain stands."""
        return self.parts[-1]

    def find(self, name: str) -> Model | None:
        """The model of a full class name as seen from this file."""
        return find_model(name, self.models.entities, self.call.place.path)

    def move(self, model: Model, at: int) -> None:
        """Go on in the table of another model."""
        self.parts.append(Part(model, self.call.place.path, at))
        self.row = False

    def problem(self, at: int, what: str) -> None:
        """Tell what only the running program knows."""
        if not any(each.line == at for each in self.problems):
            self.problems.append(NotAnalysed(self.call.place.path, at, what))


def read_call(call: ModelCall, models: Models) -> Found:
    """Give what a chain reads and writes; of a class that is no known model it gives nothing."""
    begins, *path = call.model.split("|")
    model = find_model(begins.lstrip("@"), models.entities, call.place.path)
    shared = False
    for name in path:
        target = model.relation(name) if model is not None else None
        if model is None or (target is None and not model.scope(name)):
            return [], []
        shared = model.has(f"joined {name}") if target else shared
        model = find_model(target, models.entities, call.place.path) if target else model
        if target == "":
            return [], []
    if model is None:
        return [], []
    part = Part(model, call.place.path, call.steps[0].line, shared=shared)
    reading = Reading(call, models, [part], row=begins.startswith("@") and not path)
    part.aliased = _has_aliases(call.steps)
    for step in call.steps:
        if not _read_step(reading, step):
            break
    found = [each for part in reading.parts for each in part.references(call)]
    return found, reading.problems


def _has_aliases(steps: tuple[Call, ...]) -> bool:
    """Whether a name may be one that the select list gives."""
    for step in steps:
        if step.name in {"selectraw", "selectsub", "fromsub", "from", "fromraw", "joinsub"} | words.COUNTS:
            return True
        if step.name in words.CHOICES | words.ROWS:
            for value in step.arguments:
                items = value.items if isinstance(value, Rows) else (value,)
                if isinstance(value, Record) or any(
                    isinstance(one, Unknown) or (isinstance(one, Text) and " as " in one.text.lower()) for one in items
                ):
                    return True
    return False


def _read_step(reading: Reading, step: Call) -> bool:
    """Read one call; whether the next one is still about the database."""
    name, model = step.name, reading.part.model
    if name in words.RELATIONS:
        return relations.read_declaration(reading, step)
    if name not in words.QUERIES:
        return _read_own(reading, step)
    if name in _model_methods(model, name) or (reading.row and name not in words.OF_ROW and name in words.ROWS):
        return False
    reading.part.queried = reading.part.queried or not (reading.row and name in words.LOADS)
    if reading.row and name == "update":
        _fill(reading, step)
    else:
        next((read for kinds, read in _READERS if name in kinds), _read)(reading, step)
    if name in words.ONE_ROW:
        reading.row = True
        return name != "make"
    return name not in words.ENDS


def _model_methods(model: Model, name: str) -> frozenset[str]:
    """The name, where the class declares a method of it: what that does is not the query's."""
    return frozenset({name}) if model.own_method(name) else frozenset()


def _read_own(reading: Reading, step: Call) -> bool:
    """A relation, a scope, or a condition whose column is in the name of the method."""
    model = reading.part.model
    target = model.relation(step.name)
    if target is not None:
        found = reading.find(target) if target else None
        if found is None:
            return False
        joined = model.has(f"joined {step.name}")
        reading.move(found, step.line)
        reading.part.shared = joined
        reading.part.aliased = _has_aliases(reading.call.steps)
        return True
    if model.scope(step.name):
        reading.part.aliased = True
        return True
    condition = _DYNAMIC.match(step.name)
    if condition is None or model.own_method(step.name) or not step.arguments:
        return False
    columns = [snake(each) for each in re.split(r"And|Or(?=[A-Z])", condition[1] or condition[2])]
    if model.strange() and not set(columns) <= model.columns():
        reading.problem(step.line, f"`{step.name}` may be a scope of a trait of `{model.entity.name}`")
        return False
    for column in columns:
        reading.part.use(column, step.line)
    return True


def _read(reading: Reading, step: Call) -> None:
    part, name = reading.part, step.name
    if name in words.KEYED:
        if part.model.key():
            part.use(part.model.key(), step.line)
        part.star = part.star or name not in {"wherekey", "wherekeynot", "destroy"}
        part.verb = Verb.DELETE if name == "destroy" else part.verb
    if name in {"latest", "oldest"} and not step.arguments and (stamp := part.model.stamp("CREATED_AT")):
        part.use(stamp, step.line)
    if name in words.ROWS:
        part.star = part.star or not part.chosen
    chosen = _chosen(step)
    is_order = name in words.ORDERS or name in words.VALUES
    for value in chosen:
        for text in names_in(value):
            if text.text == "*":
                part.star = True
            elif not (is_order and part.aliased):
                part.name(text)
        if isinstance(value, Unknown) and value.text not in _PLAIN and name not in words.KEYED:
            reading.problem(step.line, f"a column of `{part.model.table}` is known only when the program runs")
    part.chosen = part.chosen or name in words.CHOICES


def _chosen(step: Call) -> list[Value]:
    """The arguments that name columns."""
    given = list(step.arguments)
    match step.name:
        case name if name in words.PLACES or name in words.ROWS:
            after = words.PLACES.get(name, 0)
            listed = given[after : after + 1]
            return [each for each in listed if isinstance(each, (Rows, Text))]
        case "select" | "addselect" | "groupby" | "distinct":
            return given
        case "pluck":
            return given[:2]
        case "wherecolumn" | "orwherecolumn":
            return [given[0], given[-1]] if given else []
        case "chunkbyid" | "lazybyid":
            return []
        case name if name in words.WHERE | words.ANYWHERE | words.ORDERS | words.VALUES:
            return given[:1]
    return []


def _write(reading: Reading, step: Call) -> None:
    part, name, given = reading.part, step.name, step.arguments
    part.verb = words.WRITES[name]
    if name in {"increment", "decrement"}:
        for text in names_in(given[0]) if given else ():
            part.name(text, Access.WRITE)
        given = given[2:3]
    elif name in {"delete", "forcedelete"}:
        return
    payload = given if name == "updateorinsert" else given[:1]
    rows = [row for value in payload for row in records_in(value)]
    for row in rows:
        for key, _ in row.entries:
            part.name(Text(key.name, key.line), Access.WRITE)
    part.payload = (
        bool(rows)
        and all(row.complete for row in rows)
        and all(not isinstance(value, Rows) or value.complete for value in payload)
        and part.verb in {Verb.INSERT, Verb.UPSERT}
        and name != "updateorinsert"
    )
    if name == "upsert":
        listed = [text.text for text in names_in(given[1])] if len(given) > 1 else []
        part.conflict = tuple(listed)
        for text in names_in(given[2]) if len(given) > 2 else ():
            part.name(text, Access.WRITE)
    if payload and not rows and not isinstance(payload[0], Rows):
        reading.problem(step.line, f"what is written to `{part.model.table}` is a variable")


def _fill(reading: Reading, step: Call) -> None:
    """Attributes of a row: what is not fillable is dropped, and a mutator decides what its attribute becomes."""
    part, name = reading.part, step.name
    part.verb = words.FILLS.get(name, Verb.UPDATE)
    part.star = part.star or name in words.SEARCHES
    if name != "update":
        part.shared = False
    for at, value in enumerate(step.arguments[:2]):
        search = at == 0 and name in words.SEARCHES
        for row in records_in(value):
            for key, _ in row.entries:
                forced = name == "forcecreate" and not part.model.own_method(key.name)
                if search:
                    part.name(Text(key.name, key.line))
                elif (forced or part.model.fills(key.name.partition("->")[0])) and not part.model.relation(key.name):
                    part.name(Text(key.name, key.line), Access.WRITE)
        if isinstance(value, Unknown) and value.text not in _PLAIN:
            reading.problem(step.line, f"what is written to `{part.model.table}` is a variable")


def _join(reading: Reading, step: Call) -> None:
    part, given = reading.part, step.arguments
    first = given[0] if given else None
    found = re.fullmatch(r"(?:(\w+)\.)?(\w+)(?:\s+as\s+(\w+))?", first.text) if isinstance(first, Text) else None
    part.shared = True
    if found is None:
        part.hidden = True
        return
    part.tables[found[3] or found[2]] = (found[1] or "", found[2], step.line)
    for value in given[1:]:
        if isinstance(value, Text) and "." in value.text:
            part.name(value)


def _raw(reading: Reading, step: Call) -> None:
    part = reading.part
    text = step.arguments[0] if step.arguments else None
    if step.name == "orderbyraw" and part.aliased:
        return
    if not isinstance(text, Text):
        reading.problem(step.line, f"SQL about `{part.model.table}` is put together when the program runs")
        return
    others, why = fragment(reading.call, part, step.name, text)
    part.others += others
    if why:
        reading.problem(text.line, why)


_READERS: tuple[tuple[frozenset[str], Callable[[Reading, Call], None]], ...] = (
    (words.LOADS | words.COUNTS | words.HAVES | words.RELATED, relations.read_related),
    (words.PIVOTS, relations.read_pivot),
    (words.JOINS, _join),
    (words.RAW, _raw),
    (frozenset(words.FILLS), _fill),
    (frozenset(words.WRITES), _write),
)
