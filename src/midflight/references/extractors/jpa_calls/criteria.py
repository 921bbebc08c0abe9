"""Reads the metamodel (`User_.email`) and the paths of the Criteria API (`root.get("email")`)."""

import re
from collections.abc import Iterator

from midflight.references.drafts import Draft
from midflight.references.grammar import Node, Tree, line
from midflight.references.limits import at_most
from midflight.references.mapping import FieldUse, Mapper, ModelCall
from midflight.references.model import HOLE, Place, Verb
from midflight.references.offsets import line_at
from midflight.references.postgrest import Named
from midflight.references.strings import Reader
from midflight.references.values import Call, Unknown, shorten

_META = re.compile(rb"(?<![\w.])([A-Z]\w*?)_\s*\.\s*([a-z]\w*)\b(?!\s*\()")
_ROOT = re.compile(
    rb"\bRoot\s*<\s*([A-Z]\w*)\s*>\s+(\w+)\s*[=,);]|\b(\w+)\s*:\s*Root\s*<\s*([A-Z]\w*)\s*>"
    rb"|\b(\w+)\s*=\s*\w+\.from\(\s*([A-Z]\w*)(?:\.class|::class\.java)\s*\)"
)
_SPECIFICATION = re.compile(rb"\b(?:Specification|PredicateSpecification)\s*<\s*([A-Z]\w*)\s*>")
_METHODS = frozenset({"method_declaration", "function_declaration", "constructor_declaration"})
_STEP = re.compile(rb"\s*(?:!!\s*|\?\s*)?\.\s*(get|join|fetch)\s*(?:<[^()<>]{0,200}>)?\s*\(")
_JAVA_GET = re.compile(rb"\s*\.\s*(?:<[^()<>]{0,200}>)\s*(get|join|fetch)\s*\(")
_MOST = 2_000
_MOST_STEPS = 20
_MOST_ROOTS = 200


def metamodel(tree: Tree) -> Iterator[Draft]:
    """Give each attribute that is named through the class that the compiler makes for an entity."""
    for found in at_most(_MOST, _META.finditer(tree.text)):
        node = tree.root.descendant_for_byte_range(found.start(), found.start() + 1)
        if node is None or "string" in node.type or "comment" in node.type:
            continue
        at = Place(tree.path, line_at(tree.text, found.start()))
        name, attribute = found[1].decode(), found[2].decode()
        uses = (FieldUse(name, Named(attribute, at.line)),)
        call = ModelCall(Mapper.JPA, at, name, verb=Verb.SELECT, uses=uses, text=f"{name}_.{attribute}")
        yield Draft(found.start(), call=call)


def criteria(reader: Reader) -> Iterator[Draft]:
    """Give the paths that begin at a root whose entity the same method tells."""
    tree = reader.tree
    for start, end, name, entity in _roots(tree):
        pattern = re.compile(rb"(?<![\w.])" + re.escape(name.encode()) + rb"(?=\s*\.)")
        for found in at_most(_MOST, pattern.finditer(tree.text, start, end)):
            draft = _path(reader, entity, found)
            if draft is not None:
                yield draft


def _roots(tree: Tree) -> Iterator[tuple[int, int, str, str]]:
    """The names of roots with their entities and the bytes in which they count."""
    told: dict[tuple[int, int, str], set[str]] = {}
    for found in at_most(_MOST_ROOTS, _ROOT.finditer(tree.text)):
        name = (found[2] or found[3] or found[5]).decode()
        entity = (found[1] or found[4] or found[6]).decode()
        told.setdefault((*_method(tree, found.start()), name), set()).add(entity)
    for found in at_most(_MOST_ROOTS, _SPECIFICATION.finditer(tree.text)):
        start, end = _method(tree, found.start())
        if end - start == len(tree.text):
            continue
        lambdas = re.compile(rb"\(\s*(\w+)\s*,\s*\w+\s*,\s*\w+\s*\)\s*->|\{\s*(\w+)\s*,\s*\w+\s*,\s*\w+\s*->")
        for opened in at_most(_MOST_STEPS, lambdas.finditer(tree.text, start, end)):
            told.setdefault((start, end, (opened[1] or opened[2]).decode()), set()).add(found[1].decode())
    for (start, end, name), entities in told.items():
        if len(entities) == 1:
            yield start, end, name, next(iter(entities))


def _method(tree: Tree, offset: int) -> tuple[int, int]:
    """The bytes of the method around an offset, or of the file."""
    kinds = _METHODS | {"property_declaration"}
    node = next((node for node in reversed(tree.path_to(offset)) if node.type in kinds), None)
    return (node.start_byte, node.end_byte) if node is not None else (0, len(tree.text))


def _path(reader: Reader, entity: str, found: re.Match[bytes]) -> Draft | None:
    tree = reader.tree
    names: list[str] = []
    steps: list[Call] = []
    at = found.end()
    place = Place(tree.path, line_at(tree.text, found.start()))
    for _ in range(_MOST_STEPS):
        opened = _STEP.match(tree.text, at) or _JAVA_GET.match(tree.text, at)
        given = _given(tree, opened.end() - 1) if opened is not None else None
        if given is None:
            break
        value = next((node for node in given.children if node.is_named), None)
        inner = value.children[0] if value is not None and value.type == "value_argument" else value
        if inner is None or inner.type not in reader.grammar.literals or HOLE in (text := reader.value(inner)):
            meta = _META.match(tree.text, inner.start_byte) if inner is not None else None
            if inner is not None and meta is None:
                reason = f"an attribute of `{entity}` is chosen while the program runs"
                steps.append(Call("path", (Unknown(reason, line(inner)),), line(inner)))
            break
        names.append(text)
        at = given.end_byte
    if not names and not steps:
        return None
    uses = (FieldUse(entity, Named(".".join(names), place.line)),) if names else ()
    text = shorten(tree.text[found.start() : at].decode("utf-8", "replace"))
    return Draft(found.start(), call=ModelCall(Mapper.JPA, place, entity, tuple(steps), Verb.SELECT, uses, text=text))


def _given(tree: Tree, offset: int) -> Node | None:
    kinds = {"argument_list", "value_arguments"}
    found = next((node for node in reversed(tree.path_to(offset)) if node.type in kinds), None)
    return found if found is not None and found.start_byte == offset else None
