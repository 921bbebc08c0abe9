"""The parts of a schema, as both statements and catalogs describe them.

Type names are canonical as `format_type()` prints them without `pg_catalog` ("integer", "character varying(20)",
"timestamp with time zone", "text[]"); a user-defined type keeps its qualification as written. Expressions and
definitions are SQL text. Names are folded as the server folds them: unquoted identifiers in lower case.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")
_RESERVED = frozenset(
    "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create"
    " current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc"
    " distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral"
    " leading limit localtime localtimestamp not null offset on only or order placing primary references returning"
    " select session_user some symmetric system_user table then to trailing true union unique user using variadic"
    " when where window with authorization binary collation concurrently cross current_schema freeze full ilike inner"
    " is isnull join left like natural notnull outer overlaps right similar tablesample verbose".split()
)


def quote(identifier: str) -> str:
    """Return the identifier as SQL, quoted only where PostgreSQL needs it (reserved words, case, symbols)."""
    if _PLAIN.match(identifier) and identifier not in _RESERVED:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A possibly qualified name; `schema` is empty where the text has none and the search path decides."""

    name: str
    schema: str = ""

    def __str__(self) -> str:
        return f"{quote(self.schema)}.{quote(self.name)}" if self.schema else quote(self.name)

    @property
    def short(self) -> str:
        """The name as people write it: without `public`."""
        return quote(self.name) if self.schema in {"", "public"} else str(self)

    def may_mean(self, resolved: "Name") -> bool:
        """Return whether this name as written can be that object: without a schema it can be in any."""
        return self.name == resolved.name and self.schema in {"", resolved.schema}


class Identity(StrEnum):
    """`GENERATED ... AS IDENTITY`."""

    ALWAYS = "ALWAYS"
    BY_DEFAULT = "BY DEFAULT"


class Generated(StrEnum):
    """`GENERATED ALWAYS AS (...)`; `VIRTUAL` exists from PostgreSQL 18."""

    STORED = "STORED"
    VIRTUAL = "VIRTUAL"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `default` and `expression` are SQL; `serial` marks `serial` and its sisters (type already integer)."""

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    identity: Identity | None = None
    generated: Generated | None = None
    expression: str | None = None
    collation: str | None = None
    serial: bool = False

    @property
    def required(self) -> bool:
        """Whether an INSERT that leaves the column out fails (a domain's own rules aside)."""
        return (
            self.not_null
            and self.default is None
            and self.identity is None
            and self.generated is None
            and not self.serial
        )


class ConstraintKind(StrEnum):
    """The kinds of table constraints."""

    PRIMARY_KEY = "PRIMARY KEY"
    UNIQUE = "UNIQUE"
    FOREIGN_KEY = "FOREIGN KEY"
    CHECK = "CHECK"
    EXCLUDE = "EXCLUDE"
    NOT_NULL = "NOT NULL"  # named, from PostgreSQL 18


@dataclass(frozen=True, slots=True)
class Constraint:
    """A table constraint; `definition` is the SQL after `CONSTRAINT name`, with column constraints made table ones.

    `name` is empty as long as the server has not chosen one (the fold chooses as PostgreSQL does).
    """

    name: str
    kind: ConstraintKind
    definition: str
    columns: tuple[str, ...] = ()
    expression: str | None = None
    references: Name | None = None
    referenced_columns: tuple[str, ...] = ()
    on_delete: str = ""
    using_index: str = ""
    not_valid: bool = False
    not_enforced: bool = False
    deferrable: bool = False
    no_inherit: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """An index; `keys` are column names or parenthesised expressions, in order, without ordering options.

    `name` carries the table's schema; its `name.name` is empty as long as the server has not chosen one.
    `definition` is the whole CREATE INDEX statement, never CONCURRENTLY.
    """

    name: Name
    table: Name
    keys: tuple[str, ...]
    definition: str
    unique: bool = False
    method: str = "btree"
    include: tuple[str, ...] = ()
    predicate: str | None = None
    valid: bool = True
    constraint: str = ""  # the constraint that owns it


class Mode(StrEnum):
    """A routine parameter's mode."""

    IN = "IN"
    OUT = "OUT"
    INOUT = "INOUT"
    VARIADIC = "VARIADIC"
    TABLE = "TABLE"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A routine parameter; `name` is empty for an unnamed one, `default` is SQL."""

    name: str
    type: str
    mode: Mode = Mode.IN
    default: str | None = None


class RoutineKind(StrEnum):
    """What DROP needs to know."""

    FUNCTION = "FUNCTION"
    PROCEDURE = "PROCEDURE"
    AGGREGATE = "AGGREGATE"


@dataclass(frozen=True, slots=True)
class Routine:
    """A function or procedure; `definition` is its whole CREATE OR REPLACE statement, `body` what follows AS."""

    name: Name
    parameters: tuple[Parameter, ...]
    returns: str
    language: str
    definition: str
    kind: RoutineKind = RoutineKind.FUNCTION
    body: str = ""
    security_definer: bool = False
    volatility: str = "VOLATILE"
    strict: bool = False
    settings: tuple[tuple[str, str], ...] = ()  # SET name TO value clauses

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """The parameters a caller gives: IN, INOUT and VARIADIC."""
        return tuple(p for p in self.parameters if p.mode in {Mode.IN, Mode.INOUT, Mode.VARIADIC})

    @property
    def key(self) -> "RoutineKey":
        """What PostgreSQL tells overloads apart by: name and input types."""
        return RoutineKey(self.name, tuple(p.type for p in self.inputs))

    @property
    def signature(self) -> str:
        """`schema.name(type, type)`, as DROP FUNCTION takes it."""
        return f"{self.name}({', '.join(self.key.types)})"


@dataclass(frozen=True, slots=True)
class RoutineKey:
    """The identity of a routine."""

    name: Name
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger; `function` is what it runs; `definition` the whole CREATE TRIGGER statement."""

    name: str
    table: Name
    function: Name
    definition: str
    timing: str = "AFTER"
    events: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Policy:
    """A row security policy; `definition` is the whole CREATE POLICY statement."""

    name: str
    table: Name
    definition: str
    command: str = "ALL"
    permissive: bool = True
    roles: tuple[str, ...] = ("public",)
    using: str | None = None
    check: str | None = None


class TypeKind(StrEnum):
    """User-defined types."""

    ENUM = "enum"
    DOMAIN = "domain"
    COMPOSITE = "composite"
    RANGE = "range"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class UserType:
    """A user-defined type; the fields that its kind does not have stay empty."""

    name: Name
    kind: TypeKind
    definition: str = ""
    labels: tuple[str, ...] = ()
    base: str = ""
    not_null: bool = False
    default: str | None = None
    constraints: tuple[Constraint, ...] = ()
    attributes: tuple[Column, ...] = ()


class ObjectKind(StrEnum):
    """What COMMENT, GRANT, OWNER TO and SET SCHEMA name; values are SQL keywords."""

    TABLE = "TABLE"
    COLUMN = "COLUMN"
    CONSTRAINT = "CONSTRAINT"
    VIEW = "VIEW"
    MATERIALIZED_VIEW = "MATERIALIZED VIEW"
    SEQUENCE = "SEQUENCE"
    INDEX = "INDEX"
    FUNCTION = "FUNCTION"
    PROCEDURE = "PROCEDURE"
    ROUTINE = "ROUTINE"
    AGGREGATE = "AGGREGATE"
    TRIGGER = "TRIGGER"
    POLICY = "POLICY"
    TYPE = "TYPE"
    DOMAIN = "DOMAIN"
    SCHEMA = "SCHEMA"
    EXTENSION = "EXTENSION"
    PUBLICATION = "PUBLICATION"
    FOREIGN_TABLE = "FOREIGN TABLE"
    DATABASE = "DATABASE"
    LANGUAGE = "LANGUAGE"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Target:
    """An object named by a statement about objects of several kinds.

    `part` is the column, constraint, trigger or policy of table `name`; `arguments` the types of a routine
    (absent where the statement leaves them out).
    """

    kind: ObjectKind
    name: Name
    part: str = ""
    arguments: tuple[str, ...] | None = None
