"""DROP, RENAME TO, SET SCHEMA and OWNER TO of everything."""

from collections.abc import Iterator

from midflight.operations import model as op
from midflight.operations.dialects.postgres.alter import cascades
from midflight.operations.dialects.postgres.names import (
    argument_types,
    list_name,
    object_kind,
    parts_name,
    relation_name,
    role_name,
    target_of,
)
from midflight.operations.dialects.postgres.tree import Node, enum, kind, statement_sql, strings
from midflight.operations.shapes import Name, ObjectKind, RoutineKind, Target

_ROUTINES = {
    ObjectKind.FUNCTION: RoutineKind.FUNCTION,
    ObjectKind.ROUTINE: RoutineKind.FUNCTION,
    ObjectKind.PROCEDURE: RoutineKind.PROCEDURE,
    ObjectKind.AGGREGATE: RoutineKind.AGGREGATE,
}
_WORDS = {
    "STATISTIC_EXT": "STATISTICS",
    "FDW": "FOREIGN DATA WRAPPER",
    "FOREIGN_SERVER": "SERVER",
    "OPCLASS": "OPERATOR CLASS",
    "OPFAMILY": "OPERATOR FAMILY",
    "TSCONFIGURATION": "TEXT SEARCH CONFIGURATION",
    "TSDICTIONARY": "TEXT SEARCH DICTIONARY",
    "TSPARSER": "TEXT SEARCH PARSER",
    "TSTEMPLATE": "TEXT SEARCH TEMPLATE",
}


def drop(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """DROP: one operation for each name."""
    what = object_kind(node, "remove_type")
    for wrapper in node.objects:
        yield _dropped(node, what, wrapper, at)


def _dropped(node: Node, what: ObjectKind, wrapper: Node, at: op.Statement) -> op.Operation:
    if what in _ROUTINES:
        return _dropped_routine(node, what, wrapper.object_with_args, at)
    if what in {ObjectKind.TRIGGER, ObjectKind.POLICY} or enum(node, "remove_type") == "OBJECT_RULE":
        return _dropped_part(node, what, strings(wrapper.list.items), at)
    name = target_of(what, wrapper).name
    return _dropped_relation(node, what, name, at) or _dropped_object(node, what, name, at)


def _dropped_relation(node: Node, what: ObjectKind, name: Name, at: op.Statement) -> op.Operation | None:
    exists, cascade = node.missing_ok, cascades(node)
    match what:
        case ObjectKind.TABLE | ObjectKind.FOREIGN_TABLE:
            foreign = what is ObjectKind.FOREIGN_TABLE
            return op.DropTable(at, name=name, if_exists=exists, cascade=cascade, foreign=foreign)
        case ObjectKind.VIEW | ObjectKind.MATERIALIZED_VIEW:
            materialized = what is ObjectKind.MATERIALIZED_VIEW
            return op.DropView(at, name=name, materialized=materialized, if_exists=exists, cascade=cascade)
        case ObjectKind.INDEX:
            return op.DropIndex(at, name=name, concurrently=node.concurrent, if_exists=exists, cascade=cascade)
        case ObjectKind.SEQUENCE:
            return op.DropSequence(at, name=name, if_exists=exists, cascade=cascade)
        case _:
            return None


def _dropped_object(node: Node, what: ObjectKind, name: Name, at: op.Statement) -> op.Operation:
    exists, cascade = node.missing_ok, cascades(node)
    match what:
        case ObjectKind.TYPE | ObjectKind.DOMAIN:
            return op.DropType(at, name=name, if_exists=exists, cascade=cascade)
        case ObjectKind.SCHEMA:
            return op.DropSchema(at, name=name.name, if_exists=exists, cascade=cascade)
        case ObjectKind.EXTENSION:
            return op.DropExtension(at, name=name.name, if_exists=exists, cascade=cascade)
        case ObjectKind.PUBLICATION:
            return op.DropPublication(at, name=name.name, if_exists=exists)
        case _:
            return op.OtherObject(
                at, kind=object_words(node, "remove_type"), action="DROP", name=name, definition=at.text
            )


def object_words(node: Node, field: str) -> str:
    """Return an ObjectType as the words that CREATE and DROP use."""
    name = enum(node, field).removeprefix("OBJECT_")
    return _WORDS.get(name, name.replace("_", " "))


def _dropped_routine(node: Node, what: ObjectKind, described: Node, at: op.Statement) -> op.Operation:
    return op.DropRoutine(
        at,
        name=list_name(described.objname),
        arguments=argument_types(described),
        kind=_ROUTINES[what],
        if_exists=node.missing_ok,
        cascade=cascades(node),
    )


def _dropped_part(node: Node, what: ObjectKind, parts: tuple[str, ...], at: op.Statement) -> op.Operation:
    table, name = parts_name(parts[:-1]), parts[-1]
    match what:
        case ObjectKind.TRIGGER:
            return op.DropTrigger(at, name=name, table=table, if_exists=node.missing_ok, cascade=cascades(node))
        case ObjectKind.POLICY:
            return op.DropPolicy(at, name=name, table=table, if_exists=node.missing_ok)
        case _:
            return op.DropRule(at, name=name, table=table, if_exists=node.missing_ok, cascade=cascades(node))


# --- ALTER ... RENAME, SET SCHEMA, OWNER TO --------------------------------------------------------------------------

_RELATIONS = frozenset(
    {ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW, ObjectKind.SEQUENCE, ObjectKind.FOREIGN_TABLE}
)


def rename(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER ... RENAME."""
    what = object_kind(node, "rename_type")
    if node.HasField("relation"):
        yield _renamed_relation(node, what, at)
    else:
        yield _renamed_object(node, what, at)


def _renamed_relation(node: Node, what: ObjectKind, at: op.Statement) -> op.Operation:
    table, to = relation_name(node.relation), node.newname
    match what:
        case ObjectKind.COLUMN:
            return op.RenameColumn(at, table=table, column=node.subname, to=to)
        case ObjectKind.CONSTRAINT:
            return op.RenameConstraint(at, table=table, constraint=node.subname, to=to)
        case ObjectKind.INDEX:
            return op.RenameIndex(at, name=table, to=to, if_exists=node.missing_ok)
        case ObjectKind.TRIGGER:
            return op.RenameTrigger(at, name=node.subname, table=table, to=to)
        case ObjectKind.POLICY:
            return op.AlterPolicy(at, name=node.subname, table=table, to=to)
        case _ if what in _RELATIONS:
            return op.RenameTable(at, name=table, to=to, kind=what, if_exists=node.missing_ok)
        case _ if enum(node, "rename_type") == "OBJECT_ATTRIBUTE":
            return op.RenameColumn(at, table=table, column=node.subname, to=to)
        case _:
            words = object_words(node, "rename_type")
            return op.OtherObject(at, kind=words, action="ALTER", name=table, definition=at.text)


def _renamed_object(node: Node, what: ObjectKind, at: op.Statement) -> op.Operation:
    to = node.newname
    if what in _ROUTINES:
        described = node.object.object_with_args
        return op.RenameRoutine(at, name=list_name(described.objname), arguments=argument_types(described), to=to)
    if what is ObjectKind.SCHEMA:
        return op.RenameSchema(at, name=node.subname, to=to)
    if enum(node, "rename_type") == "OBJECT_ROLE":
        return op.RoleStatement(at, role=node.subname, action="ALTER")
    name = target_of(what, node.object).name if kind(node.object) else Name(node.subname)
    if what in {ObjectKind.TYPE, ObjectKind.DOMAIN}:
        return op.RenameType(at, name=name, to=to)
    if enum(node, "rename_type") == "OBJECT_DOMCONSTRAINT":
        sql = statement_sql("rename_stmt", node)
        return op.AlterDomain(at, name=name, action=sql[sql.index("RENAME CONSTRAINT") :])
    return op.OtherObject(at, kind=object_words(node, "rename_type"), action="ALTER", name=name, definition=at.text)


def set_schema(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER ... SET SCHEMA."""
    what = object_kind(node, "object_type")
    yield op.SetSchema(at, target=_target(node, what), schema=node.newschema)


def set_owner(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER ... OWNER TO, of what is not a relation."""
    what = object_kind(node, "object_type")
    yield op.SetOwner(at, target=_target(node, what), owner=role_name(node.newowner))


def _target(node: Node, what: ObjectKind) -> Target:
    return Target(what, relation_name(node.relation)) if node.HasField("relation") else target_of(what, node.object)
