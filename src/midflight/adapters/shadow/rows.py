"""Fills a schema with generated rows, and reads back which of them a migration and its rollback have lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from midflight.adapters.live_catalog import read_catalog
from midflight.adapters.shadow.history import OWNER
from midflight.adapters.shadow.server import ShadowServer
from midflight.operations.shapes import Name, quote
from midflight.proof.losses import Kept
from midflight.proof.model import Bounds
from midflight.proof.rows import Filling, fillings
from midflight.proof.seeded import Seeded

_SECONDS = 3
_MOST = 20_000
_NEXT = b"SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8 % 4294967296"
"""The number of the next transaction as rows bear it: each savepoint of ours has had one of its own."""

Rows = Callable[[str], list[tuple[Any, ...]]]


def seed(server: ShadowServer, template: str, bounds: Bounds, *, rows: int) -> Seeded:
    """Return a copy of a database with rows in its tables, and what has none; nothing of a change has run in it.

    Only the merged history is in it, so it is filled as the superuser, whose triggers and foreign keys rest: the rows
    satisfy the keys by themselves.
    """
    name = server.create_database(OWNER, template=template)
    end = time.monotonic() + bounds.rows_seconds
    filled: dict[Name, int] = {}
    empty: list[tuple[Name, str]] = []
    with closing(server.connect(name)) as root:
        root.execute(f"SET statement_timeout = '{_SECONDS}s'".encode())
        catalog = read_catalog(root)
        root.execute(b"SET session_replication_role = replica")
        root.execute(b"SET search_path = public")
        root.execute(b"SET enable_nestloop = off")  # without statistics every join is taken for a small one
        root.execute(b"BEGIN")
        for filling in fillings(catalog, rows):
            over = time.monotonic() > end
            count, reason = (0, "the time for it was over") if over else _fill(root, filling)
            if count:
                filled[filling.table] = count
            else:
                empty.append((filling.table, reason))
        root.execute(b"COMMIT")
        (next_one,) = root.execute(_NEXT).fetchone() or (0,)
    return Seeded(name, filled, tuple(empty), int(next_one) - 1)


def _fill(root: Any, filling: Filling) -> tuple[int, str]:  # noqa: ANN401 - the driver's connection
    if filling.reason:
        return 0, filling.reason
    root.execute(b"SAVEPOINT filling")
    try:
        count = int(root.execute(filling.sql.encode()).rowcount)
        for counter in filling.counters if count else ():
            root.execute(counter.encode())
    except Exception as refused:  # noqa: BLE001 - whatever the server refuses: the table stays empty and is named
        root.execute(b"ROLLBACK TO SAVEPOINT filling")
        return 0, " ".join(str(refused).split("\n", 1)[0].split())[:160]
    root.execute(b"RELEASE SAVEPOINT filling")
    return count, "" if count else "its checks refuse all that was tried"


_COLUMNS = """
SELECT c.oid::int8, n.nspname::text, c.relname::text, a.attname::text, a.attnum::int8,
  coalesce(a.attnum = ANY (k.conkey), false)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^pg_' ORDER BY a.attnum
"""


def columns_of(rows: Rows) -> dict[Name, dict[str, tuple[int, int, bool]]]:
    """Return by table its columns: the table's number, the column's, and whether the primary key holds it."""
    found: dict[Name, dict[str, tuple[int, int, bool]]] = {}
    for oid, schema, table, column, number, key in rows(_COLUMNS):
        found.setdefault(Name(table, schema), {})[column] = (oid, number, key)
    return found


def kept(before: Rows, after: Rows, seeded: Seeded) -> tuple[Kept, ...]:
    """Return the rows of each table that was touched, as they were and as they are; the search path is empty."""
    old, new = columns_of(before), columns_of(after)
    found = []
    for table in sorted(seeded.filled):
        columns, now = old.get(table, {}), new.get(table, {})
        if columns and columns.keys() <= now.keys() and _is_touched(table, columns, now, after, seeded):
            names = list(columns)
            keys = frozenset(n for n, name in enumerate(names) if columns[name][2])
            query = _hashes(table, names)
            found.append(Kept(table, tuple(names), keys, tuple(before(query)), tuple(after(query))))
    return tuple(found)


def _is_touched(
    table: Name,
    columns: dict[str, tuple[int, int, bool]],
    now: dict[str, tuple[int, int, bool]],
    after: Rows,
    seeded: Seeded,
) -> bool:
    if columns != now:
        return True
    ((count, written),) = after(
        f"SELECT count(*), count(*) FILTER (WHERE xmin::text::int8 > {seeded.transaction}) FROM {table}"  # noqa: S608 - a quoted name
    )
    return bool(written) or count < seeded.filled[table]


def _hashes(table: Name, columns: list[str]) -> str:
    listed = ", ".join(f"hashtextextended({quote(name)}::text, 0)" for name in columns)
    return f"SELECT {listed} FROM {table} LIMIT {_MOST}"  # noqa: S608 - quoted names
