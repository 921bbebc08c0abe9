"""Schemas' smaller objects: extensions, sequences, publications, comments, and all that no catalog of ours holds."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from midflight.operations import model as op
from midflight.operations.dialects.postgres.drops import object_words
from midflight.operations.dialects.postgres.names import (
    after_name,
    list_name,
    object_kind,
    parts_name,
    relation_name,
    target_of,
)
from midflight.operations.dialects.postgres.routines import create_aggregate
from midflight.operations.dialects.postgres.tree import Node, enum, kind, options, strings
from midflight.operations.dialects.postgres.usertypes import create_base_type
from midflight.operations.shapes import Name


def create_extension(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE EXTENSION."""
    given = dict(options(node.options))
    schema = given["schema"].string.sval if "schema" in given else ""
    yield op.CreateExtension(at, name=node.extname, schema=schema, if_not_exists=node.if_not_exists)


def alter_extension(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER EXTENSION UPDATE, ADD and DROP."""
    yield op.AlterExtension(at, name=node.extname, action=after_name(at.text))


def create_sequence(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE SEQUENCE."""
    yield op.CreateSequence(
        at,
        name=relation_name(node.sequence),
        definition=at.text,
        if_not_exists=node.if_not_exists,
        temporary=node.sequence.relpersistence == "t",
        owned_by=_owner(node)[0],
    )


def alter_sequence(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER SEQUENCE with options."""
    owner, disowned = _owner(node)
    name = relation_name(node.sequence)
    yield op.AlterSequence(at, name=name, options=after_name(at.text), owned_by=owner, disown=disowned)


def _owner(node: Node) -> tuple[tuple[Name, str] | None, bool]:
    """The column of OWNED BY, and whether it says NONE."""
    for name, value in options(node.options):
        if name == "owned_by":
            parts = strings(value.list.items)
            return ((parts_name(parts[:-1]), parts[-1]), False) if len(parts) > 1 else (None, True)
    return None, False


def create_publication(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE PUBLICATION."""
    tables = _published(node.pubobjects)
    yield op.CreatePublication(at, name=node.pubname, definition=at.text, tables=tables, all_tables=node.for_all_tables)


def alter_publication(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER PUBLICATION."""
    words = {"AP_AddObjects": "ADD", "AP_DropObjects": "DROP", "AP_SetObjects": "SET"}
    action = words.get(enum(node, "action"), "SET") if node.pubobjects else after_name(at.text)
    yield op.AlterPublication(at, name=node.pubname, action=action, tables=_published(node.pubobjects))


def _published(nodes: Iterable[Node]) -> tuple[Name, ...]:
    objects = (wrapper.publication_obj_spec for wrapper in nodes)
    return tuple(relation_name(o.pubtable.relation) for o in objects if o.HasField("pubtable"))


def comment(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """COMMENT ON; an empty text takes the comment away, as NULL does (CreateComments in commands/comment.c)."""
    target = target_of(object_kind(node, "objtype"), node.object)
    yield op.Comment(at, target=target, text=node.comment or None)


def security_label(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """SECURITY LABEL."""
    name = target_of(object_kind(node, "objtype"), node.object).name
    yield op.OtherObject(at, kind="SECURITY LABEL", action="CREATE", name=name, definition=at.text)


def define(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE AGGREGATE, base TYPE, OPERATOR, COLLATION and TEXT SEARCH objects."""
    match enum(node, "kind"):
        case "OBJECT_AGGREGATE":
            yield create_aggregate(node, at)
        case "OBJECT_TYPE":
            yield create_base_type(node, at)
        case _:
            words, name = object_words(node, "kind"), list_name(node.defnames)
            yield op.OtherObject(at, kind=words, action="CREATE", name=name, definition=at.text)


_NAME_FIELDS = (
    "trigname defnames servername fdwname subname tablespacename collname opclassname opfamilyname conversion_name"
    " plname amname dictname cfgname dbname type_name object_type"
).split()


def other(words: str, action: str) -> Callable[[Node, op.Statement], Sequence[op.Operation]]:
    """Return the reader of a statement about an object outside our catalog."""
    return lambda node, at: (op.OtherObject(at, kind=words, action=action, name=_name(node), definition=at.text),)


def _name(node: Node) -> Name:
    fields = node.DESCRIPTOR.fields_by_name
    for field in _NAME_FIELDS:
        if field not in fields:
            continue
        value = getattr(node, field)
        if isinstance(value, str) and value:
            return Name(value)
        if fields[field].is_repeated and value and kind(value[0]) == "string":
            return list_name(value)
    return Name("")
