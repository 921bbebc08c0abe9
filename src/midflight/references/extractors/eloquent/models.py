"""Reads Eloquent's models with what each insert names by itself (Laravel's documentation, "Eloquent")."""

import re
from collections import deque
from collections.abc import Iterator

import inflection
from tree_sitter import Node

from midflight.references.entities import Entity, Member
from midflight.references.extractors.eloquent.literals import listed, string
from midflight.references.extractors.eloquent.marks import marks_of
from midflight.references.extractors.eloquent.names import Names, names_of
from midflight.references.grammar import Tree
from midflight.references.model import Place
from midflight.references.values import shorten

_USE = re.compile(rb"^use\s+([\w\\]+)(?:\s+as\s+(\w+))?\s*;", re.MULTILINE)
_PLAIN = {
    "Illuminate\\Database\\Eloquent\\Model": "model",
    "Illuminate\\Foundation\\Auth\\User": "model",
    "Illuminate\\Database\\Eloquent\\Relations\\Pivot": "pivot",
    "Illuminate\\Database\\Eloquent\\Relations\\MorphPivot": "pivot",
    "Eloquent": "model",
}
_SOFT = "Illuminate\\Database\\Eloquent\\SoftDeletes"


def entities_of(tree: Tree, root: Node) -> Iterator[Entity]:
    """Give the classes of a file that may be models."""
    used = {}
    for found in _USE.finditer(tree.text):
        whole = found[1].decode("utf-8", "replace").lstrip("\\")
        used[found[2].decode() if found[2] else whole.rpartition("\\")[2]] = whole
    names = names_of(tree)
    waiting = deque([root])
    while waiting:
        node = waiting.popleft()
        if node.type in {"namespace_definition", "compound_statement", "program"}:
            waiting += node.named_children
        elif node.type == "class_declaration":
            entity = _entity(tree, node, (used, names))
            if entity is not None:
                yield entity
                yield Entity("eloquent class", names.full(entity.name), entity.place, bases=(entity.name,))


def _entity(tree: Tree, node: Node, known: tuple[dict[str, str], Names]) -> Entity | None:
    used, names = known
    name = node.child_by_field_name("name")
    clause = next((child for child in node.named_children if child.type == "base_clause"), None)
    body = node.child_by_field_name("body")
    if name is None or clause is None or body is None:
        return None
    base = tree.read(clause.named_children[0]).lstrip("\\") if clause.named_children else ""
    whole = used.get(base, base)
    kind = _PLAIN.get(whole, "")
    properties, constants, traits = _body(tree, body, used)
    line = name.start_point[0] + 1
    own = tree.read(name)
    given = string(tree, properties.get("table"))
    abstract = any(child.type == "abstract_modifier" for child in node.named_children)
    other = "connection" in properties or whole.startswith(("MongoDB\\", "Jenssegers\\"))
    is_told = "table" not in properties or given is not None
    return Entity(
        "eloquent",
        own,
        Place(tree.path, line),
        table=(given or _table(own, pivot=kind == "pivot")).rpartition(".")[2],
        schema=(given or "").rpartition(".")[0],
        members=(
            *_members(tree, properties, constants, line, plain=bool(kind), soft=_SOFT in traits),
            *marks_of(tree, body, properties, traits, names),
        ),
        bases=(whole.rpartition("\\")[2],),
        known=bool(kind),
        mapped=not abstract and not other,
        given=bool(given),
        inheritance="each",
        untold="" if is_told else "the code makes its name when it runs",
        text=shorten(f"class {own} extends {base}"),
        star=True,
        framed=not kind,
    )


def _table(name: str, *, pivot: bool) -> str:
    """Laravel's documentation, "Table Names": the plural in snake case, of a pivot the singular."""
    words = re.sub(r"(?<=.)(?=[A-Z])", "_", name).lower()
    return inflection.singularize(words) if pivot else inflection.pluralize(words)


def _body(tree: Tree, body: Node, used: dict[str, str]) -> tuple[dict[str, Node], dict[str, Node], set[str]]:
    properties: dict[str, Node] = {}
    constants: dict[str, Node] = {}
    traits: set[str] = set()
    for member in body.named_children:
        if member.type == "use_declaration":
            names = (tree.read(child).lstrip("\\") for child in member.named_children)
            traits |= {used.get(name, name) for name in names}
        for part in member.named_children:
            value = part.child_by_field_name("default_value")
            if part.type == "property_element" and value is not None:
                properties[tree.read(part).partition("=")[0].strip().lstrip("$")] = value
            elif part.type == "const_element" and len(part.named_children) > 1:
                constants[tree.read(part.named_children[0])] = part.named_children[1]
    return properties, constants, traits


def _members(
    tree: Tree, properties: dict[str, Node], constants: dict[str, Node], line: int, *, plain: bool, soft: bool
) -> Iterator[Member]:
    stamps = properties.get("timestamps")
    key = string(tree, properties.get("primaryKey")) or ("id" if plain and "primaryKey" not in properties else "")
    if key:
        yield Member("$key", line, key, written=False, key=True, always=True)
    for name, default in (("CREATED_AT", "created_at"), ("UPDATED_AT", "updated_at")):
        at = constants.get(name) or stamps
        row = at.start_point[0] + 1 if at is not None else line
        if stamps is not None and tree.read(stamps).lower() == "false":
            yield Member(name, row)
        elif name in constants:
            yield Member(name, row, string(tree, constants[name]) or "")
        elif plain:
            yield Member(name, row, default)
    if soft:
        deleted = string(tree, constants.get("DELETED_AT")) or "deleted_at"
        yield Member("DELETED_AT", line, deleted, written=False, always=True)
    for group in ("fillable", "attributes"):
        for column, row in listed(tree, properties.get(group), keys=group == "attributes"):
            yield Member("", row, column)
