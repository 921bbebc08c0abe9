"""Reads the blocks that supabase-kt's verbs take: filters, orders, and the columns that come back."""

from collections.abc import Iterator

from midflight.references.declared_values import Source, plain
from midflight.references.extractors.supabase_kt.literals import given_to, name_of, property_of, texts_in, value_of
from midflight.references.grammar import Node, line
from midflight.references.values import VERBS, Call, Text, Unknown, Value, fold_name, shorten

_MOST_STATEMENTS = 20_000
# supabase-kt's names of filters that other clients call otherwise
_OTHERS = {
    "exact": "is",
    "isExact": "is",
    "isIn": "in",
    "match": "regexmatch",
    "imatch": "regeximatch",
    "likeAll": "likeallof",
    "likeAny": "likeanyof",
    "ilikeAll": "ilikeallof",
    "ilikeAny": "ilikeanyof",
    "contained": "containedby",
    "adjacent": "rangeadjacent",
    "filterNot": "not",
}
_SAME = frozenset(
    "eq neq gt gte lt lte like ilike sl sr nxl nxr rangeLt rangeLte rangeGt rangeGte contains cs cd ov overlaps"
    " textSearch filter order".split()
)
_GROUPS = frozenset({"or", "and"})
_RELATION = "referencedtable"


def columns(source: Source, node: Node) -> Iterator[Value]:
    """Yield the parts of a select list; of `Columns.ALL` there are none."""
    owner, _, name = source.tree.read(node)[:200].partition("(")[0].rpartition(".")
    if node.type == "call_expression" and owner.endswith("Columns") and name in {"list", "raw"}:
        yield from texts_in(value_of(source, part) for part in given_to(source, node).positional)
    elif node.type == "identifier":
        declared = source.declared(source.tree.read(node), node.start_byte)
        if declared is not None and declared.type == "call_expression":
            yield from columns(source, declared)
        else:
            yield value_of(source, node)
    elif (owner, name) != ("Columns", "ALL"):
        yield Unknown(shorten(source.tree.read(node)[:200]), line(node))


def read_builder(source: Source, blocks: list[Node], options: dict[str, Value]) -> Iterator[Call]:
    """Yield the filters and orders of blocks as calls of a chain; `onConflict = "a"` is put into the options."""
    waiting: list[tuple[Node, Value | None]] = [(block, None) for block in blocks[::-1]]
    most = _MOST_STATEMENTS
    while waiting and most:
        node, relation = waiting.pop()
        most -= 1
        call = _call(source, node, relation)
        if call is not None:
            yield call
            continue
        parts = plain(node)
        name = name_of(source, node) if node.type == "call_expression" else ""
        if name in VERBS:
            continue  # a chain of its own
        if name in _GROUPS:
            relation = _related(source, node, relation)
        if node.type == "assignment" and fold_name(source.tree.read(parts[0])[:50]) == "onconflict":
            options["onconflict"] = value_of(source, parts[-1])
        waiting += [(part, relation) for part in parts[::-1]]


def _related(source: Source, node: Node, relation: Value | None) -> Value | None:
    """The relation that an argument names, here called `referencedTable`."""
    given = next((n for key, n in given_to(source, node).named.items() if fold_name(key) == _RELATION), None)
    return value_of(source, given) if given is not None else relation


def _call(source: Source, node: Node, relation: Value | None) -> Call | None:
    parts = plain(node)
    if node.type == "infix_expression" and len(parts) > 1:
        name = source.tree.read(parts[1])
        column = property_of(source, parts[0]) if name in _SAME or name in _OTHERS else None
        return _filter(name, column, line(node), relation) if column is not None else None
    if node.type != "call_expression" or not parts or parts[0].type != "identifier":
        return None
    name, given = name_of(source, node), given_to(source, node)
    if name == "select":
        return Call("select", tuple(columns(source, given.positional[0])) if given.positional else (), line(node))
    if name not in _SAME and name not in _OTHERS:
        return None
    first = given.positional[0] if given.positional else given.named.get("column")
    if first is None or first.type == "lambda_literal":
        return None
    if name_of(source, first) == "FilterOperation" and first.type == "call_expression":
        first = next(iter(given_to(source, first).positional), first)
    column = property_of(source, first)
    return _filter(name, column or value_of(source, first), line(node), _related(source, node, relation))


def _filter(name: str, column: Value, at: int, relation: Value | None) -> Call:
    options = {_RELATION: relation} if isinstance(relation, Text) else {}
    return Call(_OTHERS.get(name, fold_name(name)), (column,), at, options)
