"""Names as statements write them: relations, routines, roles, and the targets of COMMENT and its like."""

import re
from collections.abc import Sequence

from midflight.operations.dialects.postgres.tree import Node, enum, inner, kind, strings
from midflight.operations.dialects.postgres.typenames import type_sql
from midflight.operations.shapes import Name, ObjectKind, Target, quote

_IDENTIFIER = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_AFTER_NAME = re.compile(rf"\A\w+\s+\w+\s+(?:IF\s+EXISTS\s+)?{_IDENTIFIER}(?:\s*\.\s*{_IDENTIFIER})*\s*", re.IGNORECASE)
_ROLES = {
    "ROLESPEC_CURRENT_ROLE": "CURRENT_ROLE",
    "ROLESPEC_CURRENT_USER": "CURRENT_USER",
    "ROLESPEC_SESSION_USER": "SESSION_USER",
    "ROLESPEC_PUBLIC": "public",
}
_KINDS = {
    "OBJECT_TABLE": ObjectKind.TABLE,
    "OBJECT_COLUMN": ObjectKind.COLUMN,
    "OBJECT_TABCONSTRAINT": ObjectKind.CONSTRAINT,
    "OBJECT_VIEW": ObjectKind.VIEW,
    "OBJECT_MATVIEW": ObjectKind.MATERIALIZED_VIEW,
    "OBJECT_SEQUENCE": ObjectKind.SEQUENCE,
    "OBJECT_INDEX": ObjectKind.INDEX,
    "OBJECT_FUNCTION": ObjectKind.FUNCTION,
    "OBJECT_PROCEDURE": ObjectKind.PROCEDURE,
    "OBJECT_ROUTINE": ObjectKind.ROUTINE,
    "OBJECT_AGGREGATE": ObjectKind.AGGREGATE,
    "OBJECT_TRIGGER": ObjectKind.TRIGGER,
    "OBJECT_POLICY": ObjectKind.POLICY,
    "OBJECT_TYPE": ObjectKind.TYPE,
    "OBJECT_DOMAIN": ObjectKind.DOMAIN,
    "OBJECT_SCHEMA": ObjectKind.SCHEMA,
    "OBJECT_EXTENSION": ObjectKind.EXTENSION,
    "OBJECT_PUBLICATION": ObjectKind.PUBLICATION,
    "OBJECT_FOREIGN_TABLE": ObjectKind.FOREIGN_TABLE,
    "OBJECT_DATABASE": ObjectKind.DATABASE,
    "OBJECT_LANGUAGE": ObjectKind.LANGUAGE,
}
_PARTS = frozenset({ObjectKind.COLUMN, ObjectKind.CONSTRAINT, ObjectKind.TRIGGER, ObjectKind.POLICY})
_INPUT_MODES = frozenset({"FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC", "FUNC_PARAM_DEFAULT"})


def relation_name(relation: Node) -> Name:
    """Return the name in a RangeVar."""
    return Name(relation.relname, relation.schemaname)


def list_name(nodes: Sequence[Node]) -> Name:
    """Return the name in a list of strings; a database in front is dropped."""
    return parts_name(strings(nodes))


def parts_name(parts: Sequence[str]) -> Name:
    """Return the name in (schema, name) or (name,)."""
    return Name(parts[-1] if parts else "", parts[-2] if len(parts) > 1 else "")


def role_name(spec: Node) -> str:
    """Return a role's name, "public" and CURRENT_USER among them."""
    return str(_ROLES.get(enum(spec, "roletype"), spec.rolename))


def role_sql(spec: Node) -> str:
    """Return a role as SQL."""
    special = _ROLES.get(enum(spec, "roletype"))
    return special or quote(spec.rolename)


def object_kind(message: Node, field: str) -> ObjectKind:
    """Return the kind in an ObjectType field, OTHER for what our catalog does not hold."""
    return _KINDS.get(enum(message, field), ObjectKind.OTHER)


def argument_types(described: Node) -> tuple[str, ...] | None:
    """Return the input types of an ObjectWithArgs, None where the statement leaves them out."""
    if described.args_unspecified:
        return None
    if described.objfuncargs:
        parameters = (node.function_parameter for node in described.objfuncargs)
        return tuple(type_sql(p.arg_type) for p in parameters if enum(p, "mode") in _INPUT_MODES)
    return tuple(type_sql(node.type_name) for node in described.objargs if kind(node))


def target_of(what: ObjectKind, node: Node) -> Target:
    """Return the object in the wrapper as a target of that kind."""
    match kind(node):
        case "list":
            if kind(node.list.items[0]) == "type_name":  # a constraint of a domain, or a cast
                return Target(what, list_name(node.list.items[0].type_name.names), part=_last_string(node.list.items))
            parts = strings(node.list.items)
            if what in _PARTS:
                return Target(what, parts_name(parts[:-1]), part=parts[-1])
            return Target(what, parts_name(parts))
        case "object_with_args":
            described = node.object_with_args
            return Target(what, list_name(described.objname), arguments=argument_types(described))
        case "type_name":
            return Target(what, list_name(node.type_name.names))
        case "string":
            return Target(what, Name(node.string.sval))
        case "range_var":
            return Target(what, relation_name(inner(node)))
        case _:
            return Target(what, Name(""))


def _last_string(nodes: Sequence[Node]) -> str:
    return str(nodes[-1].string.sval) if kind(nodes[-1]) == "string" else ""


def after_name(text: str) -> str:
    """Return what follows `ALTER KIND name` in a statement's text."""
    return _AFTER_NAME.sub("", text, count=1)


def or_replace(text: str, *, present: bool) -> str:
    """Return a CREATE statement's text with OR REPLACE; `present` says that it has it."""
    return text if present else "CREATE OR REPLACE" + text[len("CREATE") :]
