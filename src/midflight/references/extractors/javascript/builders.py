"""Finds queries of Kysely and Knex in TypeScript and JavaScript, and the types of a Kysely database."""

import re
from collections.abc import Iterator
from itertools import islice

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.builder_calls import QUERY
from midflight.references.drafts import Draft
from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, called, callee, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.mapping import MappedField, MappedModel, Mapper, ModelCall
from midflight.references.model import Place, Verb
from midflight.references.values import Call, Record, Text, shorten

MOST_CALLS = 5_000
MOST_STEPS = 200  # of one query

MARK = re.compile(rb"\.\s*(?:selectFrom|insertInto|updateTable|deleteFrom)\s*\(|kysely|knex", re.IGNORECASE)
LIKELY = re.compile(rb"\b(?:db|trx|tx|conn|connection|database)\s*(?:<[^()\n]{0,100}>)?\(\s*['\"`{]")
_KYSELY = re.compile(rb"\.\s*(selectFrom|insertInto|updateTable|deleteFrom)\s*\(")
_KNEX = re.compile(
    rb"(?<![\w$])(?:\w*knex|db|trx|tx|conn|connection|database|\w*Knex)\s*(?:<[^()\n]{0,100}>)?\(\s*(?=['\"`{])",
    re.IGNORECASE,
)
_VERBS = {
    "selectFrom": Verb.SELECT,
    "insertInto": Verb.INSERT,
    "updateTable": Verb.UPDATE,
    "deleteFrom": Verb.DELETE,
    "insert": Verb.INSERT,
    "upsert": Verb.UPSERT,
    "update": Verb.UPDATE,
    "increment": Verb.UPDATE,
    "decrement": Verb.UPDATE,
    "del": Verb.DELETE,
    "delete": Verb.DELETE,
}
_STEPS = frozenset(
    "select insert update del delete where andWhere orWhere whereIn whereNot whereNull whereNotNull whereNotIn join"
    " innerJoin leftJoin first orderBy returning count pluck columns distinct increment decrement max min sum avg"
    " whereRaw groupBy limit truncate onConflict whereBetween".split()
)
_FROM = re.compile(rb"\.\s*(from|into|table)\s*\(\s*(?=['\"`{])")
_CLIENT = re.compile(r"(?:^|\.)(?:\w*knex|trx)(?:\(\))?!?\Z", re.IGNORECASE)
_CTE = re.compile(rb"\.\s*with(?:Recursive|Materialized|NotMaterialized)?\s*\(\s*(?:/[/*][^\n]{0,200}\s*)?['\"`](\w+)")
_CAMEL = re.compile(rb"\bnew\s+CamelCasePlugin\s*\(\s*(\))?")
_MAPPERS = re.compile(rb"\bknexSnakeCaseMappers\s*\(\s*(\))?|\b(wrapIdentifier)\s*[:(]")
_DATABASE = re.compile(r"(?:DB|DataBase|\w*Database|\w*Tables|\w*Schema|DatabaseSchema)\Z", re.IGNORECASE)
_WRAPPERS = frozenset({"non_null_expression", "as_expression", "parenthesized_expression", "satisfies_expression"})


def find_builders(names: Names, flags: Flags) -> tuple[list[Draft], frozenset[int]]:
    """Give a draft for each query, and the first bytes of the table names that are read with it."""
    text = names.source.text
    if not MARK.search(text) and not LIKELY.search(text):
        return [], frozenset()
    drafts: list[Draft] = []
    found = list(islice(_roots(names), MOST_CALLS + 1))
    if len(found) > MOST_CALLS:
        problem = NotAnalysed(
            names.source.path, 0, f"the file holds more than {MOST_CALLS} calls; the rest is not read"
        )
        drafts.append(Draft(len(text), unresolved=(problem,)))
    claimed: set[int] = set()
    for mapper, call in found[:MOST_CALLS]:
        draft = _draft(names, flags, call, mapper)
        if draft is None or draft.call is None:
            continue
        claimed.add(arguments(call)[0].start_byte)
        drafts.append(draft)
    return drafts, frozenset(claimed)


def _roots(names: Names) -> Iterator[tuple[Mapper, Node]]:
    source = names.source
    for found in _KYSELY.finditer(source.text):
        node = source.root.descendant_for_byte_range(found.start(1), found.end(1))
        call = called(source.path_to(node)) if node is not None else None
        if call is not None and arguments(call):
            yield Mapper.KYSELY, call
    for found in _KNEX.finditer(source.text):
        node = source.root.descendant_for_byte_range(found.end(), found.end() + 1)
        yield from ((Mapper.KNEX, call) for call in _given_to(names, node, found.start()))
    for found in _FROM.finditer(source.text):
        node = source.root.descendant_for_byte_range(found.start(1), found.end(1))
        call = called(source.path_to(node)) if node is not None else None
        if call is not None and arguments(call) and _CLIENT.search(names.source.read(_origin(call))[-200:]):
            yield Mapper.KNEX, call


def _origin(call: Node) -> Node:
    """What a chain of calls begins with."""
    here = call
    for _ in range(MOST_STEPS):
        function = callee(here)
        owner = function.child_by_field_name("object") if function is not None else None
        if owner is None or here.type != "call_expression":
            break
        here = owner
    return here


def _given_to(names: Names, node: Node | None, start: int) -> Iterator[Node]:
    """The call whose first argument begins at a node and whose function begins or ends with what was found."""
    for outer in reversed(names.source.path_to(node)) if node is not None else ():
        if outer.type == "call_expression":
            function = callee(outer)
            given = arguments(outer)
            if function is not None and given and function.start_byte <= start < function.end_byte and len(given) == 1:
                yield outer
            return


def _draft(names: Names, flags: Flags, call: Node, mapper: Mapper) -> Draft | None:
    later, top = _later(names, call)
    steps = [_step(names, each) for each in later[:MOST_STEPS]]
    first = _step(names, call)
    if mapper is Mapper.KNEX:
        steps = [*_before(names, call), *steps]
        sure = b"knex" in names.source.read(call)[:60].lower().encode() or b"knex" in names.source.text.lower()
        if not (sure or any(each.name in _STEPS for each in steps)):
            return None
        if not steps and not sure:
            return None
        if not isinstance(first.arguments[0], Text | Record) or not _is_table(first):
            return None
    verb = next((_VERBS[each.name] for each in (first, *steps) if each.name in _VERBS), Verb.SELECT)
    return Draft(
        call.start_byte,
        call=ModelCall(
            mapper,
            Place(names.source.path, first.line),
            "",
            (first, *steps[:MOST_STEPS]),
            verb,
            certain=True,
            guard=flags.guard_of(call),
            text=shorten(names.source.read(top)),
        ),
    )


def _is_table(first: Call) -> bool:
    value = first.arguments[0]
    if isinstance(value, Record):
        return len(value.entries) == 1 and isinstance(value.entries[0][1], Text)
    return isinstance(value, Text) and bool(re.fullmatch(r"[\w.]+(?:\s+as\s+\w+)?", value.text, re.IGNORECASE))


def _before(names: Names, call: Node) -> list[Call]:
    """The calls before `from('users')`, as in `knex.select('id').from('users')`."""
    found: list[Call] = []
    function = callee(call)
    owner = function.child_by_field_name("object") if function is not None else None
    while owner is not None and owner.type == "call_expression" and len(found) < MOST_STEPS:
        found.append(_step(names, owner))
        function = callee(owner)
        owner = function.child_by_field_name("object") if function is not None else None
    return found[::-1]


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


def _step(names: Names, call: Node) -> Call:
    function = callee(call)
    name = function.child_by_field_name("property") if function is not None else None
    given = tuple(value_of(each, names) for each in arguments(call))
    return Call(names.source.read(name) if name is not None else "", given, line(name or call))


def find_database(names: Names) -> Iterator[MappedModel]:
    """Yield the tables of a Kysely database's type, the plugins that change names, and names that are no tables."""
    yield from _conventions(names)
    if b"kysely" in names.source.text.lower():
        yield from _tables(names)


def _conventions(names: Names) -> Iterator[MappedModel]:
    source = names.source
    place = Place(source.path, 1)
    for found in _CAMEL.finditer(source.text):
        yield MappedModel(Mapper.KYSELY, "", place, casing="camel" if found[1] else "custom")
    for found in _MAPPERS.finditer(source.text):
        yield MappedModel(Mapper.KNEX, "", place, casing="camel" if found[1] else "custom")
    for found in _CTE.finditer(source.text) if MARK.search(source.text) else ():
        for mapper in (Mapper.KYSELY, Mapper.KNEX):
            yield MappedModel(mapper, "", place, casing=QUERY + found[1].decode())


def _tables(names: Names) -> Iterator[MappedModel]:
    source = names.source
    types = dict(_types(names))
    for name, body in types.items():
        if not _DATABASE.match(name):
            continue
        for member in body.named_children:
            key, kind = member.child_by_field_name("name"), member.child_by_field_name("type")
            if member.type != "property_signature" or key is None or kind is None:
                continue
            inner = kind.named_children[0] if kind.named_children else kind
            columns = types.get(source.read(inner), inner)
            table = source.read(key).strip("'\"").rpartition(".")[2]
            fields = tuple(_fields(names, columns))
            if fields:
                yield MappedModel(
                    Mapper.KYSELY, table, Place(source.path, line(key)), table=table, fields=fields, declared=True
                )


def _types(names: Names) -> Iterator[tuple[str, Node]]:
    for statement in names.source.root.named_children:
        declared = statement.child_by_field_name("declaration") or statement
        name = declared.child_by_field_name("name")
        body = declared.child_by_field_name("body") or declared.child_by_field_name("value")
        is_type = declared.type in {"interface_declaration", "type_alias_declaration"}
        if is_type and name is not None and body is not None and body.type in {"interface_body", "object_type"}:
            yield names.source.read(name), body


def _fields(names: Names, body: Node) -> Iterator[MappedField]:
    for member in body.named_children if body.type in {"interface_body", "object_type"} else ():
        key = member.child_by_field_name("name")
        if member.type == "property_signature" and key is not None:
            name = names.source.read(key).strip("'\"")
            yield MappedField(name, line(key), name)
