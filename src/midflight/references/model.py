"""References: places in code that name database objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from midflight.changes.model import NotAnalysed

if TYPE_CHECKING:
    from midflight.references.entities import Entity
    from midflight.references.mapping import MappedModel, ModelCall
    from midflight.references.surfaces import RunsOn


@dataclass(frozen=True, slots=True)
class Place:
    """A line of code (1-based)."""

    path: str
    line: int


class Verb(StrEnum):
    """What the code does with the relation."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    UPSERT = "upsert"
    DELETE = "delete"
    WATCH = "watch"  # realtime subscription
    MENTION = "mention"  # a type annotation or bare name: names the table, does not query it


WRITES = frozenset({Verb.INSERT, Verb.UPDATE, Verb.UPSERT})
"""What gives values to columns."""


class Access(StrEnum):
    """How a column is used; a filter, an order or a returned column is a read."""

    READ = "read"
    WRITE = "write"


class Api(StrEnum):
    """Through which interface; PostgREST resolves routines by argument names and has its own error codes."""

    POSTGREST = "postgrest"
    SQL = "sql"


@dataclass(frozen=True, slots=True)
class Guard:
    """The feature flag (or error fallback) that decides whether a reference runs.

    `flag` is its real name ("USE_ATOMIC_CREATION"), `provider` how it is read ("environment", "launchdarkly",
    "unleash", "growthbook", "posthog", "openfeature", "statsig", "fallback"), `set_by` how it is read in code
    ("Deno.env.get", "process.env", "os.environ"); `negated` marks the branch that runs when the flag is off.
    `read` is the source from the place on, which says what holds where nothing sets the flag.
    """

    flag: str
    provider: str
    place: Place
    set_by: str = ""
    negated: bool = False
    read: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """One column named by a reference; `shared` marks one that may be another table's of the same query."""

    name: str
    access: Access
    place: Place
    shared: bool = False


@dataclass(frozen=True, slots=True)
class TableReference:
    """Code that uses a relation.

    `schema` is empty where the code names none. `columns` are those the text names and that belong to this
    relation. `star` marks `select('*')`, `SELECT *`, `RETURNING *` (all columns are read). For writes, `payload`
    says whether the written column list is complete ("every key is known", needed for required columns).
    `conflict` is the upsert target's columns. `embedded` marks a relation reached through another one
    (`rel(...)` in a PostgREST select), `inside` that other one as the text names it. `text` is the source of the call
    or the query, shortened to 200 characters.
    `mapped` marks what a library writes by itself for a mapped model: no line of code has the list of columns.
    `query` is the whole statement where the code holds one, with `HOLE` for what the program puts in.
    """

    place: Place
    table: str
    verb: Verb
    api: Api
    schema: str = ""
    columns: tuple[ColumnUse, ...] = ()
    star: bool = False
    payload: bool = False
    conflict: tuple[str, ...] = ()
    embedded: bool = False
    hint: str = ""  # PostgREST rel!hint: a foreign key or column
    guard: Guard | None = None
    text: str = ""
    mapped: bool = False
    conflict_name: str = ""  # the constraint of ON CONFLICT ON CONSTRAINT
    conflict_partial: bool = False  # the target has a WHERE, so that a partial index may serve
    cached: bool = False  # the library lists the columns that the table had when the program started
    ignored: tuple[str, ...] = ()  # of those, the ones that it was told to leave out
    typed: bool = False  # a type names it: nothing runs
    dialect: str = ""  # the grammar of the database that it is for, where the code says so
    inside: str = ""  # of an embedded relation
    query: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RoutineReference:
    """Code that calls a routine.

    `arguments` are the names given, None where they are positional or not known; `count` the number of
    positional arguments where known.
    """

    place: Place
    routine: str
    api: Api
    schema: str = ""
    arguments: tuple[str, ...] | None = None
    count: int | None = None
    guard: Guard | None = None
    text: str = ""
    query: str = field(default="", compare=False, repr=False)  # the whole statement where the code holds one


Reference = TableReference | RoutineReference


class ServiceKind(StrEnum):
    """What a platform runs beside the database, by the name that people give it."""

    FUNCTION = "edge function"
    BUCKET = "bucket"


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """Code that uses an edge function or a storage bucket by its name."""

    place: Place
    kind: ServiceKind
    name: str
    guard: Guard | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A line that holds a changed identifier as a whole word, outside any reference (tier 2: only listed)."""

    place: Place
    word: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class TypedSchema:
    """What a generated types file says of one schema: its relations with their columns, routines and enums."""

    path: str
    schema: str
    relations: tuple[tuple[str, frozenset[str]], ...] = ()
    routines: frozenset[str] = frozenset()
    enums: tuple[tuple[str, frozenset[str]], ...] = ()
    line: int = 1


@dataclass(frozen=True, slots=True)
class CodeReferences:
    """What was found in the code of one revision.

    `unresolved` are places that use the database through something we cannot resolve (a table name in a variable),
    `not_analysed` files that could not be read, `files` how many files were looked into. `services` are the uses of
    what runs beside the database, `types` the generated types of it that are kept with the code. `runs_on` says by
    path where code runs; a path that it leaves out runs on the server.
    """

    revision: str
    references: tuple[Reference, ...] = ()
    mentions: tuple[Mention, ...] = ()
    unresolved: tuple[NotAnalysed, ...] = ()
    not_analysed: tuple[NotAnalysed, ...] = ()
    files: int = 0
    runs_on: Mapping[str, RunsOn] = field(default_factory=dict)
    services: tuple[ServiceUse, ...] = ()
    types: tuple[TypedSchema, ...] = ()


HOLE = "\ufffc"  # stands in a text for what the program puts there when it runs


@dataclass(frozen=True, slots=True)
class SqlText:
    """A string of a program that is, or looks like, SQL; `place` is the line of its first character.

    Interpolations are `HOLE` in `text`, which keeps the line breaks of the source; `dynamic` says there are some.
    `certain` means that it is passed to something that runs SQL, so that failing to read it is worth telling.
    """

    place: Place
    text: str
    guard: Guard | None = None
    dynamic: bool = False
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Extracted:
    """What an extractor found in one file; `queries` are SQL texts still to be read.

    `quiet` are lines that were understood and reach nothing in the database, whatever names they hold. `models` and
    `calls` are what only the other files of the revision can resolve (`linking`).
    """

    references: tuple[Reference, ...] = ()
    unresolved: tuple[NotAnalysed, ...] = ()
    queries: tuple[SqlText, ...] = ()
    quiet: frozenset[int] = frozenset()
    models: tuple[MappedModel | Entity, ...] = ()
    calls: tuple[ModelCall, ...] = ()
    services: tuple[ServiceUse, ...] = ()
