"""Finds the tables, relations and casing that Drizzle code declares."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.extractors.javascript.drizzle_names import clauses
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, bare, exits, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.mapping import MappedField, MappedModel, Mapper
from midflight.references.model import HOLE, Place
from midflight.references.values import Text

MOST_DECLARATIONS = 2_000

_DECLARES = re.compile(
    rb"\b(?:const|let|var)\s+([\w$]+)\s*(?::[^=\n]{1,200})?=\s*([\w$.]+)\s*(?:<[^()]{0,200}>)?\s*\(", re.ASCII
)
_CASING = re.compile(rb"casing[\"']?\s*:\s*[\"']snake_case[\"']")
_TABLES = frozenset({"pgTable", "pgTable.withRLS", "snakeCase.table"})
_VIEWS = frozenset({"pgView", "pgMaterializedView"})
_METHODS = {"table": False, "view": True, "materializedView": True}
_FILLED = frozenset({"$default", "$defaultFn", "$onUpdate", "$onUpdateFn"})
_GENERATED = frozenset({"generatedAlwaysAs", "generatedAlwaysAsIdentity"})
_DEEPEST = 12


@dataclass(slots=True)
class _Columns:
    """The columns of a table as far as they are read."""

    names: Names
    builders: frozenset[str]
    fields: list[MappedField] = field(default_factory=list)
    complete: bool = True


def find_tables(names: Names) -> tuple[list[MappedModel], list[NotAnalysed]]:
    """Give the models of a file, and the tables whose name it does not tell."""
    source = names.source
    models: list[MappedModel] = []
    problems: list[NotAnalysed] = []
    if b"drizzle" in source.text and _CASING.search(source.text):
        models.append(MappedModel(Mapper.DRIZZLE, "", Place(source.path, 1), casing="snake_case"))
    if b"drizzle" not in source.text:
        return models, problems
    builders = _builders(source.text.decode("utf-8", "replace"))
    declared = list(islice(_DECLARES.finditer(source.text), MOST_DECLARATIONS + 1))
    if len(declared) > MOST_DECLARATIONS:
        reason = f"the file holds more than {MOST_DECLARATIONS} declarations; the rest is not read"
        problems.append(NotAnalysed(source.path, 0, reason))
    for found in declared[:MOST_DECLARATIONS]:
        call = _call_at(names, found)
        if call is None:
            continue
        name, maker = found[1].decode(), found[2].decode()
        if maker == "relations":
            models += _relations(names, call)
        elif maker == "defineRelations":
            models += _all_relations(names, call)
        else:
            made = _table(names, call, name, maker, builders)
            models += [made] if isinstance(made, MappedModel) else []
            problems += [made] if isinstance(made, NotAnalysed) else []
    return models, problems


def _builders(text: str) -> frozenset[str]:
    own = (taken for taken, module in clauses(text) if module.startswith("drizzle-orm"))
    return frozenset(word for taken in own for word in re.findall(r"[\w$]+", taken))


def _call_at(names: Names, found: re.Match[bytes]) -> Node | None:
    node = names.source.root.descendant_for_byte_range(found.start(1), found.end(1))
    path = names.source.path_to(node) if node is not None else []
    value = path[-2].child_by_field_name("value") if len(path) > 1 else None
    if value is None or path[-2].type != "variable_declarator":
        return None
    value = bare(value)
    while value.type == "call_expression":  # `pgView("x", {...}).existing()`
        function = value.child_by_field_name("function")
        owner = function.child_by_field_name("object") if function is not None else None
        if owner is None or owner.type != "call_expression":
            return value
        value = owner
    return None


def _table(
    names: Names, call: Node, name: str, maker: str, builders: frozenset[str]
) -> MappedModel | NotAnalysed | None:
    made = _made_by(names, call, maker)
    given = arguments(call)
    if made is None or not given:
        return None
    schema, prefix, view = made
    text = value_of(given[0], names)
    if not isinstance(text, Text) or HOLE in text.text:
        return NotAnalysed(names.source.path, line(call), f"the name of the table `{name}` is a variable")
    if HOLE in schema or prefix.count(HOLE) != 1:
        return NotAnalysed(names.source.path, line(call), f"the full name of the table `{name}` is not known")
    columns = _Columns(names, builders)
    if len(given) > 1:
        _read_columns(columns, given[1], 0)
    else:
        columns.complete = False
    return MappedModel(
        Mapper.DRIZZLE,
        name,
        Place(names.source.path, line(call)),
        table=prefix.replace(HOLE, text.text),
        schema=schema,
        fields=tuple(columns.fields),
        complete=columns.complete,
        view=view,
    )


def _made_by(names: Names, call: Node, maker: str) -> tuple[str, str, bool] | None:
    """The schema, the pattern of the name and whether it is a view, where the function makes tables."""
    if maker in _TABLES or maker in _VIEWS:
        return "", HOLE, maker in _VIEWS
    owner, _, method = maker.partition(".")
    declared = names.value(owner, call)
    declared = bare(declared) if declared is not None else None
    if declared is None or declared.type != "call_expression":
        return None
    function = declared.child_by_field_name("function")
    kind = names.source.read(function) if function is not None else ""
    given = arguments(declared)
    if kind == "pgSchema" and method in _METHODS and given:
        schema = value_of(given[0], names)
        return (schema.text if isinstance(schema, Text) else HOLE), HOLE, _METHODS[method]
    if kind == "pgTableCreator" and not method and given:
        return "", _pattern(names, given[0]), False
    return None


def _pattern(names: Names, function: Node) -> str:
    """The name that `pgTableCreator((name) => `app_${name}`)` makes, with a hole for the name."""
    body = function.child_by_field_name("body")
    if body is None:
        return ""
    value = value_of(body, names)
    if isinstance(value, Text):
        return value.text
    given = function.child_by_field_name("parameter") or function.child_by_field_name("parameters")
    same = given is not None and names.source.read(given).strip("() ").split(":")[0] == names.source.read(body)
    return HOLE if same else ""


def _read_columns(columns: _Columns, node: Node, depth: int) -> None:
    names = columns.names
    node = bare(node)
    if depth > _DEEPEST or not names.spend():
        columns.complete = False
        return
    match node.type:
        case "arrow_function":
            body = node.child_by_field_name("body")
            if body is not None and body.type == "statement_block":
                last = exits(body)
                body = last.named_children[0] if last is not None and last.named_children else None
            if body is not None:
                _read_columns(columns, body, depth + 1)
        case "object":
            for child in node.named_children:
                _read_entry(columns, child, depth)
        case "identifier":
            declared = names.value(names.source.read(node), node)
            if declared is not None:
                _read_columns(columns, declared, depth + 1)
            else:
                columns.complete = False
        case _:
            columns.complete = False


def _read_entry(columns: _Columns, child: Node, depth: int) -> None:
    match child.type:
        case "comment":
            return
        case "spread_element" if child.named_children:
            _read_columns(columns, child.named_children[0], depth + 1)
        case "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            made = _column(columns, key, value) if key is not None and value is not None else None
            if made is not None:
                columns.fields.append(made)
            else:
                columns.complete = False
        case _:
            columns.complete = False


def _column(columns: _Columns, key: Node, value: Node) -> MappedField | None:
    names = columns.names
    name = names.source.read(key).strip("'\"")
    methods: list[str] = []
    node = bare(value)
    if node.type == "identifier":
        declared = names.value(names.source.read(node), node)
        node = bare(declared) if declared is not None else node
    while True:
        function = node.child_by_field_name("function") if node.type == "call_expression" else None
        if function is None:
            return None
        owner = function.child_by_field_name("object")
        if owner is None or owner.type != "call_expression":
            break
        method = function.child_by_field_name("property")
        methods.append(names.source.read(method) if method is not None else "")
        node = owner
    given = arguments(node)
    text = value_of(given[0], names) if given else None
    builder = names.source.read(function)
    if not isinstance(text, Text) and not _is_builder(columns, builder, node):
        return None
    written = text.text if isinstance(text, Text) else name
    if HOLE in written:
        return None
    return MappedField(
        name,
        line(key),
        written,
        cased=not isinstance(text, Text),
        filled=bool(_FILLED & set(methods)),
        generated=bool(_GENERATED & set(methods)),
    )


def _is_builder(columns: _Columns, builder: str, node: Node) -> bool:
    """Whether a function gives a column the name of its field: Drizzle's own types, enums and custom types."""
    first = builder.split(".", maxsplit=1)[0]
    if first in columns.builders or "." in builder or re.search(r"enum", builder, re.IGNORECASE):
        return True
    declared = columns.names.value(first, node)
    return declared is not None and bool(re.match(r"(?:pgEnum|customType)\b", columns.names.source.read(declared)[:40]))


def _relations(names: Names, call: Node) -> Iterator[MappedModel]:
    """`relations(users, ({ many }) => ({ posts: many(posts) }))`."""
    given = arguments(call)
    if len(given) > 1:
        owner = names.source.read(given[0]).rsplit(".", 1)[-1]
        body = given[1].child_by_field_name("body")
        yield from _related(names, owner, bare(body) if body is not None else given[1])


def _all_relations(names: Names, call: Node) -> Iterator[MappedModel]:
    """`defineRelations(schema, (r) => ({ users: { posts: r.many.posts() } }))`."""
    given = arguments(call)
    body = given[1].child_by_field_name("body") if len(given) > 1 else None
    for child in bare(body).named_children if body is not None else ():
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if key is not None and value is not None:
            yield from _related(names, names.source.read(key), value)


def _related(names: Names, owner: str, body: Node) -> Iterator[MappedModel]:
    if body.type == "statement_block":
        last = exits(body)
        body = bare(last.named_children[0]) if last is not None and last.named_children else body
    fields: list[MappedField] = []
    for child in body.named_children:
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if key is None or value is None or value.type != "call_expression":
            continue
        function = value.child_by_field_name("function")
        callee = names.source.read(function) if function is not None else ""
        given = arguments(value)
        target = callee.rsplit(".", 1)[-1] if "." in callee else names.source.read(given[0]) if given else ""
        fields.append(MappedField(names.source.read(key), line(key), target=target.rsplit(".", 1)[-1]))
    if fields:
        yield MappedModel(Mapper.DRIZZLE, owner, Place(names.source.path, line(body)), fields=tuple(fields))
