"""Where a name of a statement leads in a catalog, and how certain it is that it leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from midflight.catalog.model import PLATFORM_SCHEMAS, Catalog, Gap, Problem, Relation, RelationKind
from midflight.catalog.rewrite import KEPT, parse_name
from midflight.operations.model import Operation
from midflight.operations.replaced import replace
from midflight.operations.shapes import Constraint, Name, TypeKind, UserType

TEMPORARY = "pg_temp"
"""Where temporary relations are; it is looked at first and never chosen for anything else."""

BUILT_IN_EXTENSION = "plpgsql"

RUNNERS_TABLES = frozenset(
    "__diesel_schema_migrations _prisma_migrations _prisma_migrations_lock _sqlx_migrations alembic_version"
    " ar_internal_metadata databasechangelog databasechangeloglock django_migrations flyway_schema_history"
    " goose_db_version knex_migrations knex_migrations_lock migrations schema_migrations schema_migrations_lock"
    " SequelizeMeta __drizzle_migrations atlas_schema_revisions pgmigrations".split()
)
"""The tables in which migration tools keep their own books: the tool makes them, no migration does."""

_IF_EXISTS = re.compile(r"\s*ALTER\s+(?:FOREIGN\s+|MATERIALIZED\s+)?\w+\s+IF\s+EXISTS\b", re.IGNORECASE)
_TYPE = re.compile(
    r"(?P<set>SETOF\s+)?(?P<name>(?:\"(?:[^\"]|\"\")+\"|[^\W\d][\w$]*)(?:\.(?:\"(?:[^\"]|\"\")+\"|[^\W\d][\w$]*))?)"
    r"(?P<rest>(?:\([^)]*\))?(?:\[\d*\])*)\Z",
    re.IGNORECASE,
)
_OF_COLUMN = "%TYPE"
_SIZES = re.compile(r"\(\s*\d+\s*(?:,\s*-?\d+\s*)?\)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation leaves behind: the catalog after it, and why the server would have refused it."""

    catalog: Catalog
    problems: tuple[Problem, ...] = ()

    def but(self, *problems: Problem) -> Outcome:
        """The same with more problems."""
        return Outcome(self.catalog, (*self.problems, *problems))


Fold = Callable[[Catalog, Any], Outcome]
Folds = Mapping[type[Operation], Fold]
"""What an operation of each class does to a catalog."""


@dataclass(frozen=True, slots=True)
class Found:
    """A relation that an operation is about; None where it is missing, for the reason in `problems` if certain."""

    catalog: Catalog
    relation: Relation | None
    problems: tuple[Problem, ...] = ()

    @property
    def nothing(self) -> Outcome:
        """The outcome of an operation on a missing relation."""
        return Outcome(self.catalog, self.problems)


def path(catalog: Catalog) -> tuple[str, ...]:
    """Return the schemas in which an unqualified name is looked up, in order."""
    return _looked_up(catalog.search_path)


@lru_cache(maxsize=KEPT)
def _looked_up(search_path: tuple[str, ...]) -> tuple[str, ...]:
    named = tuple(s for s in search_path if s not in {TEMPORARY, "$user"})
    return (TEMPORARY, *named) if TEMPORARY in search_path else named


def creation_name(catalog: Catalog, name: Name, *, temporary: bool = False) -> Name:
    """Return the full name under which CREATE makes an object."""
    if temporary or name.schema == TEMPORARY:
        return Name(name.name, TEMPORARY)
    if name.schema:
        return name
    schemas = [s for s in path(catalog) if s != TEMPORARY]
    existing = next((s for s in schemas if s in catalog.schemas), None)
    return Name(name.name, existing or (schemas[0] if schemas else "public"))


def candidates(catalog: Catalog, name: Name) -> tuple[Name, ...]:
    """Return the full names that `name` may stand for, in order."""
    return (name,) if name.schema else tuple(Name(name.name, schema) for schema in path(catalog))


def full_name(catalog: Catalog, name: Name) -> Name:
    """Return the full name of the relation or index that `name` means, else the name CREATE would use."""
    for candidate in candidates(catalog, name):
        if candidate in catalog.relations or candidate in catalog.indexes:
            return candidate
    return creation_name(catalog, name)


def find_relation(catalog: Catalog, name: Name) -> Relation | None:
    """Return the relation that `name` means, or None."""
    return next((catalog.relations[n] for n in candidates(catalog, name) if n in catalog.relations), None)


def find_type(catalog: Catalog, name: Name) -> UserType | None:
    """Return the user-defined type that `name` means, or None."""
    return next((catalog.types[n] for n in candidates(catalog, name) if n in catalog.types), None)


def platform(catalog: Catalog, name: Name) -> bool:
    """Return whether a platform owns the place where `name` is."""
    return creation_name(catalog, name).schema in PLATFORM_SCHEMAS


def certain(catalog: Catalog, name: Name) -> bool:
    """Return whether the catalog knows all there is to know about the object of this full name."""
    if name.schema in PLATFORM_SCHEMAS:
        return False
    return not any(gap.about is None or gap.about == name for gap in catalog.gaps)


def was_dropped(catalog: Catalog, kind: str, name: Name) -> bool:
    """Return whether an object of that kind existed under the name and certainly does no more."""
    full = creation_name(catalog, name)
    return (kind, full) in catalog.gone and certain(catalog, full)


def surely_missing(catalog: Catalog, kind: str, name: Name) -> bool:
    """Return whether an absent object of the name is certain to be missing on the server.

    It is when it was dropped, and when the history is whole: tables are made in it, nothing in it is unknown, and
    no extension can have brought the object.
    """
    if was_dropped(catalog, kind, name):
        return True
    whole = not catalog.gaps and any(r.is_table for r in catalog.relations.values())
    extended = any(extension != BUILT_IN_EXTENSION for extension in catalog.extensions)
    return whole and not extended and not platform(catalog, name) and creation_name(catalog, name).schema != TEMPORARY


def bury(catalog: Catalog, kind: str, name: Name) -> Catalog:
    """Return the catalog that remembers that an object of this full name is gone."""
    return replace(catalog, gone=catalog.gone.insert((kind, name)))


def unearth(catalog: Catalog, kind: str, name: Name) -> Catalog:
    """Return the catalog in which the name is in use again."""
    return replace(catalog, gone=catalog.gone.discard((kind, name))) if (kind, name) in catalog.gone else catalog


def relation_of(
    catalog: Catalog,
    name: Name,
    operation: Operation,
    *,
    kind: RelationKind = RelationKind.TABLE,
    verb: str = "altered",
) -> Found:
    """Return the relation that a statement alters.

    One that no migration creates is assumed to exist, with a gap that says so; one that was dropped is a problem.
    """
    relation = find_relation(catalog, name)
    if relation is not None:
        return Found(catalog, relation)
    if _IF_EXISTS.match(operation.statement.text):
        return Found(catalog, None)
    if was_dropped(catalog, "relation", name):
        return Found(catalog, None, (missing_relation(name),))
    assumed = Relation(creation_name(catalog, name), kind, complete=False)
    catalog = catalog.with_relation(assumed)
    if assumed.name.schema not in PLATFORM_SCHEMAS and assumed.name.name not in RUNNERS_TABLES:
        catalog = catalog.with_gap(never_created(kind.value, assumed.name, operation, verb))
    return Found(catalog, assumed)


def never_created(kind: str, name: Name, operation: Operation, verb: str = "altered") -> Gap:
    """Return the gap for an object that a statement speaks of and no migration creates."""
    place = operation.statement
    reason = f"{kind} {name.short} is {verb} at {place.path}:{place.line} but no migration creates it"
    return Gap(reason, place.path, place.line, about=name)


def missing_relation(name: Name) -> Problem:
    """Return the server's answer to a relation that is not there."""
    return Problem("42P01", f'relation "{_plain(name)}" does not exist')


def missing_column(catalog: Catalog, relation: Relation, column: str) -> tuple[Problem, ...]:
    """Return the server's answer to a column that is not there, nothing where it may be there after all."""
    if relation.column(column) is not None or not relation.complete or not certain(catalog, relation.name):
        return ()
    if column in {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}:
        return ()
    return (Problem("42703", f'column "{column}" of relation "{relation.name.name}" does not exist'),)


def _plain(name: Name) -> str:
    return f"{name.schema}.{name.name}" if name.schema else name.name


def settled_type(catalog: Catalog, text: str) -> str:
    """Return a type's name as the catalog writes it: without `public`, otherwise with the schema it is in."""
    if text.endswith(_OF_COLUMN):
        return _type_of_column(catalog, text)
    match = _TYPE.match(text)
    name = parse_name(match["name"]) if match else None
    if match is None or name is None:
        return text
    if name.schema in {"", "pg_catalog"}:
        found = find_type(catalog, name) if not name.schema else None
        relation = find_relation(catalog, name) if not name.schema and found is None else None
        written = found.name.short if found else relation.name.short if relation else None
        if written is None:
            return text if not name.schema else text.replace("pg_catalog.", "", 1)
    else:
        written = name.short
    return f"{'SETOF ' if match['set'] else ''}{written}{match['rest']}"


def _type_of_column(catalog: Catalog, text: str) -> str:
    """Return the type that `table.column%TYPE` stands for now, without size; as written where the column is not known.

    The server keeps the type alone, so that it stays when the column's changes ("CREATE FUNCTION", argtype).
    """
    set_of = "SETOF " if text.startswith("SETOF ") else ""
    table, _, column = text.removeprefix("SETOF ").removesuffix(_OF_COLUMN).rpartition(".")
    name, part = parse_name(table), parse_name(column)
    relation = find_relation(catalog, name) if name else None
    found = relation.column(part.name) if relation and part else None
    return f"{set_of}{_SIZES.sub('', found.type)}" if found and found.type else text


@dataclass(frozen=True, slots=True)
class DomainRules:
    """What a type text stands for: the type below its domains, and the rules that these add."""

    base: str
    checks: tuple[Constraint, ...] = ()
    not_null: bool = False

    def __bool__(self) -> bool:
        return bool(self.checks or self.not_null)


def domain_rules(catalog: Catalog, text: str) -> DomainRules:
    """Return the rules of a domain and of those below it; without rules for every other type."""
    seen: set[Name] = set()
    rules = DomainRules(settled_type(catalog, text))
    while (name := parse_name(rules.base)) is not None and name not in seen:
        seen.add(name)
        found = find_type(catalog, name)
        if found is None or found.kind is not TypeKind.DOMAIN:
            break
        below = settled_type(catalog, found.base)
        rules = DomainRules(below, (*rules.checks, *found.constraints), rules.not_null or found.not_null)
    return rules


def represented_type(catalog: Catalog, text: str) -> str:
    """Return the type whose values a type text stands for: of a domain without rules, the type below it.

    The server describes such a column to clients by the base type (PostgreSQL's source, SendRowDescriptionMessage).
    """
    rules = domain_rules(catalog, text)
    return settled_type(catalog, text) if rules else rules.base


def settled_input(catalog: Catalog, text: str) -> str:
    """Return a routine's input type as the server keeps it: without sizes."""
    return settled_type(catalog, _SIZES.sub("", text))


@lru_cache(maxsize=KEPT)
def type_name(text: str) -> Name | None:
    """Return the full name of the type that a settled type text is built on; None for a built-in of several words."""
    match = _TYPE.match(text)
    name = parse_name(match["name"]) if match else None
    return name if name is None or name.schema else Name(name.name, "public")
