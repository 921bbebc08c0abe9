"""Gives the references of TypeORM's calls, once its entities are known (its documentation, "Find Options")."""

import re
from collections.abc import Iterable

from midflight.changes.model import NotAnalysed
from midflight.references.lookup import Models
from midflight.references.mapping import MappedModel, ModelCall
from midflight.references.model import Access, TableReference, Verb
from midflight.references.postgrest import Named
from midflight.references.prisma_reading import Part, Reading, follow
from midflight.references.row_calls import is_chosen, model_of, note, records_of, references, rows, written
from midflight.references.values import Call, Record, Rows, Text, Unknown, Value

_FINDS = frozenset("find findOne findOneOrFail findAndCount".split())
_FINDS_BY = frozenset("findBy findOneBy findOneByOrFail findAndCountBy".split())
_COUNTS = frozenset("count exist exists".split())
_COUNTS_BY = frozenset({"countBy", "existsBy"})
_OVER = frozenset("sum average minimum maximum".split())
_STEPS_BY = frozenset({"increment", "decrement"})
VERBS = _FINDS | _FINDS_BY | _COUNTS | _COUNTS_BY | _OVER | _STEPS_BY | {"insert", "update", "upsert", "delete", "save"}
BUILDERS = frozenset({"createQueryBuilder"})
CONTINUED = "continued"
_OPTIONS = frozenset(
    "where select relations order skip take cache lock withDeleted loadRelationIds relationLoadStrategy"
    " loadEagerRelations join comment transaction".split()
)
_TEXTS = frozenset(
    "select addSelect where andWhere orWhere having andHaving orHaving orderBy addOrderBy groupBy addGroupBy"
    " leftJoin innerJoin leftJoinAndSelect innerJoinAndSelect distinctOn".split()
)
_JOINS = re.compile(r"(?:left|inner)Join(?:AndSelect|AndMap(?:One|Many))?\Z")
_WHERES = frozenset({"where", "andWhere", "orWhere"})
_PATH = re.compile(r"(?<![\w.:'\"$])[\"`]?([A-Za-z_]\w*)[\"`]?\.([\"`]?)([A-Za-z_][\w.]*)")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_DEEPEST = 20

Found = tuple[list[TableReference], list[NotAnalysed]]


def read_call(call: ModelCall, models: Models) -> Found:
    """Give what a call reads and writes, tables of relations among it."""
    reading = Reading(call, models)
    model = model_of(models, call, call.model) if call.model else None
    if call.steps[0].name in BUILDERS:
        _build(reading, model)
    elif model is not None:
        _method(reading, model, call.steps[0])
    if model is None and call.model and call.certain and not reading.problems:
        known = models.find(call.mapper, call.model, call.place.path)
        why = known.untold if known is not None else "no class of this name is an entity, or several are"
        reading.problem(call.place.line, f"the table of the model `{call.model}` is not known: {why}")
    return list(references(reading)), reading.problems


def _method(reading: Reading, model: MappedModel, step: Call) -> None:
    given = step.arguments
    first = given[0] if given else None
    name, line = step.name, step.line
    if name in _FINDS | _COUNTS:
        _find(reading, model, first, line, counts=name in _COUNTS)
    elif name in _FINDS_BY | _COUNTS_BY:
        part = reading.part(model, Verb.SELECT, line)
        _filter(reading, part, first, 0)
        if name in _FINDS_BY:
            rows(reading, model, line)
    elif name in _OVER | _STEPS_BY:
        part = reading.part(model, Verb.SELECT if name in _OVER else Verb.UPDATE, line)
        texts = [each for each in given[:2] if isinstance(each, Text)]
        for each in texts:
            note(reading, part, Named(each.text, each.line))
        _filter(reading, part, next((each for each in given if isinstance(each, Record)), None), 0)
    else:
        _write(reading, model, step)


def _write(reading: Reading, model: MappedModel, step: Call) -> None:
    given = step.arguments
    match step.name:
        case "insert" | "upsert" if given:
            part = reading.part(model, Verb.INSERT if step.name == "insert" else Verb.UPSERT, step.line)
            written(reading, part, given[0])
            _conflict(reading, part, given[1] if len(given) > 1 else None)
        case "update" if len(given) > 1:
            part = reading.part(model, Verb.UPDATE, step.line)
            _filter(reading, part, given[0], 0)
            written(reading, part, given[1])
        case "save" if given and records_of(given[0]):
            part = reading.part(model, Verb.UPDATE, step.line)
            for record in records_of(given[0]):
                for key, value in record.entries:
                    if part.model.field(key.name) is not None and is_chosen(value):
                        note(reading, part, key, Access.WRITE)
        case "delete":
            _filter(reading, reading.part(model, Verb.DELETE, step.line), given[0] if given else None, 0)


def _conflict(reading: Reading, part: Part, value: Value | None) -> None:
    """The columns by which an upsert finds a row, which are read."""
    if isinstance(value, Record):
        value = next((inner for key, inner in value.entries if key.name == "conflictPaths"), None)
    for each in value.items if isinstance(value, Rows) else ():
        if isinstance(each, Text):
            note(reading, part, Named(each.text, each.line))


def _find(reading: Reading, model: MappedModel, value: Value | None, line: int, *, counts: bool) -> None:
    part = reading.part(model, Verb.SELECT, line)
    records = records_of(value) if value is not None else []
    options = {key.name: inner for key, inner in records[0].entries} if len(records) == 1 else {}
    if value is not None and not (options.keys() & _OPTIONS) and not (records and not records[0].entries):
        _filter(reading, part, value, 0)  # `findOne({ email })`, as before 0.3
        options = {}
    if "where" in options:
        _filter(reading, part, options["where"], 0)
    if "order" in options:
        _chosen(reading, part, options["order"], 0)
    whole = bool(records) and records[0].complete
    if counts:
        return
    if "select" in options:
        _chosen(reading, part, options["select"], 0)
    elif value is None or whole or not records:
        rows(reading, model, line)
    if "relations" in options:
        _relations(reading, part, options["relations"], 0, loads="select" not in options)


def _filter(reading: Reading, part: Part, value: Value | None, depth: int) -> None:
    """Note the columns of a `where`: an object, or a list of them for `OR`."""
    for record in records_of(value) if value is not None and depth < _DEEPEST else []:
        _entries(reading, part, record, depth, "")


def _entries(reading: Reading, part: Part, record: Record, depth: int, path: str) -> None:
    for key, inner in record.entries:
        name = Named(path + key.name, key.line)
        inside = any(each.name.startswith(f"{name.name}.") for each in part.model.fields)
        if inside and isinstance(inner, Record) and depth < _DEEPEST:
            _entries(reading, part, inner, depth + 1, f"{name.name}.")
            continue
        found = note(reading, part, name)
        if found is not None and found.target and isinstance(inner, Record):
            target = follow(reading, part, found, key.line)
            if target is not None and target.table:
                _filter(reading, reading.part(target, Verb.SELECT, key.line), inner, depth + 1)


def _chosen(reading: Reading, part: Part, value: Value, depth: int) -> None:
    """`select: { id: true, profile: { name: true } }`, `select: ['id']` and `order`."""
    if isinstance(value, Rows):
        for each in value.items:
            if isinstance(each, Text):
                note(reading, part, Named(each.text, each.line))
    elif isinstance(value, Record) and depth < _DEEPEST:
        kept = tuple((key, inner) for key, inner in value.entries if is_chosen(inner))
        _entries(reading, part, Record(kept, value.complete, value.line), depth, "")
    elif not isinstance(value, Record):
        reading.problem(value.line, f"the columns of `{part.model.table}` are a variable")


def _relations(reading: Reading, part: Part, value: Value, depth: int, *, loads: bool) -> None:
    """Relations that are loaded with the rows, each with its own list of columns."""
    if isinstance(value, Record) and depth < _DEEPEST:
        for key, inner in value.entries:
            target = _related(reading, part, key, loads=loads) if is_chosen(inner) else None
            if target is not None and isinstance(inner, Record):
                _relations(reading, target, inner, depth + 1, loads=loads)
    for each in value.items if isinstance(value, Rows) else ():
        here: Part | None = part
        for step in each.text.split(".")[:_DEEPEST] if isinstance(each, Text) else ():
            here = _related(reading, here, Named(step, each.line), loads=loads) if here is not None else None


def _related(reading: Reading, part: Part, key: Named, *, loads: bool) -> Part | None:
    found = note(reading, part, key)
    target = follow(reading, part, found, key.line) if found is not None and found.target else None
    if target is None or not target.table:
        return None
    if loads:
        rows(reading, target, key.line)
    return Part(target, Verb.SELECT, reading.part(target, Verb.SELECT, key.line).place)


def _build(reading: Reading, model: MappedModel | None) -> None:
    """A query builder: the classes of its aliases first, then what its texts name of them."""
    steps = reading.call.steps
    names = [each.name for each in steps]
    fresh = names.index(CONTINUED) if CONTINUED in names else 0
    verb = _verb(names)
    aliases: dict[str, Part] = {}
    main: Part | None = None
    if model is not None:
        alias = next((each.text for each in steps[0].arguments if isinstance(each, Text)), model.name)
        main = aliases[alias] = reading.part(model, verb, steps[0].line)
    for step in steps:
        if step.name in {"from", "update", "into", "insert", "delete"} and main is None:
            main = _target(reading, aliases, step, verb)
        elif _JOINS.match(step.name):
            _join(reading, aliases, step)
    if main is None and not reading.call.model:
        return
    for step in steps[fresh:]:
        _read_step(reading, main, aliases, step)
    if main is not None and verb is Verb.SELECT and not fresh:
        _loaded(reading, main, aliases)


def _verb(names: Iterable[str]) -> Verb:
    known = {"insert": Verb.INSERT, "update": Verb.UPDATE, "delete": Verb.DELETE}
    return next((known[name] for name in names if name in known), Verb.SELECT)


def _class_named(reading: Reading, value: Value | None) -> MappedModel | None:
    text = value.text if isinstance(value, Unknown | Text) else ""
    return model_of(reading.models, reading.call, text.rpartition(".")[2]) if text[:200] else None


def _target(reading: Reading, aliases: dict[str, Part], step: Call, verb: Verb) -> Part | None:
    """`from(User, 'u')`, `update(User)`, `into(User)`."""
    model = _class_named(reading, step.arguments[0] if step.arguments else None)
    if model is None:
        return None
    alias = next((each.text for each in step.arguments[1:] if isinstance(each, Text)), model.name)
    part = aliases[alias] = reading.part(model, verb, step.line)
    return part


def _join(reading: Reading, aliases: dict[str, Part], step: Call) -> None:
    """`leftJoin('u.posts', 'p')`, `innerJoin(Post, 'p', 'p.userId = u.id')`; a map names a property before it."""
    given = step.arguments[1:] if "Map" in step.name else step.arguments
    if len(given) < 2 or not isinstance(given[1], Text):
        return
    target: MappedModel | None = None
    if isinstance(given[0], Text) and "." in given[0].text:
        alias, _, name = given[0].text.partition(".")
        owner = aliases.get(alias)
        found = note(reading, owner, Named(name, given[0].line)) if owner is not None else None
        if owner is not None and found is not None and found.target:
            target = follow(reading, owner, found, given[0].line)
    else:
        target = _class_named(reading, given[0])
    if target is not None and target.table:
        aliases[given[1].text] = reading.part(target, Verb.SELECT, step.line)


def _read_step(reading: Reading, main: Part | None, aliases: dict[str, Part], step: Call) -> None:
    name, given = step.name, step.arguments
    if name in {"values", "set"} and given and main is not None:
        written(reading, main, given[0])
    elif name == "update" and main is not None and given and isinstance(given[-1], Record):
        written(reading, main, given[-1])
    elif name in _WHERES and given and records_of(given[0]) and main is not None:
        _filter(reading, main, given[0], 0)
    elif name in _TEXTS or _JOINS.match(name):
        for value in given[2:] if _JOINS.match(name) else given[:1]:
            for each in value.items if isinstance(value, Rows) else (value,):
                if isinstance(each, Text):
                    _scan(reading, aliases, each)


def _scan(reading: Reading, aliases: dict[str, Part], text: Text) -> None:
    """Note `alias.property` in a piece of SQL; a name that is no property goes to the database as it is."""
    plain = _QUOTED.sub(lambda found: " " * len(found[0]), text.text[:20_000])
    for found in _PATH.finditer(plain):
        part = aliases.get(found[1])
        if part is None:
            continue
        at = text.line + plain.count("\n", 0, found.start())
        name = found[3].rstrip(".")
        if part.model.field(name) is None and any(each.column == name for each in part.model.fields):
            part.reads.append(Named(name, at))
        else:
            note(reading, part, Named(name, at))


def _loaded(reading: Reading, main: Part, aliases: dict[str, Part]) -> None:
    """The classes of which every column comes back: those that are selected by their alias."""
    steps = reading.call.steps
    selects = [each for each in steps if each.name == "select"]
    listed = [
        one.text
        for step in steps
        if step.name in {"select", "addSelect"}
        for value in step.arguments[:1]
        for one in (value.items if isinstance(value, Rows) else (value,))
        if isinstance(one, Text)
    ]
    named = {alias: line for alias, part in aliases.items() for line in [part.place.line] if alias in listed}
    for step in steps:
        given = step.arguments
        if _JOINS.match(step.name) and "And" in step.name and len(given) > 1 and isinstance(given[1], Text):
            named.setdefault(given[1].text, step.line)
    for alias, part in aliases.items():
        if alias in named:
            rows(reading, part.model, named[alias])
        elif part is main and not selects and not any(each.name in {"getCount", "getExists"} for each in steps):
            rows(reading, part.model, part.place.line)
