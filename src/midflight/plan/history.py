"""The tool's own record of what is applied: after a rollback by hand it must forget the migration."""

import re
import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath

from midflight.catalog.ddl import literal
from midflight.migrations.model import Migration

_ROWS = {
    "diesel": "__diesel_schema_migrations.version",
    "dbmate": "schema_migrations.version",
    "flyway": "flyway_schema_history.version",
    "goose": "goose_db_version.version_id",
    "prisma": "_prisma_migrations.migration_name",
    "rails": "schema_migrations.version",
    "sqlx": "_sqlx_migrations.version",
}
"""Table and column in which each tool writes down what it has applied (the tools' documentation)."""


def forget(tool: str, migrations: Sequence[Migration], kept: Sequence[Migration] = ()) -> str:
    """Return the command that makes the tool forget migrations, empty where we do not know one.

    `kept` are, in order, the migrations that stay applied.
    """
    if tool == "golang-migrate":
        return _force(migrations, kept)
    if tool == "supabase":
        versions = " ".join(shlex.quote(m.version) for m in migrations)
        return f"supabase migration repair --status reverted {versions}"
    table, _, column = _ROWS.get(tool, "").partition(".")
    if not table:
        return ""
    keys = ", ".join(literal(_key(tool, migration)) for migration in migrations)
    sql = f"DELETE FROM {table} WHERE {column} IN ({keys});"  # noqa: S608 - shown to people, values are quoted
    return f'psql "$DATABASE_URL" -c {shlex.quote(sql)}'


def _force(migrations: Sequence[Migration], kept: Sequence[Migration]) -> str:
    """Set the one version that golang-migrate keeps; -1 is none (its documentation, "CLI": `force V`)."""
    version = kept[-1].version if kept else "-1"
    if not re.fullmatch(r"-1|[0-9]+", version):
        return ""
    folder = shlex.quote(str(PurePosixPath(migrations[0].path).parent))
    return f'migrate -path {folder} -database "$DATABASE_URL" force {int(version)}'


def _key(tool: str, migration: Migration) -> str:
    """What the tool writes down: Prisma the folder's name, diesel the version without hyphens."""
    if tool == "prisma":
        parts = migration.path.split("/")
        return parts[-2] if len(parts) > 1 else migration.version
    return migration.version.replace("-", "") if tool == "diesel" else migration.version
