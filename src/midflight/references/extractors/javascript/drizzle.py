"""Finds Drizzle queries in TypeScript and JavaScript."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft
from midflight.references.extractors.javascript.drizzle_names import Finder, exported, imports_of, table_of, use_of
from midflight.references.extractors.javascript.drizzle_text import find_strays, find_templates
from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import DEEPEST, TooDeepError, arguments, bare, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.mapping import FieldUse, Mapper, ModelCall
from midflight.references.model import Place, Verb
from midflight.references.values import Call, shorten

MOST_CALLS = 5_000

MARK = re.compile(rb"drizzle|\.\s*(?:values|set|from)\s*\(|\.\s*query\s*\.")
_ROOT = re.compile(rb"\.\s*(from|insert|update|delete|findMany|findFirst|\$count)\s*[(<]")
_SELECTS = frozenset({"select", "selectDistinct", "selectDistinctOn"})
_JOINS = frozenset({"leftJoin", "innerJoin", "rightJoin", "fullJoin", "crossJoin"})
_VERBS = {"insert": Verb.INSERT, "update": Verb.UPDATE, "delete": Verb.DELETE}
_NEEDED = {"insert": {"values", "select"}, "update": {"set"}, "delete": {"where", "returning"}}
_WRAPPERS = frozenset({"non_null_expression", "as_expression", "parenthesized_expression", "satisfies_expression"})
_SUBQUERY = re.compile(r"\.as\(|\$with\b|\.with\(|unionAll|union\(|select")


@dataclass(slots=True)
class _Seen:
    """What the text of a query names."""

    uses: list[FieldUse] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)


def find_drizzle(names: Names, flags: Flags) -> tuple[list[Draft], frozenset[int]]:
    """Give a draft for each query, and the first bytes of the nodes that are read with it."""
    source = names.source
    if not MARK.search(source.text):
        return [], frozenset()
    imported, drizzle = imports_of(source.text.decode("utf-8", "replace"))
    finder = Finder(names, flags, drizzle or b"drizzle" in source.text, imported)
    calls = list(islice(_calls(finder), MOST_CALLS + 1))
    drafts = []
    if len(calls) > MOST_CALLS:
        problem = NotAnalysed(source.path, 0, f"the file holds more than {MOST_CALLS} calls; the rest is not read")
        drafts = [Draft(len(source.text), unresolved=(problem,))]
    tops: dict[int, tuple[str, Node, list[Node], Node]] = {}
    for method, call in calls[:MOST_CALLS]:
        later, top = _later(names, call)
        tops.setdefault(top.id, (method, call, later, top))
    every = frozenset(tops)
    for method, call, later, top in tops.values():
        found = _draft(finder, method, call, later, top, every)
        if found is not None:
            drafts.append(found)
    drafts += find_templates(finder)
    drafts += find_strays(finder)
    return drafts, frozenset(finder.claimed)


def _calls(finder: Finder) -> Iterator[tuple[str, Node]]:
    source = finder.names.source
    for found in _ROOT.finditer(source.text):
        node = source.root.descendant_for_byte_range(found.start(1), found.end(1))
        path = source.path_to(node) if node is not None else []
        is_call = len(path) > 2 and path[-3].type == "call_expression"
        if is_call and path[-3].child_by_field_name("function") == path[-2]:
            yield found[1].decode(), path[-3]


def _owner(call: Node) -> Node | None:
    function = call.child_by_field_name("function")
    owner = function.child_by_field_name("object") if function is not None else None
    return bare(owner) if owner is not None else None


def _method(names: Names, call: Node) -> str:
    function = call.child_by_field_name("function")
    name = function.child_by_field_name("property") if function is not None else None
    return names.source.read(name) if name is not None else ""


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
    return calls, top


def _draft(
    finder: Finder, method: str, call: Node, later: list[Node], top: Node, others: frozenset[int]
) -> Draft | None:
    if method in {"findMany", "findFirst"}:
        return _relational(finder, call, top, method)
    given = arguments(call)
    if not given or (method != "$count" and len(given) != 1):
        return None
    table = table_of(finder, given[0])
    owner = _owner(call)
    steps = [_method(finder.names, step) for step in later]
    selects = _select(finder.names, owner) if method == "from" else None
    if table is None or owner is None or not _is_query(finder, method, selects, steps):
        return None
    finder.claimed.add(given[0].start_byte)
    finder.spans.append((top.start_byte, top.end_byte))
    seen = _Seen()
    _walk(finder, top, seen, others)
    return Draft(
        top.start_byte,
        call=ModelCall(
            Mapper.DRIZZLE,
            Place(finder.names.source.path, line(given[0])),
            table,
            _steps(finder, method, call, later),
            _VERBS.get(method, Verb.SELECT),
            uses=tuple(seen.uses),
            whole=(*_whole(finder, method, selects, [call, *later], table), *seen.whole),
            certain=finder.drizzle and not (method == "delete" and not _NEEDED["delete"] & set(steps)),
            guard=finder.flags.guard_of(call),
            text=shorten(finder.names.source.read(top)),
            subquery=_is_subquery(finder, given[0]),
        ),
    )


def _is_query(finder: Finder, method: str, selects: Node | None, steps: list[str]) -> bool:
    if method == "from":
        return selects is not None
    if method == "$count":
        return True
    return bool(_NEEDED[method] & set(steps)) or (finder.drizzle and method == "delete")


def _select(names: Names, owner: Node | None) -> Node | None:
    """The `select(...)` that a `from` continues."""
    for _ in range(DEEPEST):
        if owner is None or owner.type != "call_expression":
            return None
        if _method(names, owner) in _SELECTS:
            return owner
        owner = _owner(owner)
    return None


def _is_subquery(finder: Finder, node: Node) -> bool:
    """Whether the table of a query is another query, which is read by itself."""
    node = bare(node)
    declared = finder.names.value(finder.names.source.read(node), node) if node.type == "identifier" else None
    return declared is not None and bool(_SUBQUERY.search(finder.names.source.read(declared)))


def _steps(finder: Finder, method: str, call: Node, later: list[Node]) -> tuple[Call, ...]:
    wanted = {"values", "set", "onConflictDoUpdate", "onConflictDoNothing"}
    first = Call(method, (), line(call))
    read = (
        Call(name, tuple(value_of(argument, finder.names) for argument in arguments(step)[:1]), line(step))
        for step in later
        if (name := _method(finder.names, step)) in wanted
    )
    return (first, *read)


def _whole(finder: Finder, method: str, selects: Node | None, calls: list[Node], table: str) -> tuple[str, ...]:
    """The tables of which every column comes back: `select()` with its joins, `returning()`."""
    names = finder.names
    if method == "from" and selects is not None:
        given = arguments(selects)
        name = _method(names, selects)
        if len(given) > (name == "selectDistinctOn"):
            return ()
        joined = [arguments(step)[0] for step in calls[1:] if _method(names, step) in _JOINS and arguments(step)]
        return (table, *(other for node in joined if (other := table_of(finder, node))))
    returns = any(_method(names, step) == "returning" and not arguments(step) for step in calls)
    return (table,) if returns else ()


def _walk(finder: Finder, top: Node, seen: _Seen, others: frozenset[int], own: dict[str, str] | None = None) -> None:
    """Collect `table.column` in a query, but for the queries inside it, which are read by themselves."""
    own = own or {}
    stack = [(child, 0) for child in reversed(top.named_children)]
    while stack:
        node, depth = stack.pop()
        if depth > DEEPEST:
            raise TooDeepError
        if node.id in others:
            continue
        if node.type == "member_expression":
            use = use_of(finder, node, own)
            if use is not None:
                seen.uses.append(use)
                continue
        elif node.type in {"pair", "spread_element"}:
            _take_whole(finder, node, seen)
        stack += [(child, depth + 1) for child in reversed(node.named_children)]


def _take_whole(finder: Finder, node: Node, seen: _Seen) -> None:
    """`{ user: users }` and `...getTableColumns(users)` in a selection."""
    value = node.child_by_field_name("value") if node.type == "pair" else node.named_children[0]
    if value is None:
        return
    if node.type == "pair" and value.type == "identifier" and finder.names.source.read(value) in finder.imported:
        seen.whole.append(exported(finder, finder.names.source.read(value), value))
    if value.type == "call_expression" and arguments(value):
        function = value.child_by_field_name("function")
        if function is not None and finder.names.source.read(function) in {"getTableColumns", "getColumns"}:
            table = table_of(finder, arguments(value)[0])
            seen.whole += [table] if table else []


def _relational(finder: Finder, call: Node, top: Node, method: str) -> Draft | None:
    """`db.query.users.findMany(...)`."""
    names = finder.names
    holder = _owner(call)
    owner = holder.child_by_field_name("object") if holder is not None and holder.type == "member_expression" else None
    name = holder.child_by_field_name("property") if holder is not None else None
    if owner is None or name is None or not names.source.read(owner).endswith(".query"):
        return None
    seen = _Seen()
    given = arguments(call)
    if given:
        _walk(finder, given[0], seen, frozenset(), _own(names, given[0], names.source.read(name)))
    finder.spans.append((top.start_byte, top.end_byte))
    return Draft(
        call.start_byte,
        call=ModelCall(
            Mapper.DRIZZLE,
            Place(names.source.path, line(name)),
            names.source.read(name),
            (Call(method, tuple(value_of(argument, names) for argument in given[:1]), line(call)),),
            uses=tuple(seen.uses),
            certain=True,
            guard=finder.flags.guard_of(call),
            text=shorten(names.source.read(top)),
        ),
    )


def _own(names: Names, options: Node, table: str) -> dict[str, str]:
    """The names that the callbacks `where: (users, { eq }) => ...` give to the table."""
    found: dict[str, str] = {}
    for child in options.named_children:
        value = child.child_by_field_name("value")
        if value is None or value.type != "arrow_function":
            continue
        given = value.child_by_field_name("parameters") or value.child_by_field_name("parameter")
        first = re.match(r"\(?\s*([\w$]+)", names.source.read(given)) if given is not None else None
        if first:
            found[first[1]] = table
    return found
