"""Reads what a Prisma client call selects, filters by and orders by, through its models."""

from dataclasses import dataclass, field

from midflight.changes.model import NotAnalysed
from midflight.references.lookup import Models
from midflight.references.mapping import MappedField, MappedModel, ModelCall
from midflight.references.model import Access, Place, Verb
from midflight.references.postgrest import Named
from midflight.references.values import Record, Rows, Text, Unknown, Value

DEEPEST = 30
_LOGIC = frozenset({"AND", "OR", "NOT"})
_QUANTIFIERS = frozenset({"some", "every", "none", "is", "isNot"})
_AGGREGATES = frozenset({"_count", "_sum", "_avg", "_min", "_max", "_all", "_relevance"})
_OFF = frozenset({"false", "undefined", "null"})


@dataclass(slots=True)
class Part:
    """What a call does with one model."""

    model: MappedModel
    verb: Verb
    place: Place
    reads: list[Named] = field(default_factory=list)
    writes: list[Named] = field(default_factory=list)
    payload: bool = False


@dataclass(slots=True)
class Reading:
    """What was read of a call so far; `implicit` are the lists that no line of code has."""

    call: ModelCall
    models: Models
    parts: list[Part] = field(default_factory=list)
    implicit: list[Part] = field(default_factory=list)
    problems: list[NotAnalysed] = field(default_factory=list)

    def part(self, model: MappedModel, verb: Verb, line: int) -> Part:
        """Begin what the call does with one model."""
        part = Part(model, verb, Place(self.call.place.path, line))
        self.parts.append(part)
        return part

    def problem(self, line: int, reason: str) -> None:
        """Note why a part of the call is not read."""
        self.problems.append(NotAnalysed(self.call.place.path, line, reason))


def read_options(reading: Reading, part: Part, options: dict[str, Value], depth: int = 0) -> None:
    """Note the columns of filters, orders, aggregates and groups."""
    for name, value in options.items():
        match name:
            case "where" | "cursor" | "having":
                read_filter(reading, part, value, depth)
            case "orderBy":
                _read_order(reading, part, value, depth)
            case "distinct" | "by":
                _read_names(reading, part, value)
            case name if name in _AGGREGATES and isinstance(value, Record):
                _read_listed(reading, part, value)


def _read_names(reading: Reading, part: Part, value: Value) -> None:
    for item in value.items if isinstance(value, Rows) else (value,):
        if isinstance(item, Text):
            read_field(reading, part, Named(item.text, item.line))


def _read_listed(reading: Reading, part: Part, record: Record) -> None:
    for key, _ in record.entries:
        if key.name not in _AGGREGATES:
            read_field(reading, part, key)


def read_field(reading: Reading, part: Part, key: Named, access: Access = Access.READ) -> MappedField | None:
    """Note the use of a column; give the field where it is a relation."""
    found = part.model.field(key.name)
    if found is None:
        if key.name and part.model.complete:
            reading.problem(key.line, f"the model `{part.model.name}` has no field `{key.name}`")
        return None
    if found.column:
        (part.reads if access is Access.READ else part.writes).append(Named(found.column, key.line))
        return None
    return found if found.target else None


def follow(reading: Reading, part: Part, relation: MappedField, line: int) -> MappedModel | None:
    """Give the model at the other end of a relation."""
    target = reading.models.target(part.model, relation)
    if target is None:
        reading.problem(line, f"the model `{relation.target}` of `{part.model.name}.{relation.name}` is not declared")
    return target


def read_filter(reading: Reading, part: Part, value: Value, depth: int) -> None:
    """Note the columns of a `where`, those of related tables among them."""
    if depth > DEEPEST:
        reading.problem(value.line, "the filter is nested too deeply")
        return
    for record in records_of(value):
        for key, inner in record.entries:
            if key.name in _LOGIC:
                read_filter(reading, part, inner, depth + 1)
            elif key.name not in _AGGREGATES and not _is_compound(reading, part, key, inner):
                relation = read_field(reading, part, key)
                if relation is not None:
                    _filter_related(reading, part, relation, (key, inner), depth)


def _is_compound(reading: Reading, part: Part, key: Named, value: Value) -> bool:
    """`where: { userId_teamId: { userId, teamId } }`: the fields of a unique index under its name."""
    if part.model.field(key.name) is not None or not isinstance(value, Record) or not value.entries:
        return False
    if any(part.model.field(name.name) is None for name, _ in value.entries):
        return False
    _read_listed(reading, part, value)
    return True


def _filter_related(
    reading: Reading, part: Part, relation: MappedField, entry: tuple[Named, Value], depth: int
) -> None:
    key, value = entry
    _read_keys(part, relation, key.line)
    target = follow(reading, part, relation, key.line)
    if target is None:
        return
    related = reading.part(target, Verb.SELECT, key.line)
    for record in records_of(value):
        quantified = [inner for name, inner in record.entries if name.name in _QUANTIFIERS]
        for inner in quantified or [record]:
            read_filter(reading, related, inner, depth + 1)


def _read_keys(part: Part, relation: MappedField, line: int) -> None:
    for name in relation.keys:
        key = part.model.field(name)
        if key is not None and key.column:
            part.reads.append(Named(key.column, line))


def _read_order(reading: Reading, part: Part, value: Value, depth: int) -> None:
    for record in records_of(value):
        for key, inner in record.entries:
            if key.name in _AGGREGATES:
                if key.name != "_relevance" and isinstance(inner, Record):
                    _read_listed(reading, part, inner)
                continue
            relation = read_field(reading, part, key)
            target = follow(reading, part, relation, key.line) if relation is not None else None
            if relation is not None and target is not None and depth < DEEPEST:
                _read_keys(part, relation, key.line)
                _read_order(reading, reading.part(target, Verb.SELECT, key.line), inner, depth + 1)


def read_rows(reading: Reading, part: Part, options: dict[str, Value], *, complete: bool, depth: int) -> None:
    """What comes back: the selected fields, or every one of them and what `include` adds."""
    chosen = options.get("select") or options.get("include")
    if isinstance(chosen, Record) and depth < DEEPEST:
        for key, value in chosen.entries:
            if not _is_off(value):
                _read_chosen(reading, part, (key, value), depth)
    if isinstance(chosen, Unknown) and chosen.text in _OFF:
        chosen = None
    if "select" in options and chosen is not None:
        return  # a selection that is a variable can only name fields of the model, whose own list is a reference
    omitted = options.get("omit")
    if not complete or (omitted is not None and not (isinstance(omitted, Record) and omitted.complete)):
        return
    left_out = {key.name for key, value in omitted.entries if not _is_off(value)} if isinstance(omitted, Record) else ()
    names = [Named(f.column, part.place.line) for f in part.model.fields if f.column and f.name not in left_out]
    reading.implicit.append(Part(part.model, Verb.SELECT, part.place, reads=names))


def _is_off(value: Value) -> bool:
    return isinstance(value, Unknown) and value.text in _OFF


def _read_chosen(reading: Reading, part: Part, entry: tuple[Named, Value], depth: int) -> None:
    key, value = entry
    if key.name == "_count":
        _read_counts(reading, part, value, depth)
        return
    relation = read_field(reading, part, key)
    if relation is None:
        return
    _read_keys(part, relation, key.line)
    target = follow(reading, part, relation, key.line)
    if target is None:
        return
    related = reading.part(target, Verb.SELECT, key.line)
    options = {name.name: inner for name, inner in value.entries} if isinstance(value, Record) else {}
    read_options(reading, related, options, depth + 1)
    known = value.complete if isinstance(value, Record) else isinstance(value, Unknown) and value.text == "true"
    read_rows(reading, related, options, complete=known, depth=depth + 1)


def _read_counts(reading: Reading, part: Part, value: Value, depth: int) -> None:
    chosen = {k.name: v for k, v in value.entries}.get("select") if isinstance(value, Record) else None
    for key, inner in chosen.entries if isinstance(chosen, Record) else ():
        relation = read_field(reading, part, key)
        target = follow(reading, part, relation, key.line) if relation is not None else None
        if target is not None:
            related = reading.part(target, Verb.SELECT, key.line)
            options = {k.name: v for k, v in inner.entries} if isinstance(inner, Record) else {}
            read_options(reading, related, options, depth + 1)


def records_of(value: Value) -> list[Record]:
    """Give the objects of a value that is one or a list of them."""
    items = value.items if isinstance(value, Rows) else (value,)
    return [item for item in items if isinstance(item, Record)]
