"""What the server locks, scans, builds and rewrites, measured against the table that the model is held to."""

import re

import pytest

from midflight.catalog.cost_model import Lock
from support.cost_cases import CASES, Case

pytestmark = pytest.mark.postgres

RANK = ("none", "scan", "index-build", "rewrite")
WEAK = ("AccessShareLock", "RowShareLock")
MESSAGES = (
    (re.compile(r'^building index "[^"]+" on table "(?P<name>[^"]+)"'), "index-build"),
    (re.compile(r'^verifying table "(?P<name>[^"]+)"'), "scan"),
    (re.compile(r'^rewriting table "(?P<name>[^"]+)"'), "rewrite"),
    (re.compile(r'^validating foreign key constraint "(?P<name>[^"]+)"'), "scan"),
)
RELATIONS = """
SELECT c.relname, c.oid, pg_relation_filenode(c.oid), c.relkind FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'v', 'f', 'i')
"""
LOCKS = """
SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = ANY(%s)
"""
KEYS = "SELECT con.conname, c.relname FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid"
SCANS = "SELECT c.relname FROM pg_class c WHERE c.oid = ANY(%s) AND pg_stat_get_xact_numscans(c.oid) > 0"


def mode(server_word: str) -> str:
    """`AccessExclusiveLock` as SQL writes it."""
    return " ".join(re.findall(r"[A-Z][a-z]+", server_word.removesuffix("Lock"))).upper()


class Measured:
    """Runs one case and remembers what the server did."""

    def __init__(self, connection, case: Case) -> None:
        self.connection, self.case = connection, case
        self.notices: list[str] = []
        self.locks: dict[str, str] = {}
        self.work: dict[str, str] = {}
        self.tables: frozenset[str] = frozenset()

    def run(self) -> "Measured":
        connection, case = self.connection, self.case
        connection.execute("SET timezone = 'UTC'")
        connection.execute(case.schema)
        connection.add_notice_handler(lambda notice: self.notices.append(notice.message_primary or ""))
        before = connection.execute(RELATIONS).fetchall()
        files = {oid: node for _, oid, node, _ in before}
        names = {oid: name for name, oid, _, _ in before}
        tables = [oid for _, oid, _, kind in before if kind != "i"]
        self.tables = frozenset(names[oid] for oid in tables)
        connection.execute("SET client_min_messages = debug1")
        if not case.alone:
            connection.execute("BEGIN")
        connection.execute(case.sql)
        self._see(names, files, tables)
        if not case.alone:
            connection.execute("ROLLBACK")
        return self

    def _see(self, names: dict[int, str], files: dict[int, int], tables: list[int]) -> None:
        connection = self.connection
        connection.execute("SET client_min_messages = warning")
        for oid, word in () if self.case.alone else connection.execute(LOCKS, [list(names)]).fetchall():
            if word not in WEAK:
                self._lock(names[oid], mode(word))
        if self.case.sql.startswith("TRUNCATE") or self.case.sql.endswith("WITH NO DATA"):
            return  # its new files are empty
        now = {oid: node for _, oid, node, _ in connection.execute(RELATIONS).fetchall()}
        for oid in [oid for oid in tables if now.get(oid, files[oid]) != files[oid]]:
            self._work(names[oid], "rewrite")
        if self.case.counted:
            for (name,) in connection.execute(SCANS, [tables]).fetchall():
                self._work(name, "scan")
        self._listen(dict(connection.execute(KEYS).fetchall()))

    def _listen(self, keys: dict[str, str]) -> None:
        for text in self.notices:
            for pattern, work in MESSAGES:
                if match := pattern.match(text):
                    self._work(keys.get(match["name"], match["name"]), work)

    def _lock(self, name: str, word: str) -> None:
        if name not in self.locks or Lock(word).rank > Lock(self.locks[name]).rank:
            self.locks[name] = word

    def _work(self, name: str, work: str) -> None:
        if RANK.index(work) > RANK.index(self.work.get(name, "none")):
            self.work[name] = work


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_server_does_what_the_table_says(case: Case, database) -> None:
    version = database.info.server_version // 10000
    if not case.on(version):
        pytest.skip(f"the table speaks of {case.since} to {case.until}, the server is {version}")
    measured = Measured(database, case).run()
    locks = {name: lock for name, lock in measured.locks.items() if name in case.held or name in measured.tables}
    seen = measured.tables if case.alone else frozenset(locks)
    work = {name: measured.work[name] for name in measured.work if name in seen}

    if not case.alone:
        assert locks == {name: lock for name, (lock, _) in case.held.items()}
    assert work == {name: work for name, (_, work) in case.held.items() if work != "none"}
