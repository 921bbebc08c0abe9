"""Gives the references of Sequelize's calls, once its models are known (its documentation, "Model Querying")."""

from midflight.changes.model import NotAnalysed
from midflight.references.lookup import Models
from midflight.references.mapping import MappedModel, ModelCall
from midflight.references.model import TableReference, Verb
from midflight.references.postgrest import Named
from midflight.references.prisma_reading import Part, Reading, follow
from midflight.references.row_calls import model_of, note, records_of, references, rows, written
from midflight.references.values import Record, Rows, Text, Unknown, Value

_FINDS = frozenset("findAll findOne findByPk findAndCountAll findOrCreate findCreateFind findOrBuild".split())
_OVER = frozenset({"max", "min", "sum"})
_STEPS_BY = frozenset({"increment", "decrement"})
CERTAIN = frozenset("findAll findByPk findAndCountAll findOrCreate findCreateFind findOrBuild bulkCreate".split())
VERBS = _FINDS | _OVER | _STEPS_BY | frozenset("count create bulkCreate update upsert destroy".split())
_LOGIC = frozenset({"Op.or", "Op.and", "Op.not"})
_DEEPEST = 20

Found = tuple[list[TableReference], list[NotAnalysed]]


def read_call(call: ModelCall, models: Models) -> Found:
    """Give what a call reads and writes, tables of its `include` among it."""
    model = model_of(models, call, call.model)
    if model is None:
        known = models.find(call.mapper, call.model, call.place.path)
        if known is None and not call.certain:
            return [], []
        why = known.untold if known is not None else "no model of this name is declared, or several are"
        reason = f"the table of the model `{call.model}` is not known: {why}"
        return [], [NotAnalysed(call.place.path, call.place.line, reason)]
    reading = Reading(call, models)
    step = call.steps[0]
    given, name = step.arguments, step.name
    last = _options(given[-1] if given else None)
    if name in _FINDS | {"count"}:
        _find(reading, model, step.name, given)
    elif name in {"create", "bulkCreate", "upsert"} and given:
        part = reading.part(model, Verb.UPSERT if name == "upsert" else Verb.INSERT, step.line)
        written(reading, part, given[0])
        if len(given) > 1 and name != "create":
            for option in ("updateOnDuplicate", "conflictAttributes", "conflictFields"):
                _listed(reading, part, last.get(option))
    elif name == "update" and len(given) > 1:
        part = reading.part(model, Verb.UPDATE, step.line)
        _filter(reading, part, last.get("where"), 0)
        written(reading, part, given[0])
    elif name == "destroy":
        _filter(reading, reading.part(model, Verb.DELETE, step.line), last.get("where"), 0)
    elif name in _OVER | _STEPS_BY and given:
        part = reading.part(model, Verb.SELECT if name in _OVER else Verb.UPDATE, step.line)
        _listed(reading, part, given[0])
        _filter(reading, part, last.get("where"), 0)
    return list(references(reading)), reading.problems


def _options(value: Value | None) -> dict[str, Value]:
    return {key.name: inner for key, inner in value.entries} if isinstance(value, Record) else {}


def _find(reading: Reading, model: MappedModel, name: str, given: tuple[Value, ...]) -> None:
    line = reading.call.steps[0].line
    part = reading.part(model, Verb.SELECT, line)
    own = given[1:2] if name == "findByPk" else given[:1]
    value = own[0] if own else None
    options = _options(value)
    _filter(reading, part, options.get("where"), 0)
    _order(reading, part, options.get("order"))
    _listed(reading, part, options.get("group"))
    if name != "count":
        known = value is None or (isinstance(value, Record) and value.complete)
        _rows(reading, part, options, line, known=known)
    _include(reading, part, options.get("include"), 0, rowed=name != "count")
    if name == "findOrCreate" and "defaults" in options:
        written(reading, reading.part(model, Verb.UPDATE, line), options["defaults"])


def _rows(reading: Reading, part: Part, options: dict[str, Value], line: int, *, known: bool) -> None:
    chosen = options.get("attributes")
    if isinstance(chosen, Rows):
        _listed(reading, part, chosen)
    elif chosen is None and known:
        rows(reading, part.model, line)
    elif isinstance(chosen, Record):
        left_out = {each.text for each in _items(_options(chosen).get("exclude")) if isinstance(each, Text)}
        before = len(reading.implicit)
        rows(reading, part.model, line)
        kept = {field.column for field in part.model.fields if field.name not in left_out}
        for each in reading.implicit[before:]:
            each.reads = [read for read in each.reads if read.name in kept]


def _items(value: Value | None) -> tuple[Value, ...]:
    if value is None:
        return ()
    return value.items if isinstance(value, Rows) else (value,)


def _listed(reading: Reading, part: Part, value: Value | None) -> None:
    """`['id', ['full_name', 'name']]`: a pair gives a column another name."""
    for each in _items(value):
        first = each.items[0] if isinstance(each, Rows) and each.items else each
        if isinstance(first, Text) and first.text.isidentifier():
            _use(reading, part, Named(first.text, first.line))
        elif isinstance(first, Record):
            for key, _ in first.entries:
                _use(reading, part, key)


def _order(reading: Reading, part: Part, value: Value | None) -> None:
    for each in _items(value):
        first = each.items[0] if isinstance(each, Rows) and each.items else each
        if isinstance(first, Text) and first.text.isidentifier():
            _use(reading, part, Named(first.text, first.line))


def _use(reading: Reading, part: Part, key: Named) -> None:
    """An attribute; a name that is none goes to the database as it is."""
    if part.model.field(key.name) is None and any(each.column == key.name for each in part.model.fields):
        part.reads.append(key)
    else:
        note(reading, part, key)


def _filter(reading: Reading, part: Part, value: Value | None, depth: int) -> None:
    for record in records_of(value) if value is not None and depth < _DEEPEST else []:
        for key, inner in record.entries:
            if key.name in _LOGIC:
                _filter(reading, part, inner, depth + 1)
            elif key.name.startswith("$") or "." in key.name:
                continue  # `$team.name$` names a column of an `include`, `meta.a` a key inside JSON
            else:
                _use(reading, part, key)


def _include(reading: Reading, part: Part, value: Value | None, depth: int, *, rowed: bool) -> None:
    for each in _items(value) if depth < _DEEPEST else ():
        options = _options(each)
        named = options.get("association") or options.get("model") or each
        text = named.text.rpartition(".")[2] if isinstance(named, Text | Unknown) else ""
        line = named.line
        relation = part.model.field(text) if isinstance(named, Text) else None
        target = follow(reading, part, relation, line) if relation is not None and relation.target else None
        if target is None and isinstance(named, Unknown) and text.isidentifier():
            target = model_of(reading.models, reading.call, text)
        if target is None or not target.table:
            continue
        inner = reading.part(target, Verb.SELECT, line)
        _filter(reading, inner, options.get("where"), depth + 1)
        if rowed:
            known = not isinstance(each, Record) or each.complete
            _rows(reading, inner, options, line, known=known)
        _include(reading, inner, options.get("include"), depth + 1, rowed=rowed)
