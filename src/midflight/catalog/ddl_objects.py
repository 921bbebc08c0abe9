"""Views, sequences, routines, triggers, policies, types, schemas and extensions as the SQL that makes them again."""

from __future__ import annotations

from midflight.catalog.ddl_rights import comment_statement, grant_statements, literal
from midflight.catalog.definitions import constraint_clause
from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.operations.shapes import (
    ObjectKind,
    Policy,
    Routine,
    RoutineKind,
    Target,
    Trigger,
    TypeKind,
    UserType,
    quote,
)


def create_view(relation: Relation) -> str:
    """Return CREATE [OR REPLACE] VIEW or CREATE MATERIALIZED VIEW."""
    if relation.definition:
        return relation.definition
    kind = "MATERIALIZED VIEW" if relation.kind is RelationKind.MATERIALIZED_VIEW else "VIEW"
    return f"CREATE {kind} {relation.name.short} AS {relation.query}"


def create_sequence(relation: Relation) -> str:
    """Return CREATE SEQUENCE; its counter begins again."""
    return relation.definition or f"CREATE SEQUENCE {relation.name.short}"


def create_routine(routine: Routine, catalog: Catalog | None = None) -> tuple[str, ...]:
    """Return CREATE OR REPLACE FUNCTION; with the catalog also the routine's grants and comment."""
    made = (routine.definition, *_altered(routine))
    if catalog is None:
        return made
    kind = ObjectKind.PROCEDURE if routine.kind is RoutineKind.PROCEDURE else ObjectKind.FUNCTION
    target = Target(kind, routine.name, arguments=routine.key.types)
    comment = catalog.comments.get(target)
    return (
        *made,
        *grant_statements(target, catalog),
        *((comment_statement(target, comment),) if comment else ()),
    )


def _altered(routine: Routine) -> tuple[str, ...]:
    """Return what ALTER FUNCTION added after the definition was written."""
    head = routine.definition.partition("$")[0].upper() if "$" in routine.definition else routine.definition.upper()
    text = " ".join(f"{head} {routine.definition.rpartition('$')[2].upper()}".split())
    options = [f"SET {name} TO {value}" for name, value in routine.settings if f"SET {name.upper()} " not in text]
    if routine.security_definer and "SECURITY DEFINER" not in text:
        options.append("SECURITY DEFINER")
    return tuple(f"ALTER {routine.kind.value} {routine.signature} {option}" for option in options)


def create_trigger(trigger: Trigger) -> tuple[str, ...]:
    """Return CREATE TRIGGER, and the statement that disables it where it is disabled."""
    if trigger.enabled:
        return (trigger.definition,)
    return (trigger.definition, f"ALTER TABLE {trigger.table.short} DISABLE TRIGGER {quote(trigger.name)}")


def create_policy(policy: Policy) -> str:
    """Return CREATE POLICY."""
    parts = [f"CREATE POLICY {quote(policy.name)} ON {policy.table.short}"]
    if not policy.permissive:
        parts.append("AS RESTRICTIVE")
    if policy.command.upper() != "ALL":
        parts.append(f"FOR {policy.command.upper()}")
    if policy.roles not in {(), ("public",)}:
        parts.append(f"TO {', '.join(policy.roles)}")
    if policy.using is not None:
        parts.append(f"USING ({policy.using})")
    if policy.check is not None:
        parts.append(f"WITH CHECK ({policy.check})")
    return " ".join(parts)


def create_type(user_type: UserType) -> str:
    """Return CREATE TYPE or CREATE DOMAIN."""
    name = user_type.name.short
    match user_type.kind:
        case TypeKind.ENUM:
            return f"CREATE TYPE {name} AS ENUM ({', '.join(map(literal, user_type.labels))})"
        case TypeKind.DOMAIN if user_type.base:
            return f"CREATE DOMAIN {name} AS {_domain_body(user_type)}"
        case TypeKind.COMPOSITE:
            attributes = ", ".join(f"{quote(a.name)} {a.type}" for a in user_type.attributes)
            return f"CREATE TYPE {name} AS ({attributes})"
        case _:
            return user_type.definition


def _domain_body(domain: UserType) -> str:
    default = f" DEFAULT {domain.default}" if domain.default is not None else ""
    not_null = " NOT NULL" if domain.not_null else ""
    checks = "".join(f" {constraint_clause(c)}" for c in domain.constraints)
    return f"{domain.base}{default}{not_null}{checks}"


def create_schema(name: str) -> str:
    """Return CREATE SCHEMA."""
    return f"CREATE SCHEMA {quote(name)}"


def create_extension(name: str, schema: str = "") -> str:
    """Return CREATE EXTENSION; `schema` is left to the server where empty."""
    place = f" WITH SCHEMA {quote(schema)}" if schema else ""
    return f"CREATE EXTENSION IF NOT EXISTS {quote(name)}{place}"
