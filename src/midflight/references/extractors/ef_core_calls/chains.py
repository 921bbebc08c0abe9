"""Reads a chain of LINQ methods: what each of its lambdas names of the rows, and what the chain does with them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft
from midflight.references.extractors.ef_core_calls.lambdas import (
    LITERALS,
    OPEN,
    SAME,
    WITH_LAMBDA,
    Budget,
    Found,
    element,
    nodes_of,
    read_lambda,
    selected,
    walk,
)
from midflight.references.extractors.ef_core_calls.roots import SCOPES, Origin, Source, uses_of
from midflight.references.grammar import Node, Tree, line
from midflight.references.limits import TooManyUsesError
from midflight.references.mapping import FieldUse, Mapper, ModelCall
from midflight.references.model import Place, Verb
from midflight.references.postgrest import Named
from midflight.references.values import Call, Text, Unknown, shorten

_VERBS = {
    "ExecuteUpdate": Verb.UPDATE,
    "Update": Verb.UPDATE,
    "UpdateRange": Verb.UPDATE,
    "ExecuteDelete": Verb.DELETE,
    "Remove": Verb.DELETE,
    "RemoveRange": Verb.DELETE,
    "Add": Verb.INSERT,
    "AddRange": Verb.INSERT,
}
# what a column is compared with is a value: the type that it names is no class of rows
_CONSTANT = re.compile(r"[=!]=\s*(?:\w+\.){0,5}?([A-Z]\w*)\.[A-Z]\w*\b(?!\s*[(.])")
_LONGEST = 20_000
_MOST_STEPS = 200
_MOST_STARTS = 5_000


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a chain, its name without `Async`."""

    name: str
    arguments: tuple[Node, ...]
    line: int


@dataclass(slots=True)
class Reading:
    """One file, and what is known of it so far; `starts` are sources still to be read, all of them if `whole`."""

    tree: Tree
    starts: list[Source]
    whole: bool = True
    seen: set[int] = field(default_factory=set)
    known: dict[int, Origin] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)


def drafts(reading: Reading) -> list[Draft]:
    """Give the queries of a file; those on variables that hold a query are found on the way."""
    found: list[Draft] = []
    reading.known |= {each.node.id: each.origin for each in reading.starts}
    at = 0
    while at < min(len(reading.starts), _MOST_STARTS) and reading.budget.left > 0:
        source = reading.starts[at]
        at += 1
        if source.node.id not in reading.seen:
            reading.seen.add(source.node.id)
            found += _read(reading, source)
    if not reading.whole or at < len(reading.starts) or reading.budget.left <= 0:
        why = NotAnalysed(reading.tree.path, 0, "the file holds more queries than are read")
        found.append(Draft(len(reading.tree.text), unresolved=(why,)))
    return found


def _read(reading: Reading, source: Source) -> Iterator[Draft]:
    tree = reading.tree
    steps, last = _steps(tree, source.node)
    clause = getattr(last, "parent", None)
    if clause is not None and clause.type in {"from_clause", "join_clause"} and _plain(steps):
        query = getattr(clause, "parent", None)
        if query is not None and query.id not in reading.seen:
            reading.seen.add(query.id)
            yield from _expression(reading, query)
        return
    if not steps:
        return
    found = Found(reading.budget)
    verb = Verb.SELECT
    origin: Origin | None = source.origin
    included = source.origin
    for step in steps:
        verb = _VERBS.get(step.name, verb)
        if origin is None:
            break
        if step.name == "ThenInclude":
            included = _include(tree, step, included, found) or included
        elif step.name == "Include":
            included = _include(tree, step, origin, found) or origin
        else:
            origin = _step(reading, step, origin, found)
    if origin is not None and steps[-1].name in OPEN:
        _follow(reading, last, origin)
    node = source.node
    known = any(step.name in WITH_LAMBDA | _VERBS.keys() | {"Find", "Join", "GroupJoin"} for step in steps)
    if known or found.reads:
        yield from _drafts(tree, (source.origin, node, last), verb, found)


def _plain(steps: list[Step]) -> bool:
    return all(step.name in SAME for step in steps)


def _drafts(tree: Tree, source: tuple[Origin, Node, Node], verb: Verb, found: Found) -> Iterator[Draft]:
    """One call for each model, the chain's own first."""
    own, node, last = source
    text = tree.text[last.start_byte : min(last.end_byte, last.start_byte + _LONGEST)].decode("utf-8", "replace")
    types = tuple(Text(each, line(node)) for each in dict.fromkeys(_CONSTANT.findall(text)))
    models = dict.fromkeys((own.model, *(origin.model for origin, _ in found.reads)))
    for model in models:
        uses, sets = (
            tuple(FieldUse(model, Named(origin.path, at)) for origin, at in each if origin.model == model)
            for each in (found.reads, found.writes)
        )
        whys = tuple(Unknown(why, at) for origin, why, at in found.problems if origin.model == model)
        steps = (Call("linq", (*whys, *types), line(node)),)
        place = Place(tree.path, line(node) if not uses or model == own.model else uses[0].field.line)
        does = verb if model == own.model else Verb.SELECT
        yield Draft(
            node.start_byte,
            call=ModelCall(Mapper.EF, place, model, steps, does, uses=uses, sets=sets, text=shorten(text)),
        )


def _steps(tree: Tree, node: Node) -> tuple[list[Step], Node]:
    """The calls on a node, and the outermost of them."""
    steps: list[Step] = []
    here = node
    while len(steps) < _MOST_STEPS:
        access = getattr(here, "parent", None)
        if access is not None and access.type == "postfix_unary_expression":
            access = access.parent
        if (
            access is None
            or access.type != "member_access_expression"
            or access.children[0].start_byte != here.start_byte
        ):
            break
        call = getattr(access, "parent", None)
        if call is None or call.type != "invocation_expression" or call.children[0].id != access.id:
            break
        name = tree.read(access.children[-1]).partition("<")[0].strip()
        given = tuple(
            each.children[-1] for each in call.children[-1].children if each.type == "argument" and each.children
        )
        bare = name.removesuffix("Async") if name != "Async" else name
        steps.append(Step(bare, given, line(access.children[-1])))
        here = call
    return steps, here


def _follow(reading: Reading, last: Node, origin: Origin) -> None:
    """Note the uses of a variable that is given a query and holds nothing else in its method."""
    declared = getattr(last, "parent", None)
    if declared is not None and declared.type == "equals_value_clause":
        declared = declared.parent
    if declared is None or declared.type != "variable_declarator":
        return
    path = reading.tree.path_to(declared.start_byte)
    scope = next((node for node in reversed(path) if node.type in SCOPES), None)
    if scope is not None:
        name = reading.tree.read(declared.children[0])
        within = (declared.end_byte, scope.end_byte)
        reading.budget.left -= (within[1] - within[0]) // 20
        try:
            for each in uses_of(reading.tree, name, within, origin):
                reading.known[each.node.id] = each.origin
                reading.starts.append(each)
        except TooManyUsesError:
            reading.whole = False


def _step(reading: Reading, step: Step, origin: Origin, found: Found) -> Origin | None:
    """Note what a call names; give the rows after it, None where they are others."""
    tree, given = reading.tree, step.arguments
    if step.name == "ExecuteUpdate":
        _update(tree, given, origin, found)
        return None
    if step.name in {"Add", "AddRange", "Update", "UpdateRange"}:
        for each in given:
            _made(tree, each, origin, found, inserts=step.name.startswith("Add"))
        return None
    if step.name in {"Join", "GroupJoin"} and len(given) > 1:
        read_lambda(tree, given[1], (origin,), found)
        inner = _beginning(reading, given[0])
        if inner is not None and len(given) > 2:
            read_lambda(tree, given[2], (inner.origin,), found)
        return None
    if step.name not in WITH_LAMBDA:
        return None
    for each in given:
        read_lambda(tree, each, (origin,), found)
    if step.name in {"Select", "SelectMany"} and len(given) == 1:
        return selected(tree, given[0], origin)
    return origin if step.name in SAME else None


def _beginning(reading: Reading, node: Node) -> Source | None:
    """The source with which an expression begins."""
    here: Node | None = node
    for _ in range(_MOST_STEPS):
        if here is None:
            return None
        if here.id in reading.known:
            return Source(here, reading.known[here.id])
        here = here.children[0] if here.children else None
    return None


def _include(tree: Tree, step: Step, origin: Origin, found: Found) -> Origin | None:
    given = step.arguments[0] if step.arguments else None
    if given is None:
        return None
    if given.type in LITERALS:
        path = tree.read(given).strip('@"')
        found.reads.append((origin.to(path), line(given)))
        return None
    read_lambda(tree, given, (origin,), found)
    return selected(tree, given, origin)


def _update(tree: Tree, given: tuple[Node, ...], origin: Origin, found: Found) -> None:
    """`ExecuteUpdate(s => s.SetProperty(u => u.Name, u => u.Other).SetProperty(...))`."""
    for node in given:
        for call in reversed(list(nodes_of(node, "invocation_expression"))):
            if tree.read(call.children[0]).rpartition(".")[2].partition("<")[0].strip() != "SetProperty":
                continue
            arguments = [each.children[-1] for each in call.children[-1].children if each.type == "argument"]
            for at, each in enumerate(arguments[:2]):
                inner = Found(found.budget)
                read_lambda(tree, each, (origin,), inner)
                (found.reads if at else found.writes).extend(inner.reads)


def _made(tree: Tree, node: Node, origin: Origin, found: Found, *, inserts: bool) -> None:
    """The properties that `Add(new User { Email = e })` gives values to."""
    if not inserts or node.type not in {"object_creation_expression", "implicit_object_creation_expression"}:
        return
    for child in node.children:
        for each in child.children if child.type == "initializer_expression" else ():
            if each.type == "assignment_expression" and each.children[0].type == "identifier":
                found.writes.append((origin.to(tree.read(each.children[0])), line(each)))


def _expression(reading: Reading, query: Node) -> Iterator[Draft]:
    """`from u in ctx.Users where u.Email == e select u.Id`."""
    tree = reading.tree
    names: dict[str, Origin] = {}
    nodes: dict[str, Node] = {}
    for clause in query.children:
        if clause.type in {"from_clause", "join_clause"}:
            _bind(reading, clause, names, nodes)
    found = Found(reading.budget)
    walk(tree, query, names, found, 0)
    for name, node in nodes.items():
        origin = names[name]
        mine = Found(
            reading.budget, [each for each in found.reads if each[0].model == origin.model], [], found.problems
        )
        yield from _drafts(tree, (origin, node, query), Verb.SELECT, mine)


def _bind(reading: Reading, clause: Node, names: dict[str, Origin], nodes: dict[str, Node]) -> None:
    """Note the name that a clause gives to rows."""
    at = next((i for i, child in enumerate(clause.children) if child.type == "in"), 0)
    if not 0 < at < len(clause.children) - 1:
        return
    tree = reading.tree
    name, source = tree.read(clause.children[at - 1]), clause.children[at + 1]
    begins = _beginning(reading, source)
    if begins is not None:
        names[name], nodes[name] = begins.origin, begins.node
        return
    rows = element(tree, source, names, 0)
    if rows is not None:
        names[name] = rows
