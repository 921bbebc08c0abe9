"""Finds calls of Sequelize's models in TypeScript and JavaScript."""

import re
from itertools import islice

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft
from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, bare, called, callee, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.mapping import Mapper, ModelCall
from midflight.references.model import Place
from midflight.references.sequelize_calls import CERTAIN, VERBS
from midflight.references.values import Call, Record, Unknown, shorten

MOST_CALLS = 5_000

MARK = re.compile(
    rb"sequelize|\.\s*(?:findAll|findByPk|findAndCountAll|findOrCreate|bulkCreate|destroy)\s*[(<]"
    rb"|\.\s*(?:findOne|create|update|count)\s*(?:<\w+>)?\(\s*(?:\{|\))",
    re.IGNORECASE,
)
_METHOD = re.compile(rb"\.\s*(" + "|".join(sorted(VERBS)).encode() + rb")\s*[(<]")
_TYPED = re.compile(r"\b([\w$]+)\s*[?!]?\s*:\s*typeof\s+([\w$.]+)")
_SCOPES = frozenset({"scope", "unscoped", "schema"})
_NO_MODEL = frozenset("Math Object Array Promise JSON window document console Number this Reflect Symbol".split())


def find_sequelize(names: Names, flags: Flags) -> list[Draft]:
    """Give a draft for each call `Model.method(...)` that may be Sequelize's."""
    source = names.source
    if not MARK.search(source.text):
        return []
    code = source.text.decode("utf-8", "replace")
    typed = {found[1]: found[2].rpartition(".")[2] for found in _TYPED.finditer(code)}
    found = list(islice(_METHOD.finditer(source.text), MOST_CALLS + 1))
    drafts: list[Draft] = []
    if len(found) > MOST_CALLS:
        problem = NotAnalysed(source.path, 0, f"the file holds more than {MOST_CALLS} calls; the rest is not read")
        drafts.append(Draft(len(source.text), unresolved=(problem,)))
    for one in found[:MOST_CALLS]:
        node = source.root.descendant_for_byte_range(one.start(1), one.end(1))
        call = called(source.path_to(node)) if node is not None else None
        draft = _draft(names, flags, call, (one[1].decode(), typed)) if call is not None else None
        if draft is not None:
            drafts.append(draft)
    return drafts


def _draft(names: Names, flags: Flags, call: Node, known: tuple[str, dict[str, str]]) -> Draft | None:
    method, typed = known
    function = callee(call)
    holder = function.child_by_field_name("object") if function is not None else None
    model = _model(names, bare(holder), typed) if holder is not None else ""
    if not model:
        return None
    given = tuple(value_of(each, names) for each in arguments(call))
    if any(isinstance(each, Unknown) and "=>" in each.text for each in given[:1]):
        return None
    sure = method in CERTAIN and b"sequelize" in names.source.text.lower() and model[:1].isupper()
    return Draft(
        call.start_byte,
        call=ModelCall(
            Mapper.SEQUELIZE,
            Place(names.source.path, line(call)),
            model,
            (Call(method, given, line(call)),),
            certain=sure and (not given or isinstance(given[-1], Record | Unknown)),
            guard=flags.guard_of(call),
            text=shorten(names.source.read(call)),
        ),
    )


def _model(names: Names, holder: Node, typed: dict[str, str]) -> str:
    """The name of the model that a call is made on: `User`, `db.User`, `this.users`, `User.scope('x')`."""
    if holder.type == "call_expression":
        function = callee(holder)
        method = function.child_by_field_name("property") if function is not None else None
        owner = function.child_by_field_name("object") if function is not None else None
        if method is None or owner is None or names.source.read(method) not in _SCOPES:
            return ""
        return _model(names, bare(owner), typed) if owner.type != "call_expression" else ""
    if holder.type not in {"identifier", "member_expression"}:
        return ""
    name = names.source.read(holder).rpartition(".")[2]
    if name in _NO_MODEL or not re.fullmatch(r"[\w$]+", name):
        return ""
    if name in typed:
        return typed[name]
    taken = names.pattern(name, holder) if holder.type == "identifier" else None
    return taken[0] if taken else name
