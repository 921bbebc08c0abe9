"""Operations: one frozen class for each thing a migration can do.

Every operation knows the statement it came from. One statement may give several operations (ALTER TABLE with three
actions gives three); their order is the order of the text. `table` is the table as written; the catalog resolves it.
"""

from dataclasses import dataclass

from midflight.operations.shapes import (
    Column,
    Constraint,
    Identity,
    Index,
    Name,
    ObjectKind,
    Policy,
    Routine,
    RoutineKind,
    Target,
    Trigger,
    UserType,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement of a script.

    `line` is 1-based in the file and points at the first token (comments before it belong to no statement),
    `text` is exact and without the semicolon, `number` counts from 0 within the script, `comments` are the
    comments directly before and behind it (for suppressions). `in_transaction` says whether it runs inside a
    transaction with others, from the tool's mode and the script's own BEGIN and COMMIT.
    """

    path: str
    line: int
    text: str
    number: int = 0
    in_transaction: bool = True
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One change; the subclasses say which."""

    statement: Statement


# --- tables ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LikeClause:
    """`LIKE source INCLUDING ...`; `including` holds upper-case words, "ALL" for all of them."""

    source: Name
    including: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CreateTable(Operation):
    """CREATE TABLE, also PARTITION OF, INHERITS, LIKE and AS; `query` is the text after AS."""

    name: Name
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False
    temporary: bool = False
    unlogged: bool = False
    foreign: bool = False
    like: tuple[LikeClause, ...] = ()
    inherits: tuple[Name, ...] = ()
    partition_of: Name | None = None
    bound: str = ""
    partition_by: str = ""
    query: str = ""
    query_columns: tuple[str, ...] = ()  # output names of `query` where the text decides them
    depends: tuple[Name, ...] = ()  # relations that `query` reads
    options: tuple[tuple[str, str], ...] = ()  # storage parameters after WITH


@dataclass(frozen=True, slots=True)
class DropTable(Operation):
    """DROP TABLE of one table (a statement with three names gives three operations)."""

    name: Name
    if_exists: bool = False
    cascade: bool = False
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class RenameTable(Operation):
    """ALTER TABLE|VIEW|MATERIALIZED VIEW|SEQUENCE|FOREIGN TABLE RENAME TO."""

    name: Name
    to: str
    kind: ObjectKind = ObjectKind.TABLE
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class SetSchema(Operation):
    """ALTER ... SET SCHEMA."""

    target: Target
    schema: str


@dataclass(frozen=True, slots=True)
class SetOwner(Operation):
    """ALTER ... OWNER TO."""

    target: Target
    owner: str


@dataclass(frozen=True, slots=True)
class SetTableOption(Operation):
    """Any other ALTER TABLE action without effect on names and columns; `option` is its keyword text in upper case.

    Examples: "SET LOGGED", "SET UNLOGGED", "REPLICA IDENTITY", "CLUSTER ON", "SET TABLESPACE", "SET ACCESS METHOD",
    "SET (fillfactor)", "ENABLE RULE".
    """

    table: Name
    option: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class AttachPartition(Operation):
    """ALTER TABLE ... ATTACH PARTITION."""

    table: Name
    partition: Name
    bound: str


@dataclass(frozen=True, slots=True)
class DetachPartition(Operation):
    """ALTER TABLE ... DETACH PARTITION [CONCURRENTLY | FINALIZE]."""

    table: Name
    partition: Name
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class SetInheritance(Operation):
    """ALTER TABLE ... [NO] INHERIT parent."""

    table: Name
    parent: Name
    inherit: bool = True


# --- columns --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddColumn(Operation):
    """ADD COLUMN; `constraints` are its inline constraints other than NOT NULL, DEFAULT and GENERATED."""

    table: Name
    column: Column
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropColumn(Operation):
    """DROP COLUMN."""

    table: Name
    column: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameColumn(Operation):
    """RENAME COLUMN, of tables, views and composite types."""

    table: Name
    column: str
    to: str


@dataclass(frozen=True, slots=True)
class AlterColumnType(Operation):
    """ALTER COLUMN ... TYPE; `using` is SQL."""

    table: Name
    column: str
    type: str
    using: str | None = None
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class SetDefault(Operation):
    """SET DEFAULT, or DROP DEFAULT where `default` is None."""

    table: Name
    column: str
    default: str | None


@dataclass(frozen=True, slots=True)
class SetNotNull(Operation):
    """SET NOT NULL."""

    table: Name
    column: str


@dataclass(frozen=True, slots=True)
class DropNotNull(Operation):
    """DROP NOT NULL."""

    table: Name
    column: str


@dataclass(frozen=True, slots=True)
class SetIdentity(Operation):
    """ADD GENERATED ... AS IDENTITY, SET GENERATED, or DROP IDENTITY where `identity` is None."""

    table: Name
    column: str
    identity: Identity | None


@dataclass(frozen=True, slots=True)
class SetExpression(Operation):
    """SET EXPRESSION, or DROP EXPRESSION where `expression` is None."""

    table: Name
    column: str
    expression: str | None


@dataclass(frozen=True, slots=True)
class SetColumnOption(Operation):
    """SET STATISTICS, SET STORAGE, SET COMPRESSION, SET (n_distinct = ...)."""

    table: Name
    column: str
    option: str
    value: str = ""


# --- constraints and indexes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddConstraint(Operation):
    """ADD CONSTRAINT."""

    table: Name
    constraint: Constraint


@dataclass(frozen=True, slots=True)
class DropConstraint(Operation):
    """DROP CONSTRAINT."""

    table: Name
    constraint: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class ValidateConstraint(Operation):
    """VALIDATE CONSTRAINT."""

    table: Name
    constraint: str


@dataclass(frozen=True, slots=True)
class RenameConstraint(Operation):
    """RENAME CONSTRAINT."""

    table: Name
    constraint: str
    to: str


@dataclass(frozen=True, slots=True)
class AlterConstraint(Operation):
    """ALTER CONSTRAINT ... DEFERRABLE and the like."""

    table: Name
    constraint: str
    definition: str


@dataclass(frozen=True, slots=True)
class CreateIndex(Operation):
    """CREATE INDEX; `only` is `ON ONLY`."""

    index: Index
    concurrently: bool = False
    if_not_exists: bool = False
    only: bool = False


@dataclass(frozen=True, slots=True)
class DropIndex(Operation):
    """DROP INDEX of one index."""

    name: Name
    concurrently: bool = False
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameIndex(Operation):
    """ALTER INDEX ... RENAME TO."""

    name: Name
    to: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class AttachIndex(Operation):
    """ALTER INDEX ... ATTACH PARTITION."""

    name: Name
    partition: Name


@dataclass(frozen=True, slots=True)
class Reindex(Operation):
    """REINDEX; `kind` is INDEX, TABLE, SCHEMA, DATABASE or SYSTEM."""

    kind: str
    name: Name
    concurrently: bool = False


# --- views, routines, triggers, policies ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreateView(Operation):
    """CREATE [OR REPLACE] [MATERIALIZED] VIEW.

    `columns` are its output names, "*" for one that the text alone does not decide (then `depends` and the
    catalog do); `reads` pairs each column that the query names with its relation where the text decides it.
    """

    name: Name
    columns: tuple[str, ...]
    query: str
    definition: str
    depends: tuple[Name, ...] = ()
    reads: tuple[tuple[Name, str], ...] = ()
    or_replace: bool = False
    materialized: bool = False
    if_not_exists: bool = False
    temporary: bool = False
    with_data: bool = True
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DropView(Operation):
    """DROP VIEW or DROP MATERIALIZED VIEW of one view."""

    name: Name
    materialized: bool = False
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RefreshView(Operation):
    """REFRESH MATERIALIZED VIEW; without data (WITH NO DATA) it is emptied, and no query can read it."""

    name: Name
    concurrently: bool = False
    with_data: bool = True


@dataclass(frozen=True, slots=True)
class CreateRoutine(Operation):
    """CREATE [OR REPLACE] FUNCTION, PROCEDURE or AGGREGATE."""

    routine: Routine
    or_replace: bool = False


@dataclass(frozen=True, slots=True)
class DropRoutine(Operation):
    """DROP FUNCTION|PROCEDURE|ROUTINE|AGGREGATE; `arguments` is None where the statement leaves them out."""

    name: Name
    arguments: tuple[str, ...] | None
    kind: RoutineKind = RoutineKind.FUNCTION
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameRoutine(Operation):
    """ALTER FUNCTION ... RENAME TO."""

    name: Name
    arguments: tuple[str, ...] | None
    to: str


@dataclass(frozen=True, slots=True)
class AlterRoutine(Operation):
    """ALTER FUNCTION with options; `options` is their SQL text (`SECURITY DEFINER`, `SET search_path TO ''`)."""

    name: Name
    arguments: tuple[str, ...] | None
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CreateTrigger(Operation):
    """CREATE [OR REPLACE] TRIGGER."""

    trigger: Trigger
    or_replace: bool = False


@dataclass(frozen=True, slots=True)
class DropTrigger(Operation):
    """DROP TRIGGER."""

    name: str
    table: Name
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameTrigger(Operation):
    """ALTER TRIGGER ... RENAME TO."""

    name: str
    table: Name
    to: str


@dataclass(frozen=True, slots=True)
class SetTrigger(Operation):
    """ALTER TABLE ... ENABLE|DISABLE TRIGGER; `name` is a trigger, "ALL" or "USER"."""

    table: Name
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class CreatePolicy(Operation):
    """CREATE POLICY."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class AlterPolicy(Operation):
    """ALTER POLICY; what is None stays as it was; `to` renames."""

    name: str
    table: Name
    to: str = ""
    roles: tuple[str, ...] | None = None
    using: str | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True)
class DropPolicy(Operation):
    """DROP POLICY."""

    name: str
    table: Name
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class SetRowSecurity(Operation):
    """ENABLE, DISABLE (`enabled`), FORCE or NO FORCE (`forced`) ROW LEVEL SECURITY; None leaves the flag."""

    table: Name
    enabled: bool | None = None
    forced: bool | None = None


@dataclass(frozen=True, slots=True)
class CreateRule(Operation):
    """CREATE RULE."""

    name: str
    table: Name
    definition: str


@dataclass(frozen=True, slots=True)
class DropRule(Operation):
    """DROP RULE."""

    name: str
    table: Name
    if_exists: bool = False
    cascade: bool = False


# --- types, schemas, sequences, extensions, rights ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreateType(Operation):
    """CREATE TYPE or CREATE DOMAIN."""

    type: UserType


@dataclass(frozen=True, slots=True)
class DropType(Operation):
    """DROP TYPE or DROP DOMAIN of one type."""

    name: Name
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameType(Operation):
    """ALTER TYPE|DOMAIN ... RENAME TO."""

    name: Name
    to: str


@dataclass(frozen=True, slots=True)
class AddEnumValue(Operation):
    """ALTER TYPE ... ADD VALUE; `before` or `after` names the neighbour."""

    type: Name
    value: str
    before: str = ""
    after: str = ""
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class RenameEnumValue(Operation):
    """ALTER TYPE ... RENAME VALUE."""

    type: Name
    value: str
    to: str


@dataclass(frozen=True, slots=True)
class AlterDomain(Operation):
    """ALTER DOMAIN; exactly one of the parts is given. `action` is the SQL after the name."""

    name: Name
    action: str
    add: Constraint | None = None
    drop: str = ""
    not_null: bool | None = None
    default: str | None = None
    drop_default: bool = False
    validate: str = ""


@dataclass(frozen=True, slots=True)
class AlterCompositeType(Operation):
    """ALTER TYPE ... ADD|DROP|ALTER ATTRIBUTE; `action` is the SQL after the name."""

    name: Name
    action: str


@dataclass(frozen=True, slots=True)
class CreateSchema(Operation):
    """CREATE SCHEMA."""

    name: str
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropSchema(Operation):
    """DROP SCHEMA of one schema."""

    name: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameSchema(Operation):
    """ALTER SCHEMA ... RENAME TO."""

    name: str
    to: str


@dataclass(frozen=True, slots=True)
class CreateSequence(Operation):
    """CREATE SEQUENCE; `owned_by` is (table, column)."""

    name: Name
    definition: str
    if_not_exists: bool = False
    temporary: bool = False
    owned_by: tuple[Name, str] | None = None


@dataclass(frozen=True, slots=True)
class AlterSequence(Operation):
    """ALTER SEQUENCE with options; `owned_by` is set by OWNED BY, `disown` by OWNED BY NONE."""

    name: Name
    options: str
    owned_by: tuple[Name, str] | None = None
    disown: bool = False


@dataclass(frozen=True, slots=True)
class DropSequence(Operation):
    """DROP SEQUENCE of one sequence."""

    name: Name
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CreateExtension(Operation):
    """CREATE EXTENSION."""

    name: str
    schema: str = ""
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropExtension(Operation):
    """DROP EXTENSION of one extension."""

    name: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class AlterExtension(Operation):
    """ALTER EXTENSION; `action` is the SQL after the name."""

    name: str
    action: str


@dataclass(frozen=True, slots=True)
class Grant(Operation):
    """GRANT or REVOKE on objects; `privileges` are upper-case words, "ALL" for all; columns are left in `text`.

    A target whose name is "*" stands for ALL ... IN SCHEMA (its schema is the name's schema).
    """

    privileges: tuple[str, ...]
    targets: tuple[Target, ...]
    roles: tuple[str, ...]
    revoke: bool = False
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlterDefaultPrivileges(Operation):
    """ALTER DEFAULT PRIVILEGES; `schemas` is empty for all, `role` for the current one."""

    kind: ObjectKind
    privileges: tuple[str, ...]
    roles: tuple[str, ...]
    schemas: tuple[str, ...] = ()
    role: str = ""
    revoke: bool = False


@dataclass(frozen=True, slots=True)
class RoleStatement(Operation):
    """CREATE, ALTER, DROP ROLE and GRANT role TO role; not part of a database's schema."""

    role: str
    action: str


@dataclass(frozen=True, slots=True)
class CreatePublication(Operation):
    """CREATE PUBLICATION; `tables` is empty for ALL TABLES."""

    name: str
    definition: str
    tables: tuple[Name, ...] = ()
    all_tables: bool = False


@dataclass(frozen=True, slots=True)
class AlterPublication(Operation):
    """ALTER PUBLICATION; `action` is ADD, DROP, SET or the option text."""

    name: str
    action: str
    tables: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class DropPublication(Operation):
    """DROP PUBLICATION."""

    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class Comment(Operation):
    """COMMENT ON; `text` is None for IS NULL."""

    target: Target
    text: str | None


@dataclass(frozen=True, slots=True)
class OtherObject(Operation):
    """A known statement about an object outside our catalog; `action` is CREATE, ALTER or DROP.

    Statistics, casts, operators, text search, servers, event triggers, languages, subscriptions, ...
    """

    kind: str
    action: str
    name: Name
    definition: str


# --- data -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Insert(Operation):
    """INSERT; `columns` is empty where the statement has no list, `on_conflict` the target columns.

    `buckets` are the ids of the rows that a statement puts into `storage.buckets`: code names them like tables.
    """

    table: Name
    columns: tuple[str, ...] = ()
    on_conflict: tuple[str, ...] = ()
    reads: tuple[Name, ...] = ()
    buckets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Update(Operation):
    """UPDATE; `bounded` says whether a WHERE limits it, `where` is that condition's SQL."""

    table: Name
    columns: tuple[str, ...]
    bounded: bool
    where: str = ""
    reads: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete(Operation):
    """DELETE."""

    table: Name
    bounded: bool
    where: str = ""
    reads: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Truncate(Operation):
    """TRUNCATE."""

    tables: tuple[Name, ...]
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class Copy(Operation):
    """COPY; `program` is set for COPY ... PROGRAM."""

    table: Name | None
    from_: bool
    program: bool = False


@dataclass(frozen=True, slots=True)
class Query(Operation):
    """SELECT, VALUES, CALL: reads, and calls routines."""

    reads: tuple[Name, ...] = ()
    calls: tuple[Name, ...] = ()


# --- session and transactions ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetSetting(Operation):
    """SET [LOCAL] name TO values, RESET (`values` empty), and `SELECT set_config(...)` with literals."""

    name: str
    values: tuple[str, ...]
    local: bool = False


@dataclass(frozen=True, slots=True)
class TransactionControl(Operation):
    """BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE; `action` is the upper-case keyword."""

    action: str


@dataclass(frozen=True, slots=True)
class LockTable(Operation):
    """LOCK TABLE; `mode` as PostgreSQL names it ("ACCESS EXCLUSIVE")."""

    tables: tuple[Name, ...]
    mode: str


@dataclass(frozen=True, slots=True)
class Maintenance(Operation):
    """VACUUM, ANALYZE, CLUSTER, CHECKPOINT, NOTIFY, DISCARD; `kind` is the upper-case keyword ("VACUUM FULL")."""

    kind: str
    tables: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Opaque(Operation):
    """A statement whose effect we cannot tell, with the reason; never counted as safe.

    `rows` says that it leaves the schema as it is.
    """

    reason: str
    rows: bool = False
