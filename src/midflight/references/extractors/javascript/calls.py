"""Finds supabase-js and PostgREST call chains in TypeScript and JavaScript."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.chains import read_call, read_chain, read_watch
from midflight.references.drafts import Draft
from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, bare, called, callee, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.model import Guard
from midflight.references.values import (
    FILTERS,
    MODIFIERS,
    VERBS,
    Call,
    Chain,
    Record,
    Text,
    Value,
    fold_name,
    method_pattern,
    verb_of,
)

MOST_CALLS = 5_000

_ROOTS = frozenset({"from", "rpc", "on"})
_METHOD = method_pattern(_ROOTS)
_STEPS = frozenset(VERBS) | FILTERS | MODIFIERS
_OTHER_OWNER = re.compile(
    r"(?:^|\.)(?:\w*storage|\w*array|buffer|object|\w*knex\w*|observable|readable|stream|iterator|moment|dayjs|set|map"
    r"|qb|\w*querybuilder|bucket\w*|instant|plaindate\w*|duration)(?:\(\))?!?$",
    re.IGNORECASE,
)
_CLIENT = re.compile(r"supabase|supa|postgrest|\bsb\b", re.IGNORECASE)
_LIKELY_CLIENT = re.compile(r"supabase|supa|postgrest|client|admin|\bsb\b|\bdb\b", re.IGNORECASE)
_QUERY_MAKERS = frozenset(
    "select selectdistinct distinct column columns with delete insert update query createquerybuilder subquery".split()
)
_FUNCTIONS = frozenset(
    {"function_declaration", "function_expression", "arrow_function", "method_definition", "program"}
)


@dataclass(frozen=True, slots=True)
class _Held:
    """A chain that a variable holds, to be continued by later statements of the same function."""

    chain: Chain
    scope: tuple[int, int]


@dataclass(slots=True)
class _Finder:
    names: Names
    flags: Flags
    supabase: bool
    chains: dict[int, Chain] = field(default_factory=dict)
    sure: set[int] = field(default_factory=set)
    held: dict[str, list[_Held]] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)


def find_calls(names: Names, flags: Flags) -> list[Draft]:
    """Give a draft for each chain, routine call and subscription of a file."""
    text = names.source.text.lower()
    finder = _Finder(names, flags, supabase=b"supabase" in text or b"postgrest" in text)
    calls = list(islice(_calls(names), MOST_CALLS + 1))
    if len(calls) > MOST_CALLS:
        problem = NotAnalysed(
            names.source.path, 0, f"the file holds more than {MOST_CALLS} calls; the rest is not read"
        )
        finder.drafts.append(Draft(len(names.source.text), unresolved=(problem,)))
    for method, call in calls:
        match method:
            case "from":
                _find_table(finder, call)
            case "rpc":
                _find_routine(finder, call)
            case "on":
                _find_watch(finder, call)
    _continue_all(finder, calls)
    for start, chain in finder.chains.items():
        if start in finder.sure or verb_of(chain.calls):
            finder.drafts.append(read_chain(chain))
    return finder.drafts


def _continue_all(finder: _Finder, calls: list[tuple[str, Node]]) -> None:
    for method, call in calls if finder.held else ():
        if fold_name(method) in _STEPS:
            _continue(finder, call)


def _calls(names: Names) -> Iterator[tuple[str, Node]]:
    """Calls of methods that matter, in source order."""
    source = names.source
    for found in _METHOD.finditer(source.text):
        node = source.root.descendant_for_byte_range(found.start(1), found.end(1))
        path = source.path_to(node) if node is not None else []
        call = called(path)
        if call is not None:
            yield found[1].decode("ascii"), call


def _owner(call: Node) -> Node | None:
    function = callee(call)
    return function.child_by_field_name("object") if function is not None else None


def _method(names: Names, call: Node) -> str:
    function = callee(call)
    name = function.child_by_field_name("property") if function is not None else None
    return names.source.read(name) if name is not None else ""


def _schema(names: Names, owner: Node) -> Value | None:
    owner = bare(owner)
    if owner.type == "call_expression" and _method(names, owner) == "schema":
        given = arguments(owner)
        return value_of(given[0], names) if given else None
    return None


def _later_calls(names: Names, call: Node) -> tuple[list[Node], Node]:
    """The calls chained on `call`, and the outermost expression they end in."""
    path = names.source.path_to(call)
    top, calls = call, []
    for parent, node in zip(reversed([path[0], *path[:-2]]), reversed(path[:-1]), strict=True):
        if node.type == "member_expression" and node.child_by_field_name("object") == top:
            top = node
        elif node.type == "await_expression" and parent.child_by_field_name("function") == node:
            continue
        elif node.type == "call_expression" and callee(node) == top:
            calls.append(node)
            top = node
        elif node.type in {"non_null_expression", "as_expression", "parenthesized_expression", "satisfies_expression"}:
            top = node
        else:
            break
    return calls, top


def _read(names: Names, call: Node) -> Call:
    function = callee(call)
    name = function.child_by_field_name("property") if function is not None else None
    at = line(name) if name is not None else line(call)
    given = tuple(value_of(argument, names) for argument in arguments(call))
    return Call(fold_name(_method(names, call)), given, at)


def _chain(finder: _Finder, call: Node, table: Value, later: list[Node], top: Node) -> Chain:
    names = finder.names
    owner = _owner(call)
    return Chain(
        names.source.path,
        call.start_byte,
        line(arguments(call)[0]),
        table,
        tuple(_read(names, step) for step in later),
        schema=_schema(names, owner) if owner is not None else None,
        guard=finder.flags.guard_of(call),
        text=names.source.read(top),
    )


def _is_other(names: Names, owner: Node) -> bool:
    """Whether the receiver is certainly no PostgREST client: a bucket, an array, another query builder."""
    owner = bare(owner)
    if owner.type == "call_expression" and fold_name(_method(names, owner)) in _QUERY_MAKERS:
        return True
    return bool(_OTHER_OWNER.search(names.source.read(owner)[-200:]))


def _find_table(finder: _Finder, call: Node) -> None:
    names = finder.names
    owner, given = _owner(call), arguments(call)
    if owner is None or len(given) != 1 or _is_other(names, owner):
        return
    later, top = _later_calls(names, call)
    schema = _schema(names, owner)
    client = bool(schema) or bool(_CLIENT.search(names.source.read(owner)[-200:]))
    table = value_of(given[0], names)
    chain = _chain(finder, call, table, later, top)
    key = given[0].start_byte
    named = isinstance(table, Text)
    if not named and not (verb_of(chain.calls) and (client or finder.supabase)):
        return
    finder.chains[key] = replace(chain, start=key)
    if client and named:
        finder.sure.add(key)
    _hold(finder, finder.chains[key], top)


def _hold(finder: _Finder, chain: Chain, top: Node) -> None:
    path = finder.names.source.path_to(top)
    holder = path[-2] if len(path) > 1 else top
    name = holder.child_by_field_name("name" if holder.type == "variable_declarator" else "left")
    value = holder.child_by_field_name("value" if holder.type == "variable_declarator" else "right")
    if name is None or value != top or name.type != "identifier":
        return
    function = next(node for node in reversed(path) if node.type in _FUNCTIONS or node == path[0])
    held = _Held(chain, (function.start_byte, function.end_byte))
    finder.held.setdefault(finder.names.source.read(name), []).append(held)


def _continue(finder: _Finder, call: Node) -> None:
    """`query = query.eq('a', b)` adds to the chain that `query` holds."""
    names = finder.names
    owner = _owner(call)
    if owner is None or owner.type != "identifier":
        return
    at = call.start_byte
    known = [
        held
        for held in finder.held.get(names.source.read(owner), [])
        if held.scope[0] <= at < held.scope[1] and held.chain.start < at
    ]
    if not known:
        return
    base = known[-1].chain
    later, top = _later_calls(names, call)
    steps = tuple(_read(names, step) for step in [call, *later])
    guard = finder.flags.guard_of(call)
    if guard == base.guard and verb_of(steps) is None:
        chain = finder.chains[base.start]
        finder.chains[base.start] = replace(chain, calls=chain.calls + steps)
        return
    chain = replace(
        base, start=at, line=line(call), calls=steps, guard=guard or base.guard, text=names.source.read(top)
    )
    finder.drafts.append(read_chain(chain, verb_of(steps) or verb_of(base.calls)))


def _find_routine(finder: _Finder, call: Node) -> None:
    names = finder.names
    owner, given = _owner(call), arguments(call)
    if owner is None or not given:
        return
    if not finder.supabase and not _LIKELY_CLIENT.search(names.source.read(owner)[-200:]):
        return
    name = value_of(given[0], names)
    steps = (Call("rpc", tuple(value_of(argument, names) for argument in given[1:2]), line(call)),)
    chain = Chain(
        names.source.path,
        given[0].start_byte,
        line(given[0]),
        name,
        steps,
        schema=_schema(names, owner),
        guard=finder.flags.guard_of(call),
        text=names.source.read(call),
    )
    finder.drafts.append(read_call(chain))


def _find_watch(finder: _Finder, call: Node) -> None:
    names = finder.names
    given = arguments(call)
    kind = value_of(given[0], names) if len(given) > 1 else None
    if not isinstance(kind, Text) or kind.text != "postgres_changes":
        return
    options = value_of(given[1], names)
    if isinstance(options, Record):
        guard: Guard | None = finder.flags.guard_of(call)
        text = names.source.text[given[0].start_byte : call.end_byte].decode("utf-8", "replace")
        chain = Chain(names.source.path, given[0].start_byte, line(given[0]), kind, (), guard=guard, text=text)
        finder.drafts.append(read_watch(chain, options))
