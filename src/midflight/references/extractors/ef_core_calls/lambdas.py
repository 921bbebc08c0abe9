"""Reads the lambdas of LINQ: the paths of properties in them that begin at the rows of a query."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from midflight.references.extractors.ef_core_calls.roots import Origin
from midflight.references.grammar import Node, Tree, line

SAME = frozenset(
    "AsNoTracking AsNoTrackingWithIdentityResolution AsTracking AsSplitQuery AsSingleQuery AsQueryable AsExpandable"
    " IgnoreQueryFilters IgnoreAutoIncludes TagWith TagWithCallSite Skip Take Distinct Reverse DefaultIfEmpty FromSql"
    " FromSqlRaw FromSqlInterpolated Union Concat Except Intersect Where OrderBy OrderByDescending ThenBy"
    " ThenByDescending Include ThenInclude SkipWhile TakeWhile DistinctBy AsAsyncEnumerable ToList ToArray ToListAsync"
    " ToArrayAsync".split()
)
OPEN = SAME - frozenset("AsAsyncEnumerable ToList ToArray ToListAsync ToArrayAsync".split())
ENDS = frozenset(
    "Any All Count LongCount First FirstOrDefault Single SingleOrDefault Last LastOrDefault Sum Average Min Max MinBy"
    " MaxBy ToDictionary ToLookup ToHashSet ForEach".split()
)
WITH_LAMBDA = SAME | ENDS | {"Select", "SelectMany", "GroupBy"}
LITERALS = frozenset({"string_literal", "verbatim_string_literal"})
_DEEPEST = 60

Names = Mapping[str, Origin]


@dataclass(slots=True)
class Budget:
    """How many more nodes of a file are looked at: calls inside each other are looked at again and again."""

    left: int = 500_000


@dataclass(slots=True)
class Found:
    """What one chain uses, by the model of its rows."""

    budget: Budget
    reads: list[tuple[Origin, int]] = field(default_factory=list)
    writes: list[tuple[Origin, int]] = field(default_factory=list)
    problems: list[tuple[Origin, str, int]] = field(default_factory=list)


def read_lambda(tree: Tree, node: Node, origins: tuple[Origin, ...], found: Found) -> None:
    """Note what a lambda names of the rows that its parameters stand for."""
    parameters, body = parts_of(tree, node)
    if body is not None and parameters:
        names = dict(zip(parameters, origins, strict=False))
        walk(tree, body, names, found, 0)


def parts_of(tree: Tree, node: Node) -> tuple[list[str], Node | None]:
    """The names of a lambda's parameters and its body."""
    if node.type != "lambda_expression":
        return [], None
    names: list[str] = []
    for child in node.children:
        if child.type in {"implicit_parameter", "identifier"} and not names:
            names.append(tree.read(child))
        elif child.type == "parameter_list":
            names += [tree.read(each.children[-1]) for each in child.children if each.type == "parameter"]
        elif child.type == "=>":
            break
    return names, node.children[-1]


def selected(tree: Tree, node: Node, origin: Origin) -> Origin | None:
    """The rows that `Select(u => u.Team)` gives."""
    names, body = parts_of(tree, node)
    return element(tree, body, {names[0]: origin}, 0) if names and body is not None else None


def walk(tree: Tree, node: Node, names: Names, found: Found, depth: int) -> None:
    """Note the paths in an expression that begin at known names; lambdas inside may name more rows."""
    waiting: list[tuple[Node, Names]] = [(node, names)]
    while waiting and found.budget.left > 0:
        found.budget.left -= 1
        here, known = waiting.pop()
        if here.type == "lambda_expression":
            parameters, body = parts_of(tree, here)
            hidden = {name: origin for name, origin in known.items() if name not in parameters}
            waiting += [(body, hidden)] if body is not None else []
        elif here.type == "member_access_expression":
            origin = element(tree, here, known, 0)
            if origin is not None:
                found.reads.append((origin, line(here.children[-1])))
            else:
                waiting += [(child, known) for child in here.children[:1]]
        elif here.type == "invocation_expression":
            waiting += _invoked(tree, here, known, found)
        else:
            waiting += [(child, known) for child in reversed(here.children) if child.is_named]


def _invoked(tree: Tree, node: Node, names: Names, found: Found) -> Iterator[tuple[Node, Names]]:
    """What a call inside an expression names; what is left of it to look at."""
    callee, given = node.children[0], node.children[-1]
    arguments = [each.children[-1] for each in given.children if each.type == "argument" and each.children]
    if tree.read(callee)[:100].startswith("EF.Property") and len(arguments) == 2:
        _property(tree, arguments, names, found)
        return
    if callee.type != "member_access_expression":
        yield from ((each, names) for each in arguments)
        return
    owner = callee.children[0]
    rows = element(tree, owner, names, 0)
    method = tree.read(callee.children[-1]).partition("<")[0]
    if rows is not None and owner.type != "identifier":
        found.reads.append((rows, line(owner.children[-1]) if owner.children else line(owner)))
    if rows is None or owner.type == "invocation_expression":
        yield owner, names
    for each in arguments:
        parameters, body = parts_of(tree, each)
        if rows is not None and body is not None and parameters and method in WITH_LAMBDA:
            yield body, {**names, parameters[0]: rows}
        else:
            yield each, names


def _property(tree: Tree, arguments: list[Node], names: Names, found: Found) -> None:
    rows = element(tree, arguments[0], names, 0)
    if rows is None:
        return
    if arguments[1].type in LITERALS:
        found.reads.append((rows.to(tree.read(arguments[1]).strip('@"')), line(arguments[1])))
    else:
        found.problems.append((rows, "a property is chosen while the program runs", line(arguments[1])))


def element(tree: Tree, node: Node | None, names: Names, depth: int) -> Origin | None:
    """The rows, or the column, to which a path from a known name leads; `u.Posts.Where(...)` leads to posts."""
    if node is None or depth > _DEEPEST:
        return None
    match node.type:
        case "identifier":
            return names.get(tree.read(node))
        case "member_access_expression":
            inner = element(tree, node.children[0], names, depth + 1)
            name = tree.read(node.children[-1])
            return inner.to(name) if inner is not None and re.fullmatch(r"\w+", name) else None
        case "postfix_unary_expression":
            return element(tree, node.children[0], names, depth + 1)
        case "parenthesized_expression":
            return element(tree, node.children[1], names, depth + 1)
        case "invocation_expression" if node.children[0].type == "member_access_expression":
            return _after(tree, node, names, depth)
        case _:
            return None


def _after(tree: Tree, node: Node, names: Names, depth: int) -> Origin | None:
    callee, given = node.children[0], node.children[-1]
    rows = element(tree, callee.children[0], names, depth + 1)
    method = tree.read(callee.children[-1]).partition("<")[0]
    arguments = [each.children[-1] for each in given.children if each.type == "argument" and each.children]
    if rows is None or not rows.path:
        return None
    if method in {"Select", "SelectMany"} and len(arguments) == 1:
        return selected(tree, arguments[0], rows)
    ends = {"First", "FirstOrDefault", "Single", "SingleOrDefault", "Last", "LastOrDefault"}
    return rows if method in SAME | ends else None


def nodes_of(node: Node, kind: str) -> Iterator[Node]:
    """Give the nodes of a kind in another one."""
    waiting = [node]
    for _ in range(20_000):
        if not waiting:
            return
        here = waiting.pop()
        if here.type == kind:
            yield here
        waiting += reversed(here.children)
