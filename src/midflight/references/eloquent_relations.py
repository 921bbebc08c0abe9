"""Reads Eloquent's relations: the columns that hold them together, and what queries name through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from midflight.references import eloquent_words as words
from midflight.references.eloquent_models import Model, short, snake
from midflight.references.eloquent_parts import Part, names_in
from midflight.references.model import Access, ColumnUse, Place
from midflight.references.values import Call, Record, Rows, Text, Unknown, Value

if TYPE_CHECKING:
    from midflight.references.eloquent_calls import Reading

_DEEPEST = 6


def read_declaration(reading: Reading, step: Call) -> bool:
    """Read `$this->hasMany(Post::class, 'fk')`; the query then goes on in the other table."""
    model, given = reading.part.model, list(step.arguments)
    if step.name == "morphto":
        _morph_to(reading, step)
        return False
    first = given[0] if given else None
    target = reading.find(first.text.lstrip("\\")) if isinstance(first, Text) else None
    if target is None:
        return False
    keys = [each.text if isinstance(each, Text) else None for each in given[1:]]
    open_ended = [isinstance(each, Unknown) and each.text != "null" for each in given[1:]]
    own = reading.part
    reading.move(target, step.line)
    match step.name:
        case "hasone" | "hasmany":
            _use(reading, _key(keys, open_ended, 0, _named_after(model)), step)
            _use_own(own, _key(keys, open_ended, 1, ""), step)
        case "belongsto":
            method = step.options.get("method")
            name = snake(method.text) if isinstance(method, Text) else ""
            default = f"{name}_{target.key()}" if name and target.key() else ""
            _use_own(own, _key(keys, open_ended, 0, default), step)
            _use(reading, _key(keys, open_ended, 1, ""), step)
        case "morphone" | "morphmany" if keys and keys[0]:
            _use(reading, keys[1] if len(keys) > 1 and keys[1] else f"{keys[0]}_type", step)
            _use(reading, keys[2] if len(keys) > 2 and keys[2] else f"{keys[0]}_id", step)
        case "belongstomany":
            _pivot(reading, (model, target), keys, open_ended, step)
        case "hasmanythrough" | "hasonethrough":
            _through(reading, (model, given[1] if len(given) > 1 else None), keys[1:], step)
        case "morphtomany" | "morphedbymany":
            reading.part.shared = True
    return True


def _key(keys: list[str | None], open_ended: list[bool], at: int, default: str) -> str:
    """The key that is given, or the one by convention; none where only the program knows it."""
    if at >= len(keys):
        return default
    return keys[at] or ("" if open_ended[at] else default)


def _use(reading: Reading, column: str, step: Call) -> None:
    if column and "." not in column:
        reading.part.use(column, step.line)


def _use_own(part: Part, column: str, step: Call) -> None:
    if column and "." not in column:
        part.use(column, step.line)


def _morph_to(reading: Reading, step: Call) -> None:
    method = step.options.get("method")
    given = [each.text if isinstance(each, Text) else None for each in step.arguments]
    if any(isinstance(each, Unknown) and each.text not in {"null", "__FUNCTION__"} for each in step.arguments):
        return
    name = (given[0] if given else None) or (snake(method.text) if isinstance(method, Text) else "")
    for at, suffix in ((1, "type"), (2, "id")):
        column = given[at] if at < len(given) else None
        if column or name:
            reading.part.use(column or f"{name}_{suffix}", step.line)


def _pivot(
    reading: Reading, ends: tuple[Model, Model], keys: list[str | None], open_ended: list[bool], step: Call
) -> None:
    """The table between two others, by default named after both in the order of the alphabet."""
    reading.part.shared = True
    own, target = ends
    default = "_".join(sorted(snake(short(each.name)) for each in ends))
    table = _key(keys, open_ended, 0, default)
    if "\\" in table:
        pivot = reading.find(table.lstrip("\\"))
        table = pivot.table if pivot is not None else ""
    schema, _, name = table.rpartition(".")
    if not name:
        return
    place = Place(reading.call.place.path, step.line)
    columns = [_key(keys, open_ended, at + 1, _named_after(end)) for at, end in enumerate((own, target))]
    if any(each.name == "withtimestamps" and not each.arguments for each in reading.call.steps):
        columns += ["created_at", "updated_at"]
    reading.part.pivot = name
    reading.part.tables[name] = (schema, name, step.line)
    reading.part.joined[name] = [ColumnUse(column, Access.READ, place) for column in columns if column]


def _named_after(model: Model) -> str:
    """The key of a model as another table holds it, "" where the key is not known."""
    return f"{snake(short(model.name))}_{model.key()}" if model.key() else ""


def _through(reading: Reading, ends: tuple[Model, Value | None], keys: list[str | None], step: Call) -> None:
    own, given = ends
    reading.part.shared = True
    between = reading.find(given.text.lstrip("\\")) if isinstance(given, Text) else None
    if between is None:
        return
    first = keys[0] if keys and keys[0] else _named_after(own)
    second = keys[1] if len(keys) > 1 and keys[1] else _named_after(between)
    place = Place(reading.call.place.path, step.line)
    uses = [ColumnUse(first, Access.READ, place)] if first else []
    reading.part.table(reading.call, (between.schema, between.table), step.line, uses)
    if second:
        reading.part.uses.append(ColumnUse(second, Access.READ, place))


def read_pivot(reading: Reading, step: Call) -> None:
    """Columns of the table between two others, where this chain declares it."""
    if not reading.part.pivot:
        return
    chosen = step.arguments if step.name == "withpivot" else step.arguments[:1]
    for value in chosen:
        for text in names_in(value):
            if text.text.isidentifier():
                use = ColumnUse(text.text, Access.READ, Place(reading.call.place.path, text.line))
                reading.part.joined[reading.part.pivot].append(use)


def read_related(reading: Reading, step: Call) -> None:
    """Read `with('posts:id,title')`, `whereHas('posts')`, `withSum('orders', 'total')`, `whereRelation(...)`."""
    given = list(step.arguments)
    listed = step.name in words.LOADS | words.COUNTS - {"withsum", "withmin", "withmax", "withavg", "loadsum"}
    columns: list[Text] = []
    if step.name in {"withsum", "withmin", "withmax", "withavg", "loadsum"} | words.RELATED and len(given) > 1:
        columns = [text for text in names_in(given[1]) if text.text != "*"]
    for name in _relations(given if listed else given[:1]):
        _follow(reading, name, columns)


def _relations(values: list[Value]) -> list[Text]:
    found: list[Text] = []
    for value in values:
        if isinstance(value, Text):
            found.append(value)
        for each in value.items if isinstance(value, Rows) else ():
            found += [each] if isinstance(each, Text) else []
        for key, inner in value.entries if isinstance(value, Record) else ():
            if key.name:
                found.append(Text(key.name, key.line))
            elif isinstance(inner, Text):
                found.append(inner)
    return found


def _follow(reading: Reading, text: Text, columns: list[Text]) -> None:
    path, _, chosen = text.text.partition(":")
    model = reading.part.model
    names = path.partition(" ")[0].split(".")[:_DEEPEST]
    for at, name in enumerate(names):
        target = model.relation(name)
        joined = model.has(f"joined {name}")
        found = reading.find(target) if target else None
        if found is None:
            return
        last = at + 1 == len(names)
        own = [Text(each.strip(), text.line) for each in chosen.split(",") if each.strip()] if last else []
        plain = [each for each in own if not joined or "." in each.text]
        reading.part.beside(reading.call, found, text.line, [*plain, *(columns if last and not joined else [])])
        model = found
