"""Which migrations of a history a database has, by what the tool wrote down there."""

import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from midflight.migrations.format import Format
from midflight.migrations.model import History, Migration
from midflight.migrations.programs import tool_of


class Keeps(StrEnum):
    """What a tool writes down: every migration, the last one alone, or the ends of a graph."""

    EACH = "each"
    LAST = "last"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class Record:
    """The table in which a tool writes down what it has applied.

    `query` gives one row for each migration, oldest first, with its key, its state (`applied`, `failed` or `undone`)
    and its checksum; `{table}` stands for the table. `digest` is how the checksum is made of the file: the name of a
    hash, or "lines" for the CRC of its lines without their ends.
    """

    table: str
    query: str
    keeps: Keeps = Keeps.EACH
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What a database says of one migration."""

    key: str
    state: str = "applied"
    checksum: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a database stands to a history.

    `failed` are keys of migrations that broke off, `foreign` of those that the history does not have, `edited`
    migrations whose file is another one than was applied, `late` pending ones that sort before an applied one.
    """

    applied: tuple[Migration, ...] = ()
    pending: tuple[Migration, ...] = ()
    failed: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    edited: tuple[Migration, ...] = ()
    late: tuple[Migration, ...] = ()


def _plain(table: str, column: str, order: str = "1") -> Record:
    return Record(table, f"SELECT {column}::text, 'applied', '' FROM {{table}} ORDER BY {order}")  # noqa: S608 - constants


_VERSIONS = _plain("schema_migrations", "version")
_FLYWAY = Record(
    "flyway_schema_history",
    "SELECT coalesce(CASE WHEN type LIKE '%BASELINE' THEN 'baseline ' || version END, version, "
    "regexp_replace(script, '^.*/', '')), "
    "CASE WHEN NOT success THEN 'failed' WHEN type LIKE 'UNDO%' OR type = 'DELETE' THEN 'undone' "
    "ELSE 'applied' END, checksum::text FROM {table} WHERE type <> 'SCHEMA' ORDER BY installed_rank",
    digest="lines",
)
_GOOSE = Record(
    "goose_db_version",
    "SELECT version_id::text, CASE WHEN is_applied THEN 'applied' ELSE 'undone' END, '' FROM {table} "
    "WHERE version_id > 0 ORDER BY id",
)
_WITHOUT_ENDING = r"regexp_replace({}, '\.[cm]?[jt]s$', '')"
"""The file may be TypeScript here and have been run as JavaScript there."""
RECORDS: Mapping[str, tuple[Record, ...]] = {
    "alembic": (Record("alembic_version", "SELECT version_num::text, 'applied', '' FROM {table}", keeps=Keeps.ENDS),),
    "bun": (_plain("bun_migrations", "name", "id"),),
    "db-migrate": (_plain("migrations", "name", "id"),),
    "dbmate": (_VERSIONS,),
    "diesel": (_plain("__diesel_schema_migrations", "version"),),
    "django": (_plain("django_migrations", "app || '.' || name", "id"),),
    "drizzle": (
        Record(
            "__drizzle_migrations",
            "SELECT created_at::text, 'applied', hash FROM {table} ORDER BY created_at",
            digest="sha256",
        ),
    ),
    "flyway": (_FLYWAY,),
    "golang-migrate": (
        Record(
            "schema_migrations",
            "SELECT version::text, CASE WHEN dirty THEN 'failed' ELSE 'applied' END, '' FROM {table}",
            keeps=Keeps.LAST,
        ),
    ),
    "goose": (_GOOSE,),
    "hasura": (
        Record(
            "hdb_version",
            "SELECT m.key, 'applied', '' FROM {table}, jsonb_each(cli_state::jsonb->'migrations') d, "
            "jsonb_each(d.value) m ORDER BY 1",
        ),
        _VERSIONS,
    ),
    "node-pg-migrate": (_plain("pgmigrations", "name", "id"),),
    "pop": (_plain("schema_migration", "version"),),
    "prisma": (
        Record(
            "_prisma_migrations",
            "SELECT migration_name, CASE WHEN rolled_back_at IS NOT NULL THEN 'undone' WHEN finished_at IS NULL "
            "THEN 'failed' ELSE 'applied' END, checksum FROM {table} ORDER BY started_at",
            digest="sha256",
        ),
    ),
    "program.cs": (_plain("__EFMigrationsHistory", '"MigrationId"'),),
    "program.exs": (_VERSIONS,),
    "program.go": (_GOOSE,),
    "program.java": (_FLYWAY,),
    "program.js": (
        _plain("knex_migrations", f"{_WITHOUT_ENDING.format('name')}", "id"),
        _plain("kysely_migration", "name"),
        _plain("mikro_orm_migrations", f"{_WITHOUT_ENDING.format('name')}", "id"),
        _plain("SequelizeMeta", f"{_WITHOUT_ENDING.format('name')}"),
        _plain("migrations", "timestamp", "id"),
    ),
    "program.php": (
        _plain("doctrine_migration_versions", r"regexp_replace(version, '^.*\\', '')"),
        _plain("phinxlog", "version"),
        _plain("migrations", "migration", "id"),
    ),
    "program.rs": (_plain("seaql_migrations", "version"),),
    "rails": (_VERSIONS,),
    "sql-migrate": (_plain("gorp_migrations", "id", "applied_at"),),
    "sqlx": (
        Record(
            "_sqlx_migrations",
            "SELECT version::text, CASE WHEN success THEN 'applied' ELSE 'failed' END, encode(checksum, 'hex') "
            "FROM {table} ORDER BY version",
            digest="sha384",
        ),
    ),
    "supabase": (_VERSIONS,),
    "tern": (Record("schema_version", "SELECT version::text, 'applied', '' FROM {table}", keeps=Keeps.LAST),),
}
"""By format, the first table that is there. The columns are those that each tool's own code creates."""
SCHEMAS = {"supabase": "supabase_migrations", "drizzle": "drizzle", "hasura": "hdb_catalog"}
"""Where a tool keeps its table by default; all others use the search path of their login."""
_BASELINE = "baseline "
_NEVER = frozenset({"0", "-1"})  # golang-migrate and tern: nothing is applied


def standing_of(history: History, rows: Sequence[Row], record: Record) -> Standing:
    """Hold what a database says against a history at the revision to deploy."""
    tool = tool_of(history)
    known = {key: each for each in history.migrations for key in keys_of(each, tool)}
    last = {row.key: row for row in rows}
    here = [row for row in last.values() if row.state == "applied" and not row.key.startswith(_BASELINE)]
    edited = [known[row.key] for row in here if row.key in known and _differs(row, known[row.key], record)]
    again = {id(each) for each in edited if each.repeatable}
    found = [known[row.key] for row in here if row.key in known]
    done = {id(each) for each in found} - again
    done |= {id(each) for each in _beneath(history, record, found)}
    done |= {id(each) for row in last.values() for each in _below(history, row, tool, record)}
    done |= {id(each) for each in _squashed(history, frozenset(row.key for row in here))}
    broken = tuple(row.key for row in last.values() if row.state == "failed")
    stopped = [known[key] for key in broken if key in known]
    done |= {id(each) for each in _beneath(history, record, stopped) if each not in stopped}
    applied = tuple(each for each in history.migrations if id(each) in done)
    pending = tuple(each for each in history.migrations if id(each) not in done)
    return Standing(
        applied,
        pending,
        broken,
        tuple(row.key for row in here if row.key not in known and _is_of(row.key, history, tool)),
        tuple(each for each in edited if not each.repeatable),
        _late(applied, pending, tool),
    )


def keys_of(migration: Migration, tool: Format) -> frozenset[str]:
    """Return the names by which a tool may write a migration down: its version, and its file's or its folder's name."""
    path = PurePosixPath(migration.path)
    version = migration.version
    stem = path.name.removesuffix(".sql").removesuffix(".up")
    joined = f"{version}_{migration.name}"
    names = {version, version.lstrip("0") or "0", version.replace("-", ""), version.replace("_", "."), joined, stem}
    names |= {path.name, path.parent.name, path.name.removesuffix(path.suffix), f"/{stem}", tool.key(migration)}
    return frozenset(names - {"", "up", "migration"})


def _is_of(key: str, history: History, tool: Format) -> bool:
    """Whether a migration that the history lacks could be in it: those of libraries, and squashed ones, are not."""
    if not tool.scattered:
        return key not in _NEVER
    apps = {each.version.partition(".")[0] for each in history.migrations}
    return key.partition(".")[0] in apps and not any(key in each.replaces for each in history.migrations)


def _squashed(history: History, applied: frozenset[str]) -> Iterator[Migration]:
    """Yield those that stand for others which are all applied: Django writes them down and runs nothing."""
    for each in history.migrations:
        if each.replaces and applied.issuperset(each.replaces):
            yield each


def _beneath(history: History, record: Record, ends: Sequence[Migration]) -> Sequence[Migration]:
    """Return what the last migrations that a database knows stand for, themselves among them."""
    match record.keeps:
        case Keeps.EACH:
            return ()
        case Keeps.LAST:
            wanted = {id(each) for each in ends}
            at = max((n for n, each in enumerate(history.migrations) if id(each) in wanted), default=-1)
            return history.migrations[: at + 1]
        case Keeps.ENDS:
            return tuple(_ancestors(history, ends))


def _ancestors(history: History, ends: Sequence[Migration]) -> Iterator[Migration]:
    """Yield the ends and all that they stand on."""
    by_version = {each.version: each for each in history.migrations}
    seen: set[str] = set()
    left = [each.version for each in ends]
    while left:
        version = left.pop()
        if version in seen or version not in by_version:
            continue
        seen.add(version)
        yield by_version[version]
        left += by_version[version].needs


def _below(history: History, row: Row, tool: Format, record: Record) -> Sequence[Migration]:
    """Return what a baseline, or a last version that the history lacks, stands for: every version up to its own."""
    counts = row.key.startswith(_BASELINE) or (record.keeps is Keeps.LAST and row.key not in _NEVER)
    if not counts or row.state != "applied" or not history.migrations:
        return ()
    mark = tool.sequence(Migration(row.key.removeprefix(_BASELINE), "\U0010ffff", "", history.migrations[0].up))
    return [each for each in history.migrations if not each.repeatable and tool.sequence(each) <= mark]


def _differs(row: Row, migration: Migration, record: Record) -> bool:
    if not (record.digest and row.checksum):
        return False
    text = migration.up.text
    if record.digest == "lines":
        return "${" not in text and row.checksum != _crc_of_lines(text)
    ways = (text, text.replace("\n", "\r\n"))
    return row.checksum not in {hashlib.new(record.digest, way.encode()).hexdigest() for way in ways}


def _crc_of_lines(text: str) -> str:
    """Flyway's checksum, a signed number; it may be of the text with what placeholders stand for."""
    crc = 0
    for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")):
        crc = zlib.crc32(line.encode(), crc)
    return str(crc - (1 << 32) if crc >= 1 << 31 else crc)


def _late(applied: Iterable[Migration], pending: Iterable[Migration], tool: Format) -> tuple[Migration, ...]:
    done = [tool.sequence(each) for each in applied if not each.repeatable]
    if not done:
        return ()
    newest = max(done)
    return tuple(each for each in pending if not each.repeatable and tool.sequence(each) < newest)
