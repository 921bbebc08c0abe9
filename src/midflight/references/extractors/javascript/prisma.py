"""Finds calls of the Prisma client, under whatever name it goes, in TypeScript and JavaScript."""

import re
from dataclasses import replace
from itertools import islice

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft
from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, bare, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.mapping import Mapper, ModelCall
from midflight.references.model import Place
from midflight.references.prisma_calls import OPTIONS, VERBS
from midflight.references.values import Call, Record, Text, Unknown, Value, shorten

MOST_CALLS = 5_000

_METHOD = re.compile(rb"\.\s*(" + "|".join(sorted(VERBS)).encode() + rb")\s*[(<]")
MARK = re.compile(
    rb"\.\s*(?:find(?:Unique|First)(?:OrThrow)?|findMany|(?:create|update|delete)Many|groupBy)\s*[(<]"
    rb"|\.\s*(?:create|update|upsert|delete|count|aggregate)\s*\(\s*\{|prisma",
    re.IGNORECASE,
)
_CLIENT = re.compile(r"prisma", re.IGNORECASE)
_TRANSACTION = re.compile(r"(?:^|\.)(?:tx|trx|transaction\w*)!?$", re.IGNORECASE)
_WITHOUT_ARGUMENTS = frozenset({"findMany", "findFirst", "findFirstOrThrow", "count", "deleteMany"})
_PROMISE = frozenset({"then", "catch", "finally"})
_NO_MODEL = frozenset("Math Object Array Promise JSON window document console process".split())


def find_prisma(names: Names, flags: Flags) -> list[Draft]:
    """Give a draft for each call `client.model.method(...)` that may be Prisma's."""
    if not MARK.search(names.source.text):
        return []
    found = list(islice(_METHOD.finditer(names.source.text), MOST_CALLS + 1))
    drafts: list[Draft] = []
    if len(found) > MOST_CALLS:
        problem = NotAnalysed(
            names.source.path, 0, f"the file holds more than {MOST_CALLS} calls; the rest is not read"
        )
        drafts.append(Draft(len(names.source.text), unresolved=(problem,)))
    for one in found[:MOST_CALLS]:
        call = _call_at(names, one.start(1), one.end(1))
        draft = _draft(names, flags, call, one[1].decode()) if call is not None else None
        if draft is not None:
            drafts.append(draft)
    return drafts


def _call_at(names: Names, start: int, end: int) -> Node | None:
    node = names.source.root.descendant_for_byte_range(start, end)
    path = names.source.path_to(node) if node is not None else []
    if len(path) > 2 and path[-3].type == "call_expression":
        return path[-3] if path[-3].child_by_field_name("function") == path[-2] else None
    return None


def _draft(names: Names, flags: Flags, call: Node, method: str) -> Draft | None:
    given = tuple(value_of(argument, names) for argument in arguments(call)[:1])
    function = call.child_by_field_name("function")
    holder = function.child_by_field_name("object") if function is not None else None
    if holder is None or not _fits(method, given):
        return None
    named = _model(names, bare(holder))
    if named is None:
        return None
    model, owner = named
    certain = bool(_CLIENT.search(owner[-200:])) or (
        _TRANSACTION.search(owner[-200:]) is not None and b"prisma" in names.source.text.lower()
    )
    text = names.source.read(call)
    if not isinstance(model, Text):
        if not certain:
            return None
        problem = NotAnalysed(names.source.path, model.line, f"the model is a variable: `{shorten(text)[:80]}`")
        return Draft(call.start_byte, unresolved=(problem,))
    reference = ModelCall(
        Mapper.PRISMA,
        Place(names.source.path, model.line),
        model.text,
        (Call(method, given, line(call)), *_fluent(names, call)),
        VERBS[method],
        certain=certain,
        guard=flags.guard_of(call),
        text=shorten(text),
    )
    return Draft(call.start_byte, call=reference)


def _fluent(names: Names, call: Node) -> tuple[Call, ...]:
    """The relation that `findUnique(...).posts()` goes on to; a promise has no other methods than its own."""
    path = names.source.path_to(call)
    member = path[-2] if len(path) > 2 else call
    name = member.child_by_field_name("property") if member.type == "member_expression" else None
    if name is None or path[-3].type != "call_expression" or names.source.read(name) in _PROMISE:
        return ()
    given = tuple(value_of(argument, names) for argument in arguments(path[-3])[:1])
    return (Call(names.source.read(name), given, line(name)),)


def _fits(method: str, given: tuple[Value, ...]) -> bool:
    """Whether the arguments can be Prisma's: one object of its options, or none where every option may be left out."""
    if not given:
        return method in _WITHOUT_ARGUMENTS
    match given[0]:
        case Record(entries):
            return all(key.name in OPTIONS for key, _ in entries)
        case Unknown(text):
            return not re.match(r"(?:async\s*)?(?:function\b|\(?[\w\s,{}:]*\)?\s*=>)|[\d`\"'\[]", text)
        case _:
            return False


def _model(names: Names, holder: Node) -> tuple[Text | Unknown, str] | None:
    """The model that an expression names and the client it is taken from."""
    if holder.type == "identifier":
        name = names.source.read(holder)
        declared = names.value(name, holder)
        if declared is not None:
            inner = bare(declared)
            found = _model(names, inner) if inner.type in {"member_expression", "subscript_expression"} else None
            return (replace(found[0], line=line(holder)), found[1]) if found else None
        taken = names.pattern(name, holder)
        return (Text(taken[0], line(holder)), names.source.read(taken[1])) if taken else None
    owner = holder.child_by_field_name("object")
    if owner is None:
        return None
    client = names.source.read(owner)
    if client in _NO_MODEL or client.endswith(".query"):
        return None
    if holder.type == "subscript_expression":
        index = holder.child_by_field_name("index")
        value = value_of(index, names) if index is not None else None
        return (value, client) if isinstance(value, Text | Unknown) else None
    name_node = holder.child_by_field_name("property")
    if holder.type != "member_expression" or name_node is None:
        return None
    return Text(names.source.read(name_node), line(name_node)), client
