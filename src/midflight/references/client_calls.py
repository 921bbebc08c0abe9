"""Turns the calls of a Supabase client in a mobile language into references: tables, routines, functions, buckets.

Sources: the references of supabase-dart, -kt and -swift, "Database", "Functions: invoke" and "Storage: from".
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from midflight.changes.model import NotAnalysed
from midflight.references.chains import read_call, read_chain
from midflight.references.drafts import Draft, assemble
from midflight.references.grammar import DEEPEST, Node, TooDeepError, Tree
from midflight.references.model import Extracted, Place, ServiceUse
from midflight.references.services import kind_of, name_in, variable
from midflight.references.values import Call, Chain, Value, shorten, verb_of

MOST_CALLS = 5_000
MOST_WORK = 100_000  # nodes that are looked at to find the chains of one file
_CLIENT = re.compile(r"supabase|supa\b|postgrest|client", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Use:
    """A call of `from`, `rpc` or `invoke` on `owner`, from byte `start`; `calls` begins with it and goes on after it.

    What `rpc` gives to the routine is its only other argument or its option `params`.
    """

    start: int
    owner: str
    calls: tuple[Call, ...]
    schema: Value | None = None


Read = Callable[[Tree, list[Node], re.Match[bytes]], Use | None]


def read_uses(
    tree: Tree, pattern: re.Pattern[bytes], read: Read, weigh: Callable[[list[Node]], int] = len
) -> Extracted:
    """Give the references of the calls that a pattern finds by the method's name, its first group.

    `read` gets the nodes from the root down to that name; `weigh` says how many nodes it looks at.
    """
    try:
        drafts = list(_drafts(tree, pattern, read, weigh))
    except TooDeepError:
        return Extracted(unresolved=(NotAnalysed(tree.path, 0, f"the code is nested more than {DEEPEST} deep"),))
    return assemble(drafts, [], tree.path)


def _drafts(tree: Tree, pattern: re.Pattern[bytes], read: Read, weigh: Callable[[list[Node]], int]) -> Iterator[Draft]:
    work = 0
    for found in islice(pattern.finditer(tree.text), MOST_CALLS):
        path = tree.path_to(found.start(1))
        work += weigh(path)
        if work > MOST_WORK:
            reason = "the file holds more calls in a chain, or inside each other, than we follow; the rest is not read"
            yield Draft(len(tree.text), unresolved=(NotAnalysed(tree.path, 0, reason),))
            return
        use = read(tree, path, found) if path and tree.read(path[-1]) == found[1].decode() else None
        if use is not None and use.calls and use.calls[0].arguments:
            yield from _draft(tree, use)


def _draft(tree: Tree, use: Use) -> Iterator[Draft]:
    first, *later = use.calls
    value, start = first.arguments[0], use.start
    kind = kind_of(first.name, use.owner) if first.name in {"from", "invoke"} else None
    text = shorten(tree.text[start : start + 400].decode("utf-8", "replace"))
    if kind is not None:
        name = name_in(kind, value)
        service = ServiceUse(Place(tree.path, value.line), kind, name, text=text)
        yield Draft(start, service=service) if name else Draft(start, unresolved=(variable(tree.path, kind, value),))
    elif not _CLIENT.search(use.owner):
        return
    elif first.name == "rpc":
        given = (*first.arguments[1:], *(first.options[name] for name in ("params",) if name in first.options))[:1]
        call = Call("rpc", given, first.line)
        yield read_call(Chain(tree.path, start, value.line, value, (call,), schema=use.schema, text=text))
    elif first.name == "from" and verb_of(tuple(later)):
        yield read_chain(Chain(tree.path, start, value.line, value, tuple(later), schema=use.schema, text=text))
