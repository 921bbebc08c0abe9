"""What `alembic_utils` adds to `op`: extensions, functions, triggers, views and policies (its documentation, "API")."""

from collections.abc import Iterator

from midflight.migrations.formats.alembic.directives import Directive, UnreadableError, named, text_of
from midflight.migrations.formats.alembic.types import quoted
from midflight.migrations.python import Call, Value, plain

_RELATIONS = {"PGView": "VIEW", "PGMaterializedView": "MATERIALIZED VIEW"}
_ROUTINES = {"PGFunction": "FUNCTION", "PGProcedure": "PROCEDURE"}


def create_entity(one: Directive) -> Iterator[str]:
    """`op.create_entity(PGFunction(...))`."""
    yield _created(_entity(one), "CREATE")


def replace_entity(one: Directive) -> Iterator[str]:
    """`op.replace_entity(...)`: what cannot be replaced is made anew."""
    entity = _entity(one)
    if entity.last in _ROUTINES or entity.last == "PGView":
        yield _created(entity, "CREATE OR REPLACE")
    else:
        yield _dropped(entity)
        yield _created(entity, "CREATE")


def drop_entity(one: Directive) -> Iterator[str]:
    """`op.drop_entity(...)`."""
    yield _dropped(_entity(one)) + (" CASCADE" if plain(one.call.get("cascade", 1)) is True else "")


def _entity(one: Directive) -> Call:
    entity = one.call.get("entity", 0)
    if not isinstance(entity, Call):
        raise UnreadableError("what is made is put together by the program")
    return entity


def _created(entity: Call, create: str) -> str:
    schema, name = (text_of(entity.get(part, at)) for at, part in enumerate(("schema", "signature")))
    match entity.last:
        case "PGExtension":
            return f"CREATE EXTENSION IF NOT EXISTS {quoted(name)} WITH SCHEMA {quoted(schema)}"
        case "PGFunction" | "PGProcedure" as kind:
            return f"{create} {_ROUTINES[kind]} {quoted(schema)}.{name} {_definition(entity)}"
        case "PGTrigger":
            constraint = "CONSTRAINT " if plain(entity.get("is_constraint", 4)) is True else ""
            return f"{create} {constraint}TRIGGER {quoted(name)} {_definition(entity)}"
        case "PGPolicy":
            return f"{create} POLICY {quoted(name)} ON {_table(entity)} {_definition(entity)}"
        case "PGView" | "PGMaterializedView" as kind:
            data = " WITH NO DATA" if plain(entity.get("with_data", 3)) is False else ""
            return (
                f"{create} {_RELATIONS[kind]} {named(name, schema)} AS {_definition(entity).rstrip().rstrip(';')}{data}"
            )
    raise UnreadableError(f"`{entity.last[:80]}` is no entity that is read")


def _dropped(entity: Call) -> str:
    schema, name = (text_of(entity.get(part, at)) for at, part in enumerate(("schema", "signature")))
    match entity.last:
        case "PGExtension":
            return f"DROP EXTENSION {quoted(name)}"
        case "PGFunction" | "PGProcedure" as kind:
            return f"DROP {_ROUTINES[kind]} {quoted(schema)}.{_without_defaults(name)}"
        case "PGTrigger":
            return f"DROP TRIGGER {quoted(name)} ON {_table(entity)}"
        case "PGPolicy":
            return f"DROP POLICY {quoted(name)} ON {_table(entity)}"
        case "PGView" | "PGMaterializedView" as kind:
            return f"DROP {_RELATIONS[kind]} {named(name, schema)}"
    raise UnreadableError(f"`{entity.last[:80]}` is no entity that is read")


def _definition(entity: Call) -> str:
    """The SQL after the name; a colon is kept from SQLAlchemy by a backslash."""
    return text_of(entity.get("definition", 2)).replace("\\:", ":").strip()


def _table(entity: Call) -> str:
    found: Value = entity.get("on_entity", 3)
    return text_of(found)


def _without_defaults(signature: str) -> str:
    """A signature as DROP takes it: parameters with defaults are left out, where the name alone has to do."""
    name, _, parameters = signature.partition("(")
    return name if "default" in parameters.lower() or "=" in parameters else signature
