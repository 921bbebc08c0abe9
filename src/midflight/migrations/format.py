"""The shape of a format: how one tool's migration files are found, read and applied."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from midflight.changes.model import NotAnalysed
from midflight.migrations.model import Migration, Transactions
from midflight.migrations.names import natural

SortKey = tuple[bool, tuple[tuple[int, str], ...], str]


class Reaction(StrEnum):
    """What a tool does when the files do not agree with what a database has recorded."""

    FAILS = "fails"  # it refuses to run
    WARNS = "warns"  # it says so and goes on
    IGNORES = "ignores"  # it does not look, or passes the file over without a word
    APPLIES = "applies"  # it applies the migration all the same
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Conduct:
    """A tool's reactions, by its defaults.

    `out_of_order`: a new migration that sorts before an applied one; `duplicate`: two files with one version;
    `edited` and `deleted`: an applied migration whose file changed or went away.
    """

    out_of_order: Reaction = Reaction.UNKNOWN
    duplicate: Reaction = Reaction.UNKNOWN
    edited: Reaction = Reaction.UNKNOWN
    deleted: Reaction = Reaction.UNKNOWN


@dataclass(frozen=True, slots=True)
class Listing:
    """The files that formats look at, names by folder: SQL, markers, and what seems to be a migration in code.

    `scripts` are the files with an ending that a format reads as migrations, wherever they lie.
    `configured` is set when the configuration names the folder: then conventions about its name do not matter; `named`
    when it names the format as well: then no other evidence of the tool is needed.
    """

    sql: Mapping[str, tuple[str, ...]]
    markers: Mapping[str, frozenset[str]]
    code: Mapping[str, tuple[str, ...]]
    configured: bool = False
    named: bool = False
    scripts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What may be one history, judged by paths: the SQL files, and small marker files that are read with them.

    `certain` says that the paths alone are proof of the tool.
    """

    folder: str
    files: tuple[str, ...]
    markers: tuple[str, ...] = ()
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a format made of the files; an empty `dialect` leaves the guess to the SQL."""

    migrations: tuple[Migration, ...]
    not_analysed: tuple[NotAnalysed, ...] = ()
    skipped: tuple[NotAnalysed, ...] = ()
    dialect: str = ""


def by_version(migration: Migration) -> str:
    """The key of tools that record the version as it is written."""
    return migration.version


def by_number(migration: Migration) -> str:
    """The key of tools that record the version as a number: `007` and `7` are one."""
    return migration.version.lstrip("0") or migration.version[:1]


def by_name(migration: Migration) -> str:
    """The key of tools that record the whole name."""
    return f"{migration.version} {migration.name}"


def in_number_order(migration: Migration) -> SortKey:
    """Order by the numbers of the version, then by name; repeatable migrations last."""
    return migration.repeatable, natural(migration.version), migration.name


def in_text_order(migration: Migration) -> SortKey:
    """Order by the written name, as a listing of the folder is sorted."""
    return migration.repeatable, (), f"{migration.version}_{migration.name}"


@dataclass(frozen=True, slots=True)
class Format:
    """One tool's conventions; a module in `formats` makes one and names it `FORMAT`.

    `rank` decides who reads a folder that several formats could (the lower one first: marker files, then names,
    then contents). `markers` are file names to look for beside SQL, or endings after `*`; `scripts` are the endings of
    migrations in code that it reads. `find` gives candidates by
    path; `read` turns one into migrations in the order the tool applies them, or nothing when the contents are not
    this tool's. `key` is what the tool records of an applied migration, `unique` what must differ between two files,
    `sequence` what it sorts by. A `scattered` one has its migrations in folders among the code. `rivals` is how two
    migrations that must not both exist are told.
    """

    name: str
    title: str
    rank: int
    transactions: Transactions
    find: Callable[[Listing], Iterator[Found]]
    read: Callable[[Found, Mapping[str, str]], Reading | None]
    markers: frozenset[str] = frozenset()
    scripts: frozenset[str] = frozenset()
    conduct: Conduct = field(default_factory=Conduct)
    key: Callable[[Migration], str] = by_version
    unique: Callable[[Migration], str] | None = None
    sequence: Callable[[Migration], SortKey] = in_number_order
    scattered: bool = False
    rivals: str = "has the version of"
