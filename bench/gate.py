"""Asks the gate about a repository's newest revision: with every migration applied, and with the last ones missing.

    python bench/gate.py REPO[:FOLDER] [...] [--missing N ...] [--revision REV] [--postgres-bin DIR] [--show]

The history is applied to a real server as the shadow database applies it, without what migrations in code do that is
not read, and the tool's own table is written beside it. Bare repositories do.
"""

import argparse
import hashlib
import re
import secrets
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import psycopg

from midflight.adapters.git import GitRepository
from midflight.adapters.shadow.history import OWNER, Builder, Template
from midflight.adapters.shadow.server import Lockdown, ShadowServer, find_server
from midflight.adapters.shadow.session import Session, Watch
from midflight.adapters.shadow.standins import provide
from midflight.adapters.target.gating import gate_of
from midflight.changes.model import Tree
from midflight.inspection.gate import Gate, GateOptions
from midflight.migrations.find import find_histories
from midflight.migrations.model import DatabaseOptions, History, Migration
from midflight.proof.model import Bounds
from midflight.proof.platforms import platform_of
from midflight.report.gate import render_gate

_BOUNDS = Bounds(history_seconds=600)
_UNREAD = re.compile(r"DO LANGUAGE '(?:Ruby|Python)(?:[^']|'')*' (\$\w*\$).*?\1", re.DOTALL)
"""What a migration in code does that is not read stands as this in its SQL, and is left out."""
_VERSIONS = "schema_migrations (version)"
_PLAIN = "CREATE TABLE schema_migrations (version varchar)"
_TABLES = {
    "alembic": ("CREATE TABLE alembic_version (version_num varchar)", "alembic_version"),
    "diesel": (
        "CREATE TABLE __diesel_schema_migrations (version varchar)",
        "__diesel_schema_migrations",
    ),
    "django": (
        "CREATE TABLE django_migrations (app text, name text, id serial)",
        "django_migrations (app, name)",
    ),
    "drizzle": (
        "CREATE SCHEMA IF NOT EXISTS drizzle; CREATE TABLE drizzle.__drizzle_migrations (created_at bigint, hash text)",
        "drizzle.__drizzle_migrations",
    ),
    "flyway": (
        (
            "CREATE TABLE flyway_schema_history (version text, script text, installed_rank serial, type text DEFAULT"
            " 'SQL', checksum int, success boolean DEFAULT true)"
        ),
        "flyway_schema_history (version, script)",
    ),
    "golang-migrate": ("CREATE TABLE schema_migrations (version bigint, dirty boolean DEFAULT false)", _VERSIONS),
    "goose": (
        "CREATE TABLE goose_db_version (id serial, version_id bigint, is_applied boolean DEFAULT true)",
        "goose_db_version (version_id)",
    ),
    "prisma": (
        (
            "CREATE TABLE _prisma_migrations (migration_name text, checksum text, rolled_back_at timestamptz,"
            " finished_at timestamptz DEFAULT now(), started_at timestamptz DEFAULT clock_timestamp())"
        ),
        "_prisma_migrations (migration_name, checksum)",
    ),
    "rails": (_PLAIN, "schema_migrations"),
    "sqlx": (
        "CREATE TABLE _sqlx_migrations (version bigint, checksum bytea, success boolean DEFAULT true)",
        "_sqlx_migrations",
    ),
    "supabase": (
        (
            "CREATE SCHEMA IF NOT EXISTS supabase_migrations;"
            " CREATE TABLE supabase_migrations.schema_migrations (version varchar)"
        ),
        "supabase_migrations.schema_migrations",
    ),
}


def row_of(tool: str, migration: Migration) -> tuple[object, ...]:
    """Return what the tool would write down of a migration."""
    match tool:
        case "django":
            app, _, number = migration.version.partition(".")
            return app, f"{number}_{migration.name}" if migration.name else number
        case "drizzle":
            return migration.version, hashlib.sha256(migration.up.text.encode()).hexdigest()
        case "flyway":
            version = None if migration.repeatable else migration.version
            return version, migration.path.rpartition("/")[2]
        case "sqlx":
            return migration.version, hashlib.sha384(migration.up.text.encode()).digest()
        case "prisma":
            digest = hashlib.sha256(migration.up.text.encode()).hexdigest()
            return f"{migration.version}_{migration.name}", digest
        case "diesel":
            return (migration.version.replace("-", ""),)
        case _:
            return (migration.version,)


def written(tool: str, done: Sequence[Migration]) -> Sequence[Migration]:
    """Return those that the tool would keep a row of."""
    match tool:
        case "alembic":
            below = {version for each in done for version in each.needs}
            return [each for each in done if each.version not in below]
        case "golang-migrate":
            return done[-1:]
        case _:
            return done


@dataclass(frozen=True, slots=True)
class Asked:
    """A repository's history at a revision, and all but the last migrations of it."""

    repository: GitRepository
    tree: Tree
    history: History
    missing: int
    before: str


def histories(argument: str, revision: str) -> Iterator[tuple[GitRepository, Tree, History]]:
    """Yield the Postgres histories of a repository."""
    place, _, folder = argument.partition(":")
    repository = GitRepository(place)
    tree = repository.tree(revision)
    for history in find_histories(tree, repository, ()):
        if history.dialect == "postgres" and len(history.migrations) > 1 and history.folder.startswith(folder):
            yield repository, tree, history


def answer(server: ShadowServer, asked: Asked) -> tuple[Gate, int]:
    """Apply what is not missing, and ask; return the number of migrations that did not apply too."""
    history, secret = asked.history, secrets.token_hex(16)
    with closing(server.connect()) as root:
        root.execute(f"CREATE ROLE {OWNER} LOGIN SUPERUSER PASSWORD '{secret}'".encode())
        provide(root, server.home, OWNER)
    template = Template(server.create_database(OWNER), secret, platform=platform_of(history))
    done = history.migrations[: len(history.migrations) - asked.missing]
    with closing(Watch(server, seconds=600, disk=_BOUNDS.disk)) as watch:
        builder = Builder(server, template, watch, _BOUNDS)
        builder.prepare(history.format)
        with closing(builder.session()) as session:
            session.run(asked.before)
            failed = sum(_failed(builder, session, each) for each in done)
    table, into = _TABLES[history.format]
    with closing(server.connect(template.name)) as root:
        root.execute(f"DROP TABLE IF EXISTS {into.split(' (')[0]}".encode())
        root.execute(table.encode())
        for each in written(history.format, done):
            row = row_of(history.format, each)
            values = ", ".join(["%s"] * len(row))
            root.execute(f"INSERT INTO {into} VALUES ({values})".encode(), row)  # noqa: S608 - the constants above
    url = psycopg.conninfo.make_conninfo(server.dsn(template.name, user=OWNER), password=secret)
    options = GateOptions(databases=(DatabaseOptions(history.database, history.folder, history.format),))
    return gate_of(url, asked.tree, asked.repository, options)[0], failed


def _failed(builder: Builder, session: Session, migration: Migration) -> bool:
    session.run("ROLLBACK")
    session.run("DISCARD ALL")
    text = _UNREAD.sub("SELECT 1", migration.up.text)
    failure = builder.script(session, replace(migration.up, text=text))
    if failure:
        print(f"{migration.path}: {failure.message} ({failure.sqlstate})", file=sys.stderr)
    return failure is not None


def main() -> None:
    """Print a row for each history and number of missing migrations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--missing", type=int, nargs="+", default=[0, 3])
    parser.add_argument("--revision", default="HEAD")
    parser.add_argument("--before", default="SELECT 1", help="SQL that the history takes for run, as a README asks for")
    parser.add_argument("--postgres-bin", default="")
    parser.add_argument("--show", action="store_true", help="print the whole answer")
    options = parser.parse_args()
    binaries = find_server(options.postgres_bin)
    if binaries is None:
        raise SystemExit("no PostgreSQL server was found")
    print(
        "| history | migrations | did not apply | missing | answer | places | lines that fail | with their migration |"
    )
    print("| --- " * 8 + "|")
    for argument in options.repositories:
        for repository, tree, history in histories(argument, options.revision):
            for missing in options.missing:
                with ShadowServer(
                    binaries, lockdown=Lockdown("midflight_bench", secrets.token_hex(16), 0, ())
                ) as server:
                    gate, failed = answer(server, Asked(repository, tree, history, missing, options.before))
                made = Counter(each.migration is not None for each in gate.obstacles)
                print(
                    f"| {argument} {history.folder} | {len(history.migrations)} | {failed} | {missing} "
                    f"| {gate.verdict} | {gate.checked} | {len(gate.obstacles)} | {made[True]} |",
                    flush=True,
                )
                if options.show:
                    print(render_gate(gate, history, tree.revision))
                    for each in gate.obstacles:
                        made_by = each.migration.path if each.migration else "nothing pending"
                        place = f"{each.place.path}:{each.place.line}"
                        print(f"    {place} {each.object}: {each.detail} ({each.sqlstate}); {made_by}; {each.text}")


if __name__ == "__main__":
    main()
