"""Reads the classes of a Java or a Kotlin file: their fields and getters with the annotations on them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

_DEEPEST = 5  # classes in classes


@dataclass(frozen=True, slots=True)
class Property:
    """A field, a getter or a property with its annotations, their arguments as source."""

    name: str
    line: int
    type: str
    annotations: dict[str, str]


@dataclass(frozen=True, slots=True)
class Class:
    """A class as its file writes it."""

    name: str
    line: int
    annotations: dict[str, str]
    base: str
    fields: tuple[Property, ...]
    getters: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class File:
    """One file with the texts of its constants."""

    path: str
    text: bytes
    constants: dict[str, set[str]] = field(default_factory=dict)

    def read(self, node: Node | None) -> str:
        """The source of a node."""
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""


def classes(file: File, node: Node, depth: int) -> Iterator[Class]:
    """Give the classes of a file, those inside each other too."""
    for child in node.named_children:
        if child.type != "class_declaration":
            continue
        body = next((each for each in child.named_children if each.type == "class_body"), None)
        yield _java(file, child, body) if _is_java(file) else _kotlin(file, child, body)
        if body is not None and depth < _DEEPEST:
            yield from classes(file, body, depth + 1)


def _is_java(file: File) -> bool:
    return file.path.endswith(".java")


def _child(node: Node, kind: str) -> Node | None:
    return next((child for child in node.named_children if child.type == kind), None)


def _annotations(file: File, node: Node) -> dict[str, str]:
    """The annotations of a declaration by their bare names, with the source of what each is given."""
    modifiers = _child(node, "modifiers")
    found: dict[str, str] = {}
    for child in modifiers.named_children if modifiers is not None else []:
        if "annotation" in child.type:
            name, _, given = file.read(child)[:4000].partition("(")
            found.setdefault(re.split(r"[.:@]", name.strip())[-1], given.rpartition(")")[0])
    return found


def _java(file: File, node: Node, body: Node | None) -> Class:
    name = node.child_by_field_name("name")
    base = re.sub(
        r"<.*", "", file.read(node.child_by_field_name("superclass")).removeprefix("extends"), flags=re.DOTALL
    )
    fields: list[Property] = []
    getters: list[Property] = []
    for member in body.named_children if body is not None else []:
        if member.type not in {"field_declaration", "method_declaration"}:
            continue
        modifiers, annotations = file.read(_child(member, "modifiers")), _annotations(file, member)
        kind = file.read(member.child_by_field_name("type"))
        bare = re.sub(r"@[\w.]+(?:\((?:[^()]|\([^()]*\))*\))?", " ", modifiers[:4000])
        if re.search(r"\b(?:static|transient)\b", bare):
            continue
        if member.type == "field_declaration":
            for declared in member.children_by_field_name("declarator"):
                at = declared.child_by_field_name("name")
                if at is not None:
                    fields.append(Property(file.read(at), at.start_point[0] + 1, kind, annotations))
        elif (at := member.child_by_field_name("name")) is not None:
            getter = re.fullmatch(r"(?:get|is)([A-Z]\w*)", file.read(at))
            if getter and "()" in re.sub(r"\s", "", file.read(member.child_by_field_name("parameters"))):
                given = getter[1][:1].lower() + getter[1][1:]
                getters.append(Property(given, at.start_point[0] + 1, kind, annotations))
    line = name.start_point[0] + 1 if name is not None else node.start_point[0] + 1
    return Class(
        file.read(name), line, _annotations(file, node), base.strip().rpartition(".")[2], tuple(fields), tuple(getters)
    )


def _kotlin(file: File, node: Node, body: Node | None) -> Class:
    name = _child(node, "identifier")
    constructor = _child(node, "primary_constructor")
    parameters = _child(constructor, "class_parameters") if constructor is not None else None
    fields = [
        found
        for each in (parameters.named_children if parameters is not None else [])
        if each.type == "class_parameter" and any(child.type in {"val", "var"} for child in each.children)
        if (found := _parameter(file, each)) is not None
    ]
    for each in body.named_children if body is not None else []:
        if each.type == "property_declaration" and _is_kept(each):
            found = _declared(file, each)
            fields += [found] if found is not None else []
    specifiers = _child(node, "delegation_specifiers")
    called = re.match(r"([\w.]+)(?:<[^()]*>)?\s*\(", file.read(specifiers)[:500]) if specifiers is not None else None
    if specifiers is not None and called is None:
        called = re.search(r"(?:\A|,\s*)([\w.]+)(?:<[^()]*>)?\s*\(", file.read(specifiers)[:500])
    line = (name or node).start_point[0] + 1
    base = called[1].rpartition(".")[2] if called else ""
    return Class(file.read(name), line, _annotations(file, node), base, tuple(fields), ())


def _is_kept(node: Node) -> bool:
    """Whether a property has a field behind it."""
    kinds = [child.type for child in node.children]
    return "property_delegate" not in kinds and ("getter" not in kinds or "=" in kinds)


def _parameter(file: File, node: Node) -> Property | None:
    name = _child(node, "identifier")
    kind = next((c for c in node.named_children if c.type.endswith("_type")), None)
    if name is None:
        return None
    return Property(file.read(name), name.start_point[0] + 1, file.read(kind), _annotations(file, node))


def _declared(file: File, node: Node) -> Property | None:
    variable = _child(node, "variable_declaration")
    return None if variable is None else _typed(file, node, variable)


def _typed(file: File, node: Node, variable: Node) -> Property | None:
    found = _parameter(file, variable)
    if found is None:
        return None
    return Property(found.name, found.line, found.type, _annotations(file, node))
