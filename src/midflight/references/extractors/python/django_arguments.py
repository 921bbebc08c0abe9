"""Reads what the methods of Django's query sets are given: the paths to columns, and the attributes that get values."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from midflight.references import django_words as words
from midflight.references.extractors.python.syntax import Source, arguments, bare, keywords, line
from midflight.references.extractors.python.values import value_of
from midflight.references.model import HOLE
from midflight.references.values import Call, Record, Rows, Text, Unknown, Value

_DEEPEST = 40
# functions of the database, by how many of their strings are paths (Django documentation, "Database Functions")
_ALL = frozenset("Coalesce Concat Greatest Least SearchVector TrigramSimilarity NullIf".split())
_FIRST = frozenset(
    "F Count Sum Avg Min Max StdDev Variance Lower Upper Length Trim LTrim RTrim Trunc TruncDate TruncDay TruncHour"
    " TruncMinute TruncMonth TruncQuarter TruncSecond TruncTime TruncWeek TruncYear Extract ExtractDay ExtractHour"
    " ExtractMinute ExtractMonth ExtractWeek ExtractWeekDay ExtractYear Cast Round Abs Ceil Floor ArrayAgg StringAgg"
    " JSONBAgg BoolAnd BoolOr BitAnd BitOr Substr Left Right Reverse Replace StrIndex MD5 SHA256 Prefetch"
    " FilteredRelation Collate KeyTransform KT FirstValue LastValue Lag Lead NthValue".split()
)
_CONDITIONS = frozenset({"Q", "When"})
_NO_LOOKUP = {"When": {"then", "condition"}, "Q": {"_connector", "_negated"}}
_VALUES = frozenset({"Value", "OuterRef", "ResolvedOuterRef", "RawSQL"})
_FIRST_PATH = frozenset({"dates", "datetimes"})


@dataclass(slots=True)
class _Given:
    paths: list[Value] = field(default_factory=list)
    sets: list[Value] = field(default_factory=list)
    aliases: list[Value] = field(default_factory=list)
    changes: list[Value] = field(default_factory=list)
    unique: list[Value] = field(default_factory=list)


def step_of(source: Source, name: str, call: Node, at: int, *, skipped: int = 0) -> Call:
    """One call of a chain in neutral terms; `skipped` arguments come before those that count."""
    given = _Given()
    placed = arguments(call)[skipped:]
    if name in words.CONDITIONS or name == "shortcut":
        _conditions(source, call, given.paths, placed)
    elif name in words.CREATES or name in words.UPDATES or name == "construct":
        _values(source, name, call, given)
    elif name in words.ALIASES or name in words.PATHS or name in words.JOINS | words.ACCESSORS:
        _named(source, name, call, given, placed)
    elif name in words.ROWS_OF_QUERY | words.SAVES:
        _listed(source, name, call, given, placed)
    parts = {"set": given.sets, "alias": given.aliases, "changes": given.changes, "unique": given.unique}
    options = {key: Rows(tuple(found), complete=True, line=at) for key, found in parts.items() if found}
    return Call(name, tuple(given.paths), at, options)


def _conditions(source: Source, call: Node, into: list[Value], placed: list[Node]) -> None:
    others = _NO_LOOKUP.get(_callee(source, call), set())
    for key, value in keywords(call):
        name = source.read(key)
        if name not in others:
            into.append(Text(name, line(key)))
        into += paths_in(source, value)
    for node in placed:
        if node.type == "dictionary_splat":
            into += _spread(source, node)
        elif node.type == "tuple" and node.named_children and node.named_children[0].type == "string":
            into += _strings(source, [node.named_children[0]])
        else:
            into += paths_in(source, node)


def _spread(source: Source, node: Node) -> list[Value]:
    """The names in `**{...}`; those of a variable are known where the function has it as a dict."""
    value = value_of(node.named_children[0], source) if node.named_children else Unknown("", line(node))
    if not isinstance(value, Record):
        return [Unknown(source.read(node)[:100], line(node))]
    found: list[Value] = [Text(key.name, key.line) for key, _ in value.entries if HOLE not in key.name]
    whole = value.complete and len(found) == len(value.entries)
    return found if whole else [*found, Unknown(source.read(node)[:100], line(node))]


def _values(source: Source, name: str, call: Node, given: _Given) -> None:
    for key, value in keywords(call):
        option = source.read(key)
        given.paths += paths_in(source, value)
        if name in words.FINDS and option in {"defaults", "create_defaults"}:
            found = _keys(value_of(value, source))
            given.sets += found
            given.changes += found if option == "defaults" and "update" in name else []
        else:
            if name in words.FINDS:
                given.paths.append(Text(option, line(key)))
            if "__" not in option or name not in words.FINDS:
                given.sets.append(Text(option, line(key)))
    for node in arguments(call):
        if node.type == "dictionary_splat":
            found = _spread(source, node)
            given.sets += found
            given.paths += found if name in words.FINDS else []


def _keys(value: Value) -> list[Value]:
    if not isinstance(value, Record):
        return [Unknown("", value.line)]
    found: list[Value] = [Text(key.name, key.line) for key, _ in value.entries]
    return found if value.complete else [*found, Unknown("", value.line)]


def _named(source: Source, name: str, call: Node, given: _Given, placed: list[Node]) -> None:
    for key, value in keywords(call):
        option = source.read(key)
        if name in words.ALIASES | {"values", "values_list"} and option not in {"flat", "named"}:
            given.aliases.append(Text(option, line(key)))
            given.paths += paths_in(source, value)
        elif option in {"field_name", "fields"}:
            given.paths += _strings(source, [value])
    for at, node in enumerate(placed):
        if node.type == "dictionary_splat":
            continue
        if name in {"in_bulk", "ain_bulk"} or (name in _FIRST_PATH and at):
            continue
        if bare(node).type in {"string", "concatenated_string", "list_splat", "identifier", "attribute"}:
            given.paths += _strings(source, [node])
        else:
            given.paths += paths_in(source, node)


def _strings(source: Source, nodes: list[Node]) -> list[Value]:
    found: list[Value] = []
    for node in nodes:
        inner = node.named_children[0] if node.type == "list_splat" and node.named_children else node
        value = value_of(inner, source)
        for each in value.items if isinstance(value, Rows) else (value,):
            known = isinstance(each, Text) and HOLE not in each.text
            found.append(each if known else Unknown("", each.line))
    return found


def _listed(source: Source, name: str, call: Node, given: _Given, placed: list[Node]) -> None:
    named = {source.read(key): value for key, value in keywords(call)}
    if name.endswith("bulk_update"):
        chosen = placed[1:2] or [named[key] for key in ("fields",) if key in named]
        given.sets += _strings(source, chosen)
    elif name in words.SAVES:
        given.sets += _strings(source, [named[key] for key in ("update_fields",) if key in named])
        given.sets += [Unknown("", line(node)) for node in placed if node.type == "dictionary_splat"]
    elif "update_conflicts" in named:
        given.sets += _strings(source, [named[key] for key in ("update_fields",) if key in named])
        given.unique += _strings(source, [named[key] for key in ("unique_fields",) if key in named])


def paths_in(source: Source, node: Node, depth: int = 0) -> list[Value]:
    """The paths that an expression names: `F("a")`, `Count("b__c")`, `Q(d=1)`, and functions of these."""
    if depth > _DEEPEST or not source.spend() or node.type in {"string", "identifier", "integer", "attribute"}:
        return []
    if node.type != "call":
        return [each for child in node.named_children for each in paths_in(source, child, depth + 1)]
    callee = _callee(source, node)
    found: list[Value] = []
    if callee in _VALUES:
        return []
    if callee in _CONDITIONS:
        _conditions(source, node, found, arguments(node))
        return found
    given = arguments(node)
    strings = [each for each in given if each.type in {"string", "concatenated_string"}]
    if callee in _ALL:
        found += _strings(source, strings)
    elif callee in _FIRST and given and given[0].type in {"string", "concatenated_string"} and callee != "Prefetch":
        found += [each for each in _strings(source, given[:1]) if not _is_star(each)]
    elif callee == "Prefetch" and given:
        return _strings(source, given[:1])
    elif not callee or callee[:1].islower():
        return _of_other_chain(source, node, depth)
    for each in (*given, *(value for _, value in keywords(node))):
        found += paths_in(source, each, depth + 1)
    return found


def _of_other_chain(source: Source, node: Node, depth: int) -> list[Value]:
    """A method of an expression, `F("a").desc()`; another model's chain tells only what it takes from this one."""
    function = node.child_by_field_name("function")
    owner = function.child_by_field_name("object") if function is not None else None
    here = owner
    for _ in range(_DEEPEST):
        if here is None or here.type not in {"call", "attribute"}:
            break
        inner = here.child_by_field_name("function") or here.child_by_field_name("object")
        if here.type == "call" and inner is not None and inner.type == "identifier":
            return paths_in(source, owner, depth + 1) if owner is not None else []
        here = inner
    return list(_outer(source, node, depth))


def _outer(source: Source, node: Node, depth: int) -> Iterator[Value]:
    if depth > _DEEPEST or not source.spend():
        return
    if node.type == "call" and _callee(source, node) == "OuterRef":
        yield from _strings(source, arguments(node)[:1])
        return
    for child in node.named_children:
        yield from _outer(source, child, depth + 1)


def _is_star(value: Value) -> bool:
    return isinstance(value, Text) and value.text == "*"


def _callee(source: Source, node: Node) -> str:
    function = node.child_by_field_name("function") if node.type == "call" else None
    if function is None or function.type not in {"identifier", "attribute"}:
        return ""
    name = function if function.type == "identifier" else function.child_by_field_name("attribute")
    return source.read(name) if name is not None else ""
