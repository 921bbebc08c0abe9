"""Finds chains of Django's query sets, on models, managers, rows and the variables of one function that hold them."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from itertools import chain

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references import django_words as words
from midflight.references.drafts import Draft
from midflight.references.extractors.python.django_arguments import step_of
from midflight.references.extractors.python.django_classes import find_classes
from midflight.references.extractors.python.flags import Flags
from midflight.references.extractors.python.imports import Names, names_of
from midflight.references.extractors.python.syntax import Source, arguments, bare, line
from midflight.references.limits import TooManyUsesError, at_most
from midflight.references.mapping import Mapper, ModelCall
from midflight.references.model import Place
from midflight.references.values import Call, Text, Unknown, shorten

MOST_CHAINS = 5_000
# one of these is in every file that asks a model: looking for a text is many times faster than for a pattern
_NEEDLES = (
    *(b".objects", b"_default_manager", b"_base_manager", b".filter(", b".exclude(", b".annotate(", b"_related("),
    *(b"save(", b"delete(", b"_or_404", b"class Meta", b"Admin)", b"Inline)", b"Admin,", b"Inline,"),
)
# patterns that begin with a plain character are found fast
_ANCHOR = re.compile(rf"\.\s*(?:({'|'.join(sorted(words.READ))})\s*\(|({'|'.join(sorted(words.MANAGERS))})\b)".encode())
_SHORTCUT = re.compile(rf"({'|'.join(sorted(words.SHORTCUTS))})\s*\(".encode())
_FUNCTIONS = frozenset({"function_definition", "lambda", "module"})
_ROWS = re.compile(r"(?:Manager|Query[sS]et)\b")
_ANNOTATED = re.compile(r"(?:(?:typing\.)?Optional\[)?([\w.]+)\]?(?:\s*\|\s*None)?\Z")
_ANNOTATED_ROWS = re.compile(r"(?:[\w.]+\.)?Query[sS]et\[[\"']?([\w.]+)[\"']?\]\Z")
_MOST_GIVEN = 20
_DEEPEST = 12  # variables that hold what others gave


@dataclass(frozen=True, slots=True)
class _Held:
    """What an expression has come to: the model it began with, and the steps since."""

    model: str
    steps: tuple[Call, ...] = ()

    def way(self) -> tuple[str, tuple[str, ...]]:
        """What two of them must share to be of the same model."""
        moves = ("go", "item", "construct", "shortcut")
        names = [
            next((each.text for each in step.arguments if isinstance(each, Text)), "") if step.name == "go" else "row"
            for step in self.steps
            if step.name in moves or step.name in words.OF_ROW
        ]
        return self.model, tuple(names)


@dataclass(frozen=True, slots=True)
class _Link:
    kind: str  # "attribute", "call", "item"
    name: str
    node: Node
    at: int


@dataclass(slots=True)
class _Finder:
    source: Source
    flags: Flags
    names: Names
    given: dict[str, dict[int, list[tuple[Node, bool]]]] = field(default_factory=dict)
    values: dict[int, _Held | None] = field(default_factory=dict)


def may_ask_models(path: str, text: bytes) -> bool:
    """Whether a file may hold queries of Django; what migrations run is no code of the application."""
    return any(needle in text for needle in _NEEDLES) and "/migrations/" not in f"/{path}"


def find_querysets(source: Source, flags: Flags) -> list[Draft]:
    """Give a draft for each chain of a file that may be one of Django's."""
    finder = _Finder(source, flags, names_of(source.path, source.text))
    drafts: list[Draft] = []
    seen: set[tuple[int, int]] = set()
    try:
        drafts += find_classes(source, finder.names)
        shortcuts = _SHORTCUT.finditer(source.text) if b"_or_404" in source.text else iter(())
        for found in at_most(MOST_CHAINS, chain(_ANCHOR.finditer(source.text), shortcuts)):
            group = found.lastindex or 1
            top = _top(source, found.start(group), found.end(group))
            if top is None or (top.start_byte, top.end_byte) in seen:
                continue
            seen.add((top.start_byte, top.end_byte))
            call = _call(finder, top)
            if call is not None:
                drafts.append(Draft(top.start_byte, call=call))
    except TooManyUsesError:
        reason = f"the file holds more than {MOST_CHAINS} calls of query sets; the rest is not read"
        drafts.append(Draft(len(source.text), unresolved=(NotAnalysed(source.path, 0, reason),)))
    return drafts


def _top(source: Source, start: int, end: int) -> Node | None:
    """The whole chain around a name, None where the name is no attribute and no function."""
    node = source.root.descendant_for_byte_range(start, end)
    path = source.path_to(node) if node is not None and node.type == "identifier" else []
    top = path[-1] if path else None
    for above in reversed(path[:-1]):
        kept = above.child_by_field_name(_WITHIN[above.type]) if above.type in _WITHIN else None
        if above.type == "attribute" or kept == top:
            top = above
        else:
            break
    return top if top is not None and top.type != "identifier" else None


_WITHIN = {"attribute": "object", "call": "function", "subscript": "value"}


def _call(finder: _Finder, top: Node) -> ModelCall | None:
    source = finder.source
    root, links = _links(source, top)
    begun = _root(finder, root, links, 0)
    if begun is None:
        return None
    held, rest = begun
    # what a call at the root does is done here, what a variable holds was done where it got that
    past = held.steps if root.type == "call" else tuple(_before(step) for step in held.steps)
    steps = _steps(source, rest)
    if not steps and root.type != "call":
        return None
    return ModelCall(
        Mapper.DJANGO,
        Place(source.path, line(root)),
        held.model,
        (*past, *steps),
        guard=finder.flags.guard_of(top),
        text=shorten(source.read(top)[:400]),
    )


def _before(step: Call) -> Call:
    return replace(step, options={**step.options, "before": Unknown("", step.line)})


def _links(source: Source, node: Node) -> tuple[Node, list[_Link]]:
    """The expression that a chain begins with, and what follows on it."""
    links: list[_Link] = []
    node = bare(node)
    while node.type in {"call", "attribute", "subscript"}:
        if node.type == "call":
            function = node.child_by_field_name("function")
            inner = function.child_by_field_name("object") if function is not None else None
            name = function.child_by_field_name("attribute") if function is not None else None
            kind = "call"
        elif node.type == "attribute":
            inner, name, kind = node.child_by_field_name("object"), node.child_by_field_name("attribute"), "attribute"
        else:
            inner = name = node.child_by_field_name("value")
            kind = "item"
        if inner is None or name is None:
            break
        if kind == "item":
            chosen = node.child_by_field_name("subscript")
            kind = "slice" if chosen is not None and chosen.type == "slice" else "item"
        links.append(_Link(kind, source.read(name) if kind in {"call", "attribute"} else "", node, line(name)))
        node = bare(inner)
    return node, links[::-1]


def _steps(source: Source, links: list[_Link]) -> tuple[Call, ...]:
    steps: list[Call] = []
    for link in links:
        if link.kind == "call":
            steps.append(step_of(source, link.name, link.node, link.at))
        elif link.kind == "attribute":
            steps.append(Call("go", (Text(link.name, link.at),), link.at))
        elif link.kind == "item":
            steps.append(Call("item", (), link.at))
    return tuple(steps)


def _expression(finder: _Finder, node: Node, depth: int) -> _Held | None:
    """What the value of an expression is, where it is one of Django's."""
    node = bare(node)
    if depth > _DEEPEST or not finder.source.spend():
        return None
    if node.id not in finder.values:
        finder.values[node.id] = None
        root, links = _links(finder.source, node)
        begun = _root(finder, root, links, depth)
        if begun is not None:
            held, rest = begun
            finder.values[node.id] = replace(held, steps=(*held.steps, *_steps(finder.source, rest)))
    return finder.values[node.id]


def _root(finder: _Finder, root: Node, links: list[_Link], depth: int) -> tuple[_Held, list[_Link]] | None:
    """What a chain begins with, and the links that are left."""
    source = finder.source
    if root.type == "call":
        held = _called(finder, root, depth)
        return (held, links) if held is not None else None
    if root.type != "identifier":
        return None
    name = source.read(root)
    if name in {"self", "cls"}:
        held = _self(finder, root, whole_class=name == "cls")
        return (held, links) if held is not None else None
    dotted = name
    for at in range(len(links) + 1):
        last = dotted.rpartition(".")[2]
        if last[:1].isupper() and finder.names.whole(dotted):
            if at < len(links) and links[at].kind == "call" and links[at].name[:1].isupper():
                return None
            return _Held(f"path {finder.names.whole(dotted)}"), links[at:]
        if at == len(links) or at > 4 or finder.names.whole(name) == "":
            break
        dotted = f"{dotted}.{links[at].name}"
        if links[at].kind == "call":
            if links[at].name[:1].isupper() and finder.names.whole(dotted):
                made = step_of(source, "construct", links[at].node, links[at].at)
                return _Held(f"path {finder.names.whole(dotted)}", (made,)), links[at + 1 :]
            break
    held = _variable(finder, name, root, depth)
    return (held, links) if held is not None else None


def _called(finder: _Finder, root: Node, depth: int) -> _Held | None:
    source = finder.source
    function = root.child_by_field_name("function")
    name = source.read(function) if function is not None else ""
    given = arguments(root)
    if name == "super":
        held = _self(finder, root, whole_class=False)
        return held if held is not None and held.model.startswith("rows ") else None
    if name == "get_user_model":
        return _Held("user")
    if name == "type" and given and source.read(given[0]) == "self":
        return _self(finder, root, whole_class=True)
    if name in words.SHORTCUTS and given:
        inner = _expression(finder, given[0], depth + 1)
        if inner is None:
            return None
        step = step_of(source, "shortcut", root, line(root), skipped=1)
        own = [each for each in inner.steps if each.name == "go" or each.name not in words.READ]
        if inner.steps:
            step = replace(step, name="get")
        past = tuple(_before(each) for each in own)
        return _Held(inner.model, (*past, step, *([Call("many", (), step.line)] if "list" in name else [])))
    whole = finder.names.whole(name) if name[:1].isupper() else ""
    return _Held(f"path {whole}", (step_of(source, "construct", root, line(root)),)) if whole else None


def _self(finder: _Finder, node: Node, *, whole_class: bool) -> _Held | None:
    """The model or the query set whose class a line stands in."""
    around = next((each for each in reversed(finder.source.path_to(node)) if each.type == "class_definition"), None)
    name = around.child_by_field_name("name") if around is not None else None
    bases = around.child_by_field_name("superclasses") if around is not None else None
    if name is None or bases is None:
        return None
    if _ROWS.search(finder.source.read(bases)):
        return None if whole_class else _Held(f"rows {finder.source.read(name)}")
    model = f"path {finder.names.module}.{finder.source.read(name)}"
    return _Held(model if whole_class else f"row {model}")


def _variable(finder: _Finder, name: str, at: Node, depth: int) -> _Held | None:
    """What all that a variable was given before a line agree on, within one function."""
    source = finder.source
    function = _function(source, at)
    by_function = _given(finder, name)
    own = _latest(by_function.get(function.id, []), at)
    if not own:
        annotated = _annotated(finder, name, function)
        if annotated is not None or function.type == "module" or _is_parameter(source, name, function):
            return annotated
        own = _latest(by_function.get(source.root.id, []), at)
    found: list[_Held] = []
    for value, is_loop in own:
        if value.type == "none":
            continue
        held = _expression(finder, value, depth + 1)
        if held is None:
            return None
        found.append(replace(held, steps=(*held.steps, Call("item", (), line(value)))) if is_loop else held)
    return found[-1] if found and len({each.way() for each in found}) == 1 else None


def _latest(values: list[tuple[Node, bool]], at: Node) -> list[tuple[Node, bool]]:
    """The last of what a variable was given before a line."""
    end = bisect_left(values, at.start_byte, key=lambda each: each[0].start_byte)
    return [each for each in values[max(0, end - _MOST_GIVEN) : end] if each[0].end_byte <= at.start_byte]


def _given(finder: _Finder, name: str) -> dict[int, list[tuple[Node, bool]]]:
    """All that a variable is given, by function and in source order, and whether a loop takes it apart."""
    known = finder.given.get(name)
    if known is None:
        known = finder.given[name] = {}
        both = [(each, False) for each in finder.source.assigned(name)]
        both += [(each, True) for each in finder.source.looped(name)]
        for value in sorted(both, key=lambda each: each[0].start_byte):
            known.setdefault(_function(finder.source, value[0]).id, []).append(value)
    return known


def _function(source: Source, node: Node) -> Node:
    path = source.path_to(node)
    return next((each for each in reversed(path[:-1]) if each.type in _FUNCTIONS), path[0])


def _is_parameter(source: Source, name: str, function: Node) -> bool:
    given = function.child_by_field_name("parameters")
    return given is not None and bool(re.search(rf"\b{re.escape(name)}\b", source.read(given)))


def _annotated(finder: _Finder, name: str, function: Node) -> _Held | None:
    """A parameter whose type is a model, or a query set of one."""
    given = function.child_by_field_name("parameters")
    for each in given.named_children if given is not None and function.type == "function_definition" else ():
        kind = each.child_by_field_name("type")
        first = each.child_by_field_name("name") or (each.named_children[0] if each.named_children else None)
        if kind is None or first is None or finder.source.read(first) != name:
            continue
        text = finder.source.read(kind)[:300].strip().strip("\"'")
        rows, row = _ANNOTATED_ROWS.match(text), _ANNOTATED.match(text)
        named = rows or row
        whole = finder.names.whole(named[1]) if named is not None else ""
        if whole and rows:
            return _Held(f"path {whole}", (Call("go", (Text("objects", line(each)),), line(each)),))
        return _Held(f"row path {whole}") if whole else None
    return None
