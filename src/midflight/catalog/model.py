"""The schema of one database at one point, as a persistent value.

All names in a catalog are resolved: `Name.schema` is never empty. Changing a catalog gives a new one that shares
everything else with the old (`rpds.HashTrieMap`), so every intermediate catalog can be kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rpds import HashTrieMap, HashTrieSet

from midflight.catalog.links import Links, links
from midflight.operations.model import Operation
from midflight.operations.replaced import replace
from midflight.operations.shapes import (
    Column,
    Constraint,
    ConstraintKind,
    Index,
    Name,
    Policy,
    Routine,
    RoutineKey,
    Target,
    Trigger,
    UserType,
)

PLATFORM_SCHEMAS = frozenset(
    "pg_catalog information_schema pg_toast auth storage extensions realtime vault graphql graphql_public cron net"
    " supabase_functions supabase_migrations pgsodium pgbouncer pgmq pgmq_public hdb_catalog".split()
)
"""Schemas that a platform makes, not a migration; what is in them is not decided by the history."""


class RelationKind(StrEnum):
    """What shares the namespace of tables."""

    TABLE = "table"
    FOREIGN_TABLE = "foreign table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view or sequence.

    `complete` is False when we know that it exists but not all of its columns (the history starts later, or a
    statement about it was opaque, or a view's column list is not decided by its text). `columns` are in order.
    `depends` names the relations a view reads, `reads` the columns it names.
    """

    name: Name
    kind: RelationKind
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    complete: bool = True
    definition: str = ""  # views: CREATE OR REPLACE VIEW ...; sequences: CREATE SEQUENCE ...
    query: str = ""
    depends: tuple[Name, ...] = ()
    reads: tuple[tuple[Name, str], ...] = ()
    partition_by: str = ""
    partition_of: Name | None = None
    bound: str = ""
    inherits: tuple[Name, ...] = ()
    unlogged: bool = False
    row_security: bool = False
    force_row_security: bool = False
    owner: str = ""
    owned_by: tuple[Name, str] | None = None  # sequences: the column that owns it
    options: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    def constraint(self, name: str) -> Constraint | None:
        """The constraint of that name, or None."""
        return next((c for c in self.constraints if c.name == name), None)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key, empty without one."""
        return next((c.columns for c in self.constraints if c.kind is ConstraintKind.PRIMARY_KEY), ())

    @property
    def is_table(self) -> bool:
        """Whether rows are stored in it (or in its partitions)."""
        return self.kind in {RelationKind.TABLE, RelationKind.FOREIGN_TABLE}


def _named_by(relation: Relation) -> frozenset[Name | tuple[str, str]]:
    """What a relation points at, and its constraints as (schema, name)."""
    found: set[Name | tuple[str, str]] = {*relation.depends, *relation.inherits}
    for constraint in relation.constraints:
        found.add((relation.name.schema, constraint.name))
        if constraint.references is not None:
            found.add(constraint.references)
    if relation.partition_of is not None:
        found.add(relation.partition_of)
    if relation.owned_by is not None:
        found.add(relation.owned_by[0])
    return frozenset(found)


def _table_of(index: Index) -> frozenset[Name]:
    return frozenset((index.table,))


@dataclass(frozen=True, slots=True)
class Gap:
    """Why the absence of an object from this catalog proves nothing.

    `about` is the one object that the gap is about; without it the gap may be about any object.
    """

    reason: str
    path: str = ""
    line: int = 0
    about: Name | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """A privilege that is in force: `privilege` upper case, `role` as written, on `target`."""

    privilege: str
    role: str
    target: Target


@dataclass(frozen=True, slots=True)
class Catalog:
    """The schema of one database at one point.

    `gaps` lists why absence proves nothing: a statement that was opaque, a table altered but never created.
    `search_path` is the session's while folding; each migration starts again with the default.
    """

    relations: HashTrieMap[Name, Relation] = field(default_factory=HashTrieMap)
    indexes: HashTrieMap[Name, Index] = field(default_factory=HashTrieMap)
    routines: HashTrieMap[RoutineKey, Routine] = field(default_factory=HashTrieMap)
    types: HashTrieMap[Name, UserType] = field(default_factory=HashTrieMap)
    triggers: HashTrieMap[tuple[Name, str], Trigger] = field(default_factory=HashTrieMap)
    policies: HashTrieMap[tuple[Name, str], Policy] = field(default_factory=HashTrieMap)
    rules: HashTrieMap[tuple[Name, str], str] = field(default_factory=HashTrieMap)
    schemas: HashTrieMap[str, str] = field(default_factory=HashTrieMap)  # name -> owner
    extensions: HashTrieMap[str, str] = field(default_factory=HashTrieMap)  # name -> schema
    publications: HashTrieMap[str, str] = field(default_factory=HashTrieMap)  # name -> definition
    comments: HashTrieMap[Target, str] = field(default_factory=HashTrieMap)
    grants: HashTrieMap[Granted, bool] = field(default_factory=HashTrieMap)
    others: HashTrieMap[tuple[str, Name], str] = field(default_factory=HashTrieMap)  # (kind, name) -> definition
    search_path: tuple[str, ...] = ("public",)
    gaps: tuple[Gap, ...] = ()
    gone: HashTrieSet[tuple[str, Name]] = field(default_factory=HashTrieSet)  # (kind, name): existed, exists no more
    _to_relations: Links[Relation, Name | tuple[str, str]] = field(
        default=links(HashTrieMap(), _named_by), repr=False, compare=False
    )
    _to_tables: Links[Index, Name] = field(default=links(HashTrieMap(), _table_of), repr=False, compare=False)

    def __post_init__(self) -> None:
        # whoever exchanges a whole map need not know that something is kept beside it
        if self._to_relations.source is not self.relations:
            object.__setattr__(self, "_to_relations", links(self.relations, _named_by))
        if self._to_tables.source is not self.indexes:
            object.__setattr__(self, "_to_tables", links(self.indexes, _table_of))

    def resolve(self, name: Name) -> Name:
        """The name with a schema: the first of the search path that holds such an object, else the path's first."""
        if name.schema:
            return name
        for schema in self.search_path:
            candidate = Name(name.name, schema)
            if candidate in self.relations or candidate in self.types or candidate in self.indexes:
                return candidate
        return Name(name.name, self.search_path[0] if self.search_path else "public")

    def relation(self, name: Name) -> Relation | None:
        """The relation that `name` means here, or None."""
        return self.relations.get(self.resolve(name))

    def routines_named(self, name: Name) -> tuple[Routine, ...]:
        """All overloads of a routine; an unqualified name is looked up along the search path."""
        schemas = (name.schema,) if name.schema else self.search_path
        for schema in schemas:
            wanted = Name(name.name, schema)
            found = tuple(r for k, r in self.routines.items() if k.name == wanted)
            if found:
                return found
        return ()

    def indexes_on(self, table: Name) -> tuple[Index, ...]:
        """The indexes of a table (resolved name), those of constraints included."""
        return tuple(self.indexes[name] for name in self._to_tables.to(table))

    def pointing_at(self, name: Name) -> tuple[Relation, ...]:
        """The relations that point at one by its full name: as views, foreign keys, tables below it, sequences."""
        return tuple(self.relations[other] for other in self._to_relations.to(name))

    def has_constraint(self, name: str, schema: str) -> bool:
        """Whether any relation of the schema has a constraint of that name."""
        return bool(self._to_relations.to((schema, name)))

    def why_unknown(self, name: Name) -> str:
        """Why an absent object of that name may exist all the same; empty when its absence is certain."""
        schema = name.schema or (self.search_path[0] if self.search_path else "public")
        if schema in PLATFORM_SCHEMAS:
            return f"schema {schema} belongs to the platform"
        return self.gaps[0].reason if self.gaps else ""

    def with_relation(self, relation: Relation) -> Catalog:
        """This catalog with the relation added or replaced."""
        relations = self.relations.insert(relation.name, relation)
        return replace(self, relations=relations, _to_relations=self._to_relations.after(relations, relation.name))

    def without_relation(self, name: Name) -> Catalog:
        """This catalog without the entry of a relation; what depends on it stays."""
        relations = self.relations.discard(name)
        return replace(self, relations=relations, _to_relations=self._to_relations.after(relations, name))

    def with_index(self, index: Index) -> Catalog:
        """This catalog with the index added or replaced."""
        indexes = self.indexes.insert(index.name, index)
        return replace(self, indexes=indexes, _to_tables=self._to_tables.after(indexes, index.name))

    def without_index(self, name: Name) -> Catalog:
        """This catalog without the entry of an index."""
        indexes = self.indexes.discard(name)
        return replace(self, indexes=indexes, _to_tables=self._to_tables.after(indexes, name))

    def with_gap(self, gap: Gap) -> Catalog:
        """This catalog with one more reason why absence proves nothing."""
        return self if gap in self.gaps else replace(self, gaps=(*self.gaps, gap))


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the server would refuse an operation, from the catalog before it; `sqlstate` is PostgreSQL's."""

    sqlstate: str
    message: str


@dataclass(frozen=True, slots=True)
class Step:
    """One operation between the catalog before and after it; `migration` is its version."""

    operation: Operation
    before: Catalog
    after: Catalog
    problems: tuple[Problem, ...] = ()
    migration: str = ""
