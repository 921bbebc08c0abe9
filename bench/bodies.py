"""Checks the bodies of routines of real histories twice: with `plpgsql_check`, and by planning their statements.

    python bench/bodies.py REPO[:FOLDER] [...] [--revision REV] [--postgres-bin DIR] [--show]

The history is applied to a real server, which must have `plpgsql_check`; then each body is asked of both ways, on the
schema as it is and after the last column of every table was renamed, so that there is something to find. Bare
repositories do.
"""

import argparse
import secrets
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field

import psycopg

from midflight.adapters.git import GitRepository
from midflight.adapters.shadow.bodies import bring_checker, check_bodies
from midflight.adapters.shadow.history import OWNER, Template, build_template
from midflight.adapters.shadow.server import Lockdown, ShadowServer, find_server
from midflight.adapters.shadow.session import Session, Watch
from midflight.migrations.find import find_histories
from midflight.operations.shapes import Name, quote
from midflight.proof.bodies import Bodies, compare_bodies
from midflight.proof.model import Bounds

BOUNDS = Bounds(history_seconds=600, change_seconds=600, body_seconds=300, bodies=10_000)
ROUTINES = "SELECT p.proname::text, n.nspname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
COLUMNS = """
SELECT n.nspname::text, c.relname::text, (array_agg(a.attname::text ORDER BY a.attnum DESC))[1]
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND a.attnum > 0
  AND NOT a.attisdropped GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1, 2
"""


@dataclass(slots=True)
class Counts:
    """What one history came to: how many bodies each way has checked, and what they say of the same ones."""

    bodies: int = 0
    checked: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    both: int = 0
    agree: int = 0
    differ: list[str] = field(default_factory=list)


def asked(server: ShadowServer, template: Template, database: str, *, checker: bool) -> Bodies:
    """Ask one way."""
    with closing(Watch(server, seconds=600, disk=BOUNDS.disk)) as watch:
        connection = server.connect(database, user=OWNER, password=template.password)
        with closing(Session(connection, watch, seconds=30)) as session:
            names = {Name(name, schema) for name, schema in session.rows(ROUTINES)}
            return check_bodies(session, BOUNDS, names, checker=checker)


def lose_columns(server: ShadowServer, database: str) -> None:
    """Rename the last column of every table, as a change would that forgets the bodies."""
    with closing(server.connect(database)) as root:
        for schema, table, column in root.execute(COLUMNS.encode()).fetchall():
            name = f"{quote(schema)}.{quote(table)}"
            with suppress(psycopg.Error):  # what others inherit, or an event trigger refuses
                root.execute(f"ALTER TABLE {name} RENAME COLUMN {quote(column)} TO midflight_lost".encode())


def counted(server: ShadowServer, template: Template, counts: Counts) -> None:
    """Ask both ways before and after, and compare."""
    lost = server.create_database(OWNER, template=template.name)
    lose_columns(server, lost)
    found = {}
    for way, checker in (("checker", True), ("twins", False)):
        before = asked(server, template, template.name, checker=checker)
        after = asked(server, template, lost, checker=checker)
        counts.bodies = len(before.found)
        compared = compare_bodies(before, after)
        verdicts = {body.signature: frozenset[str]() for body in compared.sound}
        verdicts |= {body.signature: frozenset(fault.sqlstate for fault in body.faults) for body in compared.broken}
        counts.checked[way], counts.broken[way] = len(verdicts), len(compared.broken)
        found[way] = verdicts
        for body in compared.unchecked:
            counts.differ.append(f"{way} does not check {body.signature}: {body.reason or body.partly}")
    same = found["checker"].keys() & found["twins"].keys()
    counts.both = len(same)
    counts.agree = len([one for one in same if bool(found["checker"][one]) == bool(found["twins"][one])])
    for one in sorted(same):
        if bool(found["checker"][one]) != bool(found["twins"][one]):
            counts.differ.append(f"{one}: checker {sorted(found['checker'][one])}, twins {sorted(found['twins'][one])}")


def main() -> int:
    """Print a row for each history."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--revision", default="HEAD")
    parser.add_argument("--postgres-bin", default="")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    binaries = find_server(options.postgres_bin)
    if binaries is None:
        parser.error("no PostgreSQL server was found")
    print(
        "| history | bodies | checker: checked, broken | twins: checked, broken | by both | agree |\n"
        + "| --- " * 6
        + "|"
    )
    for given in options.repositories:
        path, _, folder = given.partition(":")
        repository = GitRepository(path)
        tree = repository.tree(options.revision)
        for history in find_histories(tree, repository):
            if history.dialect != "postgres" or not history.folder.startswith(folder):
                continue
            lockdown = Lockdown("midflight_bench", secrets.token_hex(16), BOUNDS.memory, ())
            with ShadowServer(binaries, lockdown=lockdown) as server:
                template = build_template(server, history, password=secrets.token_hex(16), bounds=BOUNDS)
                counts = Counts()
                if template.failure:
                    print(f"| {given}: {history.folder} | {template.failure[:120]} |")
                    continue
                bring_checker(server, template.name)
                counted(server, template, counts)
            ways = " | ".join(f"{counts.checked[way]}, {counts.broken[way]}" for way in ("checker", "twins"))
            print(
                f"| {given} {history.folder} | {counts.bodies} | {ways} | {counts.both} | {counts.agree} |", flush=True
            )
            for line in counts.differ if options.show else ():
                print(f"  {line}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
