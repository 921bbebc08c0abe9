"""Takes every migration of real histories back on a real server, by our rollback plan and by the author's down script.

    python bench/rollbacks.py REPO[:FOLDER] [...] [--revision REV] [--postgres-bin DIR] [--show]

Each migration runs on a copy of the schema that those before it made: up, the computed rollback, up again; and on
another copy up and the author's down. The two schemas are compared as the product's proof compares them. At the end of
a history the catalog folded from it is held against the server's. Extensions that the server lacks are stood in for.
Bare repositories do.
"""

import argparse
import contextlib
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import Connection

from midflight.adapters.git import GitRepository
from midflight.adapters.live_catalog import read_catalog
from midflight.adapters.shadow.history import build_template, missing_role, quoted
from midflight.adapters.shadow.schema_facts import read_facts
from midflight.adapters.shadow.server import Lockdown, ServerBinaries, ShadowServer, find_server
from midflight.adapters.shadow.session import Failure
from midflight.adapters.shadow.standins import MADE, provide
from midflight.catalog.model import Catalog
from midflight.inspection.lint import Server, lint_contexts
from midflight.inspection.model import Context
from midflight.migrations.find import find_histories
from midflight.migrations.model import History, Script
from midflight.plan.model import Reversibility
from midflight.plan.rollback import undo
from midflight.proof.compare import compare_facts
from midflight.proof.drift import PLATFORM, TOOLS, drift_of
from midflight.proof.model import Bounds, Fact, Grade
from midflight.proof.units import Unit, statements_of, units

_EXTENSIONS = ("pg_trgm", "hstore", "uuid-ossp", "pgcrypto", "citext", "ltree", "btree_gin", "btree_gist")
_ROOT = "midflight_bench"
_BOUNDS = Bounds(history_seconds=600, change_seconds=600)


@dataclass(slots=True)
class Counts:
    """What one history came to."""

    migrations: int = 0
    applied: int = 0
    ours: Counter[str] = field(default_factory=Counter)
    authors: Counter[str] = field(default_factory=Counter)
    again: int = 0
    objects: int = 0
    drift: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    misses: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Bench:
    """A server, and the database with the schema so far."""

    server: ShadowServer
    current: str
    show: bool

    def connect(self, database: str) -> Connection[Any]:
        """Connect as the superuser."""
        connection = self.server.connect(database)
        connection.execute(b"SET statement_timeout = '60s'")
        return connection

    def copy(self) -> str:
        """Return a copy of the schema so far."""
        return self.server.create_database(template=self.current)


def run(connection: Connection[Any], unit: Unit) -> str:
    """Run what belongs together and return why it failed; roles that nobody made are made first."""
    while True:
        failed = _once(connection, unit)
        if failed is None:
            return ""
        if _inside(connection):
            connection.execute(b"ROLLBACK")
        role = missing_role(failed)
        if not role:
            return f"{failed.sqlstate}: {' '.join(failed.message.split())}"
        connection.execute(f"CREATE ROLE {quoted(role)}".encode())


def _once(connection: Connection[Any], unit: Unit) -> Failure | None:
    try:
        if unit.together:
            connection.execute(b"BEGIN")
        for statement in unit.statements:
            connection.execute(statement.text.encode("utf-8", "replace"))
        if _inside(connection):
            connection.execute(b"COMMIT")
    except psycopg.Error as failed:
        return Failure(failed.diag.message_primary or str(failed), failed.sqlstate or "")
    return None


def _inside(connection: Connection[Any]) -> bool:
    return int(connection.info.transaction_status) != 0


def facts(connection: Connection[Any]) -> frozenset[Fact]:
    """Read the schema without anything that statements have set."""
    for statement in (b"DISCARD ALL", b"SET search_path = ''"):
        connection.execute(statement)
    found = read_facts(lambda query: connection.execute(query.encode()).fetchall())
    connection.execute(b"DISCARD ALL")
    return found


def tried(bench: Bench, context: Context, counts: Counts) -> bool:
    """Run one migration forth and back on copies; return whether it applies."""
    name = bench.copy()
    try:
        with closing(bench.connect(name)) as connection:
            before = facts(connection)
            for unit in units(context):
                if failed := run(connection, unit):
                    counts.misses.append(f"does not apply: {context.database.pending[0].path}: {failed}")
                    return False
            up = facts(connection)
            if up == before:
                counts.ours["changes no schema"] += 1
                return True
            counts.ours[_ours(connection, context, before, up, counts)] += 1
    finally:
        bench.server.drop_database(name)
    counts.authors[_authors(bench, context, before)] += 1
    return True


def _ours(
    connection: Connection[Any], context: Context, before: frozenset[Fact], up: frozenset[Fact], counts: Counts
) -> str:
    path = context.database.pending[0].path
    undone = undo(context.steps, context)
    by_hand = any(inverse.grade is Reversibility.IRREVERSIBLE and not _runs(inverse.sql) for _, inverse in undone)
    for _, inverse in undone:
        for statement in statements_of(Script("rollback", inverse.sql, context.database.pending[0].up.transactions)):
            if failed := run(connection, Unit((statement,), together=False)):
                counts.misses.append(f"rollback fails: {path}: {failed} <- {' '.join(statement.text.split())[:200]}")
                return "fails"
    restored = compare_facts(before, facts(connection))
    if restored.grade is Grade.NOT_RESTORED:
        label = "by hand, as the plan says" if by_hand else "not restored"
        counts.misses.append(f"{label}: {path}: {'; '.join(restored.differences[:6])}")
        return label
    again = all(not run(connection, unit) for unit in units(context))
    if again and compare_facts(up, facts(connection)).grade is not Grade.NOT_RESTORED:
        counts.again += 1
    else:
        counts.misses.append(f"does not apply again: {path}")
    if restored.grade is Grade.RESTORED:
        return "restored"
    labels = any(d.startswith("enum label") for d in restored.differences)
    return "restored but for enum labels" if labels else "restored but for column order"


def _runs(sql: str) -> bool:
    return any(line and not line.startswith("--") for line in sql.splitlines())


def _authors(bench: Bench, context: Context, before: frozenset[Fact]) -> str:
    down = context.database.pending[0].down
    if down is None:
        return "no down"
    name = bench.copy()
    try:
        with closing(bench.connect(name)) as connection:
            for unit in units(context):
                if run(connection, unit):
                    return "up fails"
            statements = statements_of(down)
            if not statements:
                return "empty"
            together = statements[0].in_transaction
            if run(connection, Unit(statements, together=together)):
                return "fails"
            grade = compare_facts(before, facts(connection)).grade
            return "differs" if grade is Grade.NOT_RESTORED else "restored"
    finally:
        bench.server.drop_database(name)


def walk(bench: Bench, history: History, counts: Counts) -> Catalog | None:
    """Take every migration forth and back, in order; return the folded catalog of the history."""
    after: Catalog | None = None
    for context in _contexts(bench, history):
        after = context.after
        if tried(bench, context, counts):
            counts.applied += 1
        with closing(bench.connect(bench.current)) as connection:
            for unit in units(context):
                run(connection, unit)
    return after


def _contexts(bench: Bench, history: History) -> Iterator[Context]:
    wanted = frozenset(migration.path for migration in history.migrations)
    return lint_contexts(history, wanted, Server(bench.server.version))


def applying(bench: Bench, history: History, counts: Counts) -> History:
    """Return the history without the migrations that do not apply, with the extensions that a README asks for."""
    tries = [_failing(bench, history, extensions) for extensions in ((), _EXTENSIONS)]
    extensions, failing = min(zip(((), _EXTENSIONS), tries, strict=True), key=lambda tried: len(tried[1]))
    _extend(bench, bench.current, extensions)
    counts.migrations = len(history.migrations)
    counts.misses += [f"does not apply: {path}: {why}" for path, why in failing.items()]
    return replace(history, migrations=tuple(m for m in history.migrations if m.path not in failing))


def _failing(bench: Bench, history: History, extensions: Sequence[str]) -> dict[str, str]:
    failing: dict[str, str] = {}
    name = bench.copy()
    _extend(bench, name, extensions)
    for context in _contexts(bench, history):
        with closing(bench.connect(name)) as connection:
            why = next((failed for unit in units(context) if (failed := run(connection, unit))), "")
        if why:
            failing[context.database.pending[0].path] = why
    bench.server.drop_database(name)
    return failing


def _extend(bench: Bench, name: str, extensions: Sequence[str]) -> None:
    with closing(bench.connect(name)) as connection:
        for extension in extensions:
            with contextlib.suppress(psycopg.Error):
                connection.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}"'.encode())


def histories_of(argument: str, revision: str) -> Iterator[tuple[str, History]]:
    """Yield the Postgres histories with more than one migration of a repository."""
    place, _, folder = argument.partition(":")
    repository = GitRepository(place)
    tree = repository.tree(repository.resolve(revision))
    for history in find_histories(tree, repository, ()):
        if history.dialect == "postgres" and len(history.migrations) > 1 and folder in history.folder:
            yield place, history


def counted(catalog: Catalog) -> int:
    """How many objects the comparison of two catalogs looks at: relations, columns, indexes, types, routines."""
    relations = [r for name, r in catalog.relations.items() if name.schema not in PLATFORM and name.name not in TOOLS]
    columns = sum(len(relation.columns) for relation in relations)
    return len(relations) + columns + len(catalog.indexes) + len(catalog.types) + len(catalog.routines)


def main() -> None:
    """Print one block a history."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--revision", default="HEAD")
    parser.add_argument("--postgres-bin", default="")
    parser.add_argument("--show", action="store_true", help="print each miss")
    options = parser.parse_args()
    binaries = find_server(options.postgres_bin)
    if binaries is None:
        raise SystemExit("no PostgreSQL server was found")
    for argument in options.repositories:
        for place, history in histories_of(argument, options.revision):
            counts = count(binaries, history, show=options.show)
            print(f"{place} {history.folder} ({history.format}, PostgreSQL {binaries.version})")
            print(f"  migrations {counts.migrations}, applied {counts.applied}, up again {counts.again}")
            print(f"  ours {dict(counts.ours)}")
            print(f"  authors {dict(counts.authors)}")
            print(f"  stand-ins {', '.join(counts.stand_ins) or 'none'}")
            print(f"  objects {counts.objects}, differences {len(counts.drift)}", flush=True)
            if options.show:
                for line in (*counts.misses, *counts.drift):
                    print(f"    {line}", flush=True)


def count(binaries: ServerBinaries, history: History, *, show: bool) -> Counts:
    """Take one history forth and back on a server of its own."""
    counts, secret = Counts(), secrets.token_hex(16)
    with ShadowServer(binaries, lockdown=Lockdown(_ROOT, secret, _BOUNDS.memory, ())) as server:
        template = build_template(server, replace(history, migrations=()), password=secret, bounds=_BOUNDS)
        with closing(server.connect()) as root:
            provide(root, server.home, _ROOT)
        bench = Bench(server, template.name, show)
        folded = walk(bench, applying(bench, history, counts), counts)
        if folded is not None:
            with closing(bench.connect(bench.current)) as connection:
                live = read_catalog(connection)
                counts.stand_ins = tuple(name for (name,) in connection.execute(MADE.encode()).fetchall())
            counts.objects, counts.drift = counted(live), drift_of(folded, live)
    return counts


if __name__ == "__main__":
    main()
