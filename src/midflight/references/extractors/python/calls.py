"""Finds supabase-py and postgrest-py call chains in Python."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.chains import read_call, read_chain
from midflight.references.drafts import Draft
from midflight.references.extractors.python.flags import Flags
from midflight.references.extractors.python.syntax import Source, arguments, bare, keywords, line
from midflight.references.extractors.python.values import value_of
from midflight.references.values import (
    FILTERS,
    MODIFIERS,
    VERBS,
    Call,
    Chain,
    Text,
    Value,
    fold_name,
    method_pattern,
    verb_of,
)

MOST_CALLS = 5_000

_ROOTS = frozenset({"table", "from_", "rpc"})
_METHOD = method_pattern(_ROOTS)
_STEPS = frozenset(VERBS) | FILTERS | MODIFIERS
_CLIENT = re.compile(r"supabase|supa|postgrest|\bsb\b", re.IGNORECASE)
_LIKELY_CLIENT = re.compile(r"supabase|supa|postgrest|client|admin|\bsb\b|\bdb\b", re.IGNORECASE)
_OTHER_OWNER = re.compile(
    r"(?:^|\.)(?:\w*storage|\w*bucket\w*|dynamodb|bigquery|spark|metadata|qb)(?:\(\))?$", re.IGNORECASE
)
_FUNCTIONS = frozenset({"function_definition", "lambda", "module"})


@dataclass(frozen=True, slots=True)
class _Held:
    """A chain that a variable holds, to be continued by later statements of the same function."""

    chain: Chain
    scope: tuple[int, int]


@dataclass(slots=True)
class _Finder:
    source: Source
    flags: Flags
    supabase: bool
    chains: dict[int, Chain] = field(default_factory=dict)
    sure: set[int] = field(default_factory=set)
    held: dict[str, list[_Held]] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)


def find_calls(source: Source, flags: Flags) -> list[Draft]:
    """Give a draft for each chain and routine call of a file."""
    text = source.text.lower()
    finder = _Finder(source, flags, supabase=b"supabase" in text or b"postgrest" in text)
    calls = list(islice(_calls(source), MOST_CALLS + 1))
    if len(calls) > MOST_CALLS:
        problem = NotAnalysed(source.path, 0, f"the file holds more than {MOST_CALLS} calls; the rest is not read")
        finder.drafts.append(Draft(len(source.text), unresolved=(problem,)))
    for method, call in calls:
        if method == "rpc":
            _find_routine(finder, call)
        elif method in _ROOTS:
            _find_table(finder, call)
    _continue_all(finder, calls)
    for start, chain in finder.chains.items():
        if start in finder.sure or verb_of(chain.calls):
            finder.drafts.append(read_chain(chain))
    return finder.drafts


def _continue_all(finder: _Finder, calls: list[tuple[str, Node]]) -> None:
    for method, call in calls if finder.held else ():
        if fold_name(method) in _STEPS:
            _continue(finder, call)


def _calls(source: Source) -> Iterator[tuple[str, Node]]:
    """Calls of methods that matter, in source order."""
    for found in _METHOD.finditer(source.text):
        node = source.root.descendant_for_byte_range(found.start(1), found.end(1))
        path = source.path_to(node) if node is not None else []
        if len(path) > 2 and path[-3].type == "call" and path[-3].child_by_field_name("function") == path[-2]:
            yield found[1].decode("ascii"), path[-3]


def _owner(call: Node) -> Node | None:
    function = call.child_by_field_name("function")
    return function.child_by_field_name("object") if function is not None else None


def _method(source: Source, call: Node) -> str:
    function = call.child_by_field_name("function")
    name = function.child_by_field_name("attribute") if function is not None else None
    return source.read(name) if name is not None else ""


def _schema(source: Source, owner: Node) -> Value | None:
    owner = bare(owner)
    if owner.type == "call" and _method(source, owner) == "schema":
        given = arguments(owner)
        return value_of(given[0], source) if given else None
    return None


def _later_calls(source: Source, call: Node) -> tuple[list[Node], Node]:
    """The calls chained on `call`, and the outermost expression they end in."""
    top, calls = call, []
    for node in reversed(source.path_to(call)[:-1]):
        if node.type == "attribute" and node.child_by_field_name("object") == top:
            top = node
        elif node.type == "call" and node.child_by_field_name("function") == top:
            calls.append(node)
            top = node
        elif node.type == "parenthesized_expression":
            top = node
        else:
            break
    return calls, top


def _read(source: Source, call: Node) -> Call:
    function = call.child_by_field_name("function")
    name = function.child_by_field_name("attribute") if function is not None else None
    given = tuple(value_of(argument, source) for argument in arguments(call))
    options = {fold_name(source.read(key)): value_of(value, source) for key, value in keywords(call)}
    return Call(fold_name(_method(source, call)), given, line(name) if name is not None else line(call), options)


def _find_table(finder: _Finder, call: Node) -> None:
    source = finder.source
    owner, given = _owner(call), arguments(call) or [value for _, value in keywords(call)]
    if owner is None or len(given) != 1 or _OTHER_OWNER.search(source.read(owner)[-200:]):
        return
    later, top = _later_calls(source, call)
    schema = _schema(source, owner)
    client = bool(schema) or bool(_CLIENT.search(source.read(owner)[-200:]))
    start = given[0].start_byte
    chain = Chain(
        source.path,
        start,
        line(given[0]),
        value_of(given[0], source),
        tuple(_read(source, step) for step in later),
        schema=schema,
        guard=finder.flags.guard_of(call),
        text=source.read(top),
    )
    named = isinstance(chain.table, Text)
    if not named and not (verb_of(chain.calls) and (client or finder.supabase)):
        return
    finder.chains[start] = chain
    if client and named:
        finder.sure.add(start)
    _hold(finder, chain, top)


def _hold(finder: _Finder, chain: Chain, top: Node) -> None:
    path = finder.source.path_to(top)
    holder = path[-2] if len(path) > 1 else top
    if holder.type == "await" and len(path) > 2:
        holder = path[-3]
    name = holder.child_by_field_name("left")
    if holder.type != "assignment" or name is None or name.type != "identifier":
        return
    function = next(node for node in reversed(path) if node.type in _FUNCTIONS or node == path[0])
    held = _Held(chain, (function.start_byte, function.end_byte))
    finder.held.setdefault(finder.source.read(name), []).append(held)


def _held_by(finder: _Finder, owner: Node, at: int) -> Chain | None:
    """The chain that the variable `owner` holds where `at` uses it; `query.not_` is still `query`."""
    while owner.type == "attribute":
        inner = owner.child_by_field_name("object")
        if inner is None:
            return None
        owner = inner
    if owner.type != "identifier":
        return None
    held = finder.held.get(finder.source.read(owner), [])
    known = [one.chain for one in held if one.scope[0] <= at < one.scope[1] and one.chain.start < at]
    return known[-1] if known else None


def _continue(finder: _Finder, call: Node) -> None:
    """`query = query.eq("a", b)` adds to the chain that `query` holds."""
    owner = _owner(call)
    base = _held_by(finder, owner, call.start_byte) if owner is not None else None
    if base is None:
        return
    later, top = _later_calls(finder.source, call)
    steps = tuple(_read(finder.source, step) for step in [call, *later])
    guard = finder.flags.guard_of(call)
    if guard == base.guard and verb_of(steps) is None:
        chain = finder.chains[base.start]
        finder.chains[base.start] = replace(chain, calls=chain.calls + steps)
        return
    text = finder.source.read(top)
    chain = replace(base, start=call.start_byte, line=line(call), calls=steps, guard=guard or base.guard, text=text)
    finder.drafts.append(read_chain(chain, verb_of(steps) or verb_of(base.calls)))


def _find_routine(finder: _Finder, call: Node) -> None:
    source = finder.source
    owner, given = _owner(call), arguments(call)
    if owner is None or not given:
        return
    if not finder.supabase and not _LIKELY_CLIENT.search(source.read(owner)[-200:]):
        return
    named = [value for key, value in keywords(call) if source.read(key) == "params"]
    rest = tuple(value_of(argument, source) for argument in (given[1:2] or named))
    chain = Chain(
        source.path,
        given[0].start_byte,
        line(given[0]),
        value_of(given[0], source),
        (Call("rpc", rest, line(call)),),
        schema=_schema(source, owner),
        guard=finder.flags.guard_of(call),
        text=source.read(call),
    )
    finder.drafts.append(read_call(chain))
