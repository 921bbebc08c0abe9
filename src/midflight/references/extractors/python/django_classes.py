"""Finds the attributes of models that serializers, forms, filters and the admin of Django name in their classes."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from midflight.references.drafts import Draft
from midflight.references.extractors.python.imports import Names
from midflight.references.extractors.python.syntax import Source, line
from midflight.references.extractors.python.values import value_of
from midflight.references.limits import at_most
from midflight.references.mapping import Mapper, ModelCall
from midflight.references.model import HOLE, Place
from midflight.references.values import Call, Record, Rows, Text, Unknown, Value, shorten

MOST_CLASSES = 1_000
_CLASS = re.compile(rb"class\s+(Meta\b|\w+(?=\([^()\n]{0,200}(?:Admin|Inline)\b))")
_META = re.compile(r"(?:Serializer|ModelForm|FilterSet|Form)\b")
_ADMIN = re.compile(r"(?:Admin|Inline)\b")
_REGISTERED = re.compile(r"\.register\(\s*([\w.]+)\s*,\s*(\w+)\s*[,)]")
_DECORATED = re.compile(r"@(?:[\w.]+\.)?register\(\s*([\w.]+)\s*[,)]")
_IN_META = ("fields", "read_only_fields")
_IN_ADMIN = (
    *("list_display", "list_filter", "search_fields", "ordering", "readonly_fields", "list_editable"),
    *("date_hierarchy", "raw_id_fields", "autocomplete_fields", "fields"),
)


def find_classes(source: Source, names: Names) -> Iterator[Draft]:
    """Give a draft for each class that names attributes of a model."""
    registered = {own: model for model, own in _REGISTERED.findall(source.text.decode("utf-8", "replace"))}
    for found in at_most(MOST_CLASSES, _CLASS.finditer(source.text)):
        node = source.root.descendant_for_byte_range(found.start(1), found.end(1))
        path = source.path_to(node) if node is not None else []
        around = [each for each in path if each.type == "class_definition"]
        if not around or around[-1].child_by_field_name("name") != node:
            continue
        is_meta = found[1] == b"Meta" and len(around) > 1
        owner = around[-2] if is_meta else around[-1]
        given = owner.child_by_field_name("superclasses")
        bases = source.read(given)[:500] if given is not None else ""
        if not (_META if is_meta else _ADMIN).search(bases):
            continue
        call = _declared(source, names, (around[-1], owner), registered)
        if call is not None:
            yield Draft(around[-1].start_byte, call=call)


def _declared(source: Source, names: Names, both: tuple[Node, Node], registered: dict[str, str]) -> ModelCall | None:
    node, owner = both
    members = dict(_members(source, node))
    model = members.get("model")
    named = source.read(model) if model is not None else ""
    if node == owner and not named:
        name = node.child_by_field_name("name")
        named = _decorated(source, node) or registered.get(source.read(name) if name is not None else "", "")
    whole = names.whole(named)
    if not whole:
        return None
    # what the class declares itself need not be an attribute of the model
    own = {name for name, _ in _members(source, owner)} if owner != node else set()
    own |= _methods(source, owner)
    chosen = _IN_ADMIN if node == owner else _IN_META
    texts = [each for option in chosen if option in members for each in _texts(value_of(members[option], source))]
    paths = tuple(Text(each.text.lstrip("^=@$-"), each.line) for each in texts if each.text not in own)
    if not paths:
        return None
    step = Call("declared", paths, line(node))
    text = shorten(source.read(owner)[:200].partition(":")[0])
    return ModelCall(Mapper.DJANGO, Place(source.path, line(owner)), f"path {whole}", (step,), text=text)


def _members(source: Source, node: Node) -> Iterator[tuple[str, Node]]:
    """What the body of a class assigns."""
    body = node.child_by_field_name("body")
    for statement in body.named_children if body is not None else ():
        inner = statement.named_children[0] if statement.type == "expression_statement" else None
        if inner is not None and inner.type == "assignment":
            left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
            if left is not None and right is not None and left.type == "identifier":
                yield source.read(left), right


def _methods(source: Source, node: Node) -> set[str]:
    body = node.child_by_field_name("body")
    found = set()
    for statement in body.named_children if body is not None else ():
        inner = statement.child_by_field_name("definition") if statement.type == "decorated_definition" else statement
        name = inner.child_by_field_name("name") if inner is not None else None
        if name is not None and inner is not None and inner.type == "function_definition":
            found.add(source.read(name))
    return found


def _decorated(source: Source, node: Node) -> str:
    path = source.path_to(node)
    above = path[-2] if len(path) > 1 and path[-2].type == "decorated_definition" else None
    marks = [each for each in above.named_children if each.type == "decorator"] if above is not None else []
    found = (_DECORATED.match(source.read(each)) for each in marks)
    return next((each[1] for each in found if each is not None), "")


def _texts(value: Value) -> Iterator[Text]:
    """The names in a text, a list of them (with what they are shown as) or the keys of a dict."""
    match value:
        case Text():
            yield from (value,) if HOLE not in value.text and value.text != "__all__" else ()
        case Rows(items=items):
            for each in items:
                first = each.items[0] if isinstance(each, Rows) and each.items else each
                yield from _texts(first) if isinstance(first, Text) else ()
        case Record(entries=entries):
            yield from (Text(key.name, key.line) for key, _ in entries)
        case Unknown():
            return
