"""Finds calls of TypeORM's repositories, managers and query builders in TypeScript and JavaScript."""

import re
from dataclasses import dataclass, field
from itertools import islice

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft
from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, bare, called, callee, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.mapping import Mapper, ModelCall
from midflight.references.model import Place
from midflight.references.typeorm_calls import BUILDERS, CONTINUED, VERBS
from midflight.references.values import Call, Text, Unknown, Value, shorten

MOST_CALLS = 5_000
MOST_STEPS = 200  # of one query

MARK = re.compile(
    rb"typeorm|Repository|getRepository|EntityManager|createQueryBuilder"
    rb"|\b[A-Z]\w*\.(?:find(?:One)?(?:By)?(?:OrFail)?|findAndCount|insert|update|delete|countBy|softDelete)\s*\(",
)
_METHOD = re.compile(rb"\.\s*(" + "|".join(sorted(VERBS | BUILDERS)).encode() + rb")\s*[(<]")
_TYPED = re.compile(
    r"\b([\w$]+)\s*[?!]?\s*:\s*(?:(?:Tree)?Repository\s*<\s*([\w$.]+)\s*>|([A-Z][\w$]*Repository)\b(?!\s*<))"
)
_GETS = re.compile(r"(?:^|\.)get(?:Tree)?Repository$")
_MANAGER = re.compile(
    r"(?:^|\.)(?:\w*manager|em|\w*queryRunner|trx|tx|\w*connection|\w*datasource|ds|getManager|getConnection)(?:\(\))?!?$",
    re.IGNORECASE,
)
_EXTENDS = re.compile(r"extends\s+(?:Tree)?Repository\s*<\s*([\w$.]+)\s*>")
_CLASSES = frozenset({"class_declaration", "class", "abstract_class_declaration"})
_FUNCTIONS = frozenset(
    {"function_declaration", "function_expression", "arrow_function", "method_definition", "program"}
)
_WRAPPERS = frozenset({"non_null_expression", "as_expression", "parenthesized_expression", "satisfies_expression"})


@dataclass(slots=True)
class _Finder:
    names: Names
    flags: Flags
    typeorm: bool
    typed: dict[str, set[str]]
    drafts: list[Draft] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    budget: int = 5_000  # statements that continue a query


def find_typeorm(names: Names, flags: Flags) -> list[Draft]:
    """Give a draft for each call that may be TypeORM's."""
    source = names.source
    if not MARK.search(source.text):
        return []
    code = source.text.decode("utf-8", "replace")
    typed: dict[str, set[str]] = {}
    for each in _TYPED.finditer(code):
        typed.setdefault(each[1], set()).add((each[2] or each[3]).rpartition(".")[2])
    finder = _Finder(names, flags, "typeorm" in code.lower(), typed)
    found = list(islice(_METHOD.finditer(source.text), MOST_CALLS + 1))
    if len(found) > MOST_CALLS:
        problem = NotAnalysed(source.path, 0, f"the file holds more than {MOST_CALLS} calls; the rest is not read")
        finder.drafts.append(Draft(len(source.text), unresolved=(problem,)))
    for one in found[:MOST_CALLS]:
        node = source.root.descendant_for_byte_range(one.start(1), one.end(1))
        call = called(source.path_to(node)) if node is not None else None
        if call is not None and call.start_byte not in finder.seen:
            _read(finder, call, one[1].decode())
    return finder.drafts


def _read(finder: _Finder, call: Node, method: str) -> None:
    function = callee(call)
    holder = function.child_by_field_name("object") if function is not None else None
    if holder is None:
        return
    given = tuple(value_of(each, finder.names) for each in arguments(call))
    entity, certain = _entity(finder, bare(holder))
    manager = not entity and bool(_MANAGER.search(finder.names.source.read(holder)[-200:]))
    if manager and method not in BUILDERS:
        entity, given, certain = *_first_class(given), finder.typeorm
    if method in BUILDERS:
        if not entity and manager:
            entity, rest, _ = (*_first_class(given), True)
            given = rest if entity else given
            certain = finder.typeorm
        if entity or manager:
            _build(finder, call, (entity, certain), given)
        return
    if entity:
        steps = (Call(method, given, line(call)),)
        finder.drafts.append(_draft(finder, call, call, (entity, certain), steps))


def _first_class(given: tuple[Value, ...]) -> tuple[str, tuple[Value, ...]]:
    """The class that a manager's method is given first, and the other arguments."""
    match given[:1]:
        case (Unknown(text),) if re.fullmatch(r"(?:[\w$]+\.)*[A-Z][\w$]*", text):
            return text.rpartition(".")[2], given[1:]
        case (Text(text),) if re.fullmatch(r"[A-Z][\w$]*", text):
            return text, given[1:]
        case _:
            return "", given


def _entity(finder: _Finder, holder: Node, depth: int = 0) -> tuple[str, bool]:
    """The class whose rows a repository, or a class itself, gives, and whether that is certainly TypeORM's."""
    names = finder.names
    text = names.source.read(holder)
    if depth > 3:
        return "", False
    match holder.type:
        case "call_expression":
            function = callee(holder)
            if function is not None and _GETS.search(names.source.read(function)[-200:]):
                given = tuple(value_of(each, names) for each in arguments(holder))
                return _first_class(given)[0], True
        case "this":
            return _own(names, holder), True
        case "member_expression":
            key = holder.child_by_field_name("property")
            owner = holder.child_by_field_name("object")
            name = names.source.read(key) if key is not None else ""
            if owner is not None and owner.type == "this":
                declared = names.member(name)
                made = _entity(finder, bare(declared), depth + 1) if declared is not None else ("", False)
                return made if made[0] else _typed(finder, name)
            return (name, False) if name[:1].isupper() else ("", False)
        case "identifier":
            declared = names.value(text, holder)
            if declared is not None:
                made = _entity(finder, bare(declared), depth + 1)
                return made if made[0] else _typed(finder, text)
            found = _typed(finder, text)
            return found if found[0] else ((text, False) if text[:1].isupper() else ("", False))
    return "", False


def _typed(finder: _Finder, name: str) -> tuple[str, bool]:
    known = finder.typed.get(name, set())
    return (next(iter(known)), finder.typeorm) if len(known) == 1 else ("", False)


def _own(names: Names, holder: Node) -> str:
    """The entity of the repository class around `this`."""
    for node in reversed(names.source.path_to(holder)):
        if node.type in _CLASSES:
            found = _EXTENDS.search(names.source.read(node)[:1000].partition("{")[0])
            return found[1].rpartition(".")[2] if found else ""
    return ""


def _draft(finder: _Finder, call: Node, top: Node, entity: tuple[str, bool], steps: tuple[Call, ...]) -> Draft:
    return Draft(
        call.start_byte,
        call=ModelCall(
            Mapper.TYPEORM,
            Place(finder.names.source.path, steps[0].line),
            entity[0],
            steps,
            certain=entity[1],
            guard=finder.flags.guard_of(call),
            text=shorten(finder.names.source.read(top)),
        ),
    )


def _later(names: Names, call: Node) -> tuple[list[Node], Node]:
    """The calls chained on `call`, and the expression they end in."""
    top, calls = call, []
    for node in reversed(names.source.path_to(call)[:-1]):
        if node.type == "call_expression" and node.child_by_field_name("function") == top:
            calls.append(node)
        elif node.type not in _WRAPPERS and not (
            node.type == "member_expression" and node.child_by_field_name("object") == top
        ):
            break
        top = node
    return calls[:MOST_STEPS], top


def _step(names: Names, call: Node) -> Call:
    function = callee(call)
    name = function.child_by_field_name("property") if function is not None else None
    at = line(name) if name is not None else line(call)
    text = names.source.read(name) if name is not None else ""
    return Call(text, tuple(value_of(each, names) for each in arguments(call)), at)


def _build(finder: _Finder, call: Node, entity: tuple[str, bool], given: tuple[Value, ...]) -> None:
    names = finder.names
    later, top = _later(names, call)
    function = callee(call)
    name = function.child_by_field_name("property") if function is not None else None
    first = Call("createQueryBuilder", given, line(name) if name is not None else line(call))
    steps = (first, *(_step(names, each) for each in later))
    held = _held(names, top)
    draft = _draft(finder, call, top, entity, steps)
    own = draft.call
    if held is None or own is None:
        finder.drafts.append(draft)
        return
    more: list[Call] = []
    apart: list[Draft] = []
    found = _continued(names, held, top) if finder.budget > 0 else []
    finder.budget -= len(found)
    for other in found:
        inner, outer = _later(names, other)
        added = [_step(names, each) for each in (other, *inner)]
        if finder.flags.guard_of(other) == own.guard:
            more += added
        else:
            mark = (*steps, *more, Call(CONTINUED, (), line(other)))
            apart.append(_draft(finder, other, outer, entity, (*mark, *added)))
    finder.drafts.append(_draft(finder, call, top, entity, (*steps, *more[:MOST_STEPS])))
    finder.drafts += apart[:MOST_STEPS]


def _held(names: Names, top: Node) -> str | None:
    """The variable that holds a query, to be continued by later statements."""
    path = names.source.path_to(top)
    holder = path[-2] if len(path) > 1 else top
    if holder.type == "await_expression":
        return None
    name = holder.child_by_field_name("name") if holder.type == "variable_declarator" else None
    return names.source.read(name) if name is not None and name.type == "identifier" else None


def _continued(names: Names, name: str, top: Node) -> list[Node]:
    """The calls `name.method(...)` after the declaration, in the same function."""
    source = names.source
    path = source.path_to(top)
    scope = next((node for node in reversed(path) if node.type in _FUNCTIONS), source.root)
    pattern = re.compile(rb"(?<![\w$.])" + re.escape(name.encode()) + rb"\s*\.\s*(\w+)\s*[(<]")
    found: list[Node] = []
    for one in islice(pattern.finditer(source.text, top.end_byte, scope.end_byte), MOST_STEPS):
        node = source.root.descendant_for_byte_range(one.start(1), one.end(1))
        call = called(source.path_to(node)) if node is not None else None
        if call is not None:
            found.append(call)
    return found
