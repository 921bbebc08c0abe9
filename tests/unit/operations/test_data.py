"""Rows, settings, transactions and maintenance."""

import pytest

from midflight.operations import model as op
from midflight.operations.shapes import Name
from support.sql_scripts import AT, operation, operations

T = Name("t")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("INSERT INTO t VALUES (1)", op.Insert(AT, table=T)),
        (
            "INSERT INTO s.t (a, b) SELECT x, y FROM u ON CONFLICT (a, b) DO UPDATE SET a = 1",
            op.Insert(AT, table=Name("t", "s"), columns=("a", "b"), on_conflict=("a", "b"), reads=(Name("u"),)),
        ),
        (
            "UPDATE t SET a = 1, b = u.b FROM u WHERE t.id = u.id",
            op.Update(AT, table=T, columns=("a", "b"), bounded=True, where="t.id = u.id", reads=(Name("u"),)),
        ),
        ("UPDATE t SET a = 1", op.Update(AT, table=T, columns=("a",), bounded=False)),
        ("UPDATE t SET (a, b) = (1, 2)", op.Update(AT, table=T, columns=("a", "b"), bounded=False)),
        ("UPDATE t SET a = 1 WHERE true", op.Update(AT, table=T, columns=("a",), bounded=False, where="true")),
        ("DELETE FROM t", op.Delete(AT, table=T, bounded=False)),
        ("DELETE FROM t WHERE 1 = 1", op.Delete(AT, table=T, bounded=False, where="1 = 1")),
        (
            "DELETE FROM t WHERE 'a' = 'a' AND TRUE",
            op.Delete(AT, table=T, bounded=False, where="'a' = 'a' AND true"),
        ),
        ("DELETE FROM t WHERE 1 = 2", op.Delete(AT, table=T, bounded=True, where="1 = 2")),
        ("DELETE FROM t WHERE a AND true", op.Delete(AT, table=T, bounded=True, where="a AND true")),
        ("DELETE FROM t WHERE a OR true", op.Delete(AT, table=T, bounded=False, where="a OR true")),
        (
            "DELETE FROM t USING u WHERE a IN (SELECT b FROM v)",
            op.Delete(AT, table=T, bounded=True, where="a IN (SELECT b FROM v)", reads=(Name("u"), Name("v"))),
        ),
        ("TRUNCATE a, s.b CASCADE", op.Truncate(AT, tables=(Name("a"), Name("b", "s")), cascade=True)),
        ("COPY t FROM '/x'", op.Copy(AT, table=T, from_=True)),
        ("COPY t TO PROGRAM 'x'", op.Copy(AT, table=T, from_=False, program=True)),
        ("COPY (SELECT 1) TO STDOUT", op.Copy(AT, table=None, from_=False)),
        ("SELECT 1", op.Query(AT)),
        (
            "SELECT f(1), s.g() FROM t, LATERAL h(t.a)",
            op.Query(AT, reads=(T,), calls=(Name("f"), Name("g", "s"), Name("h"))),
        ),
        ("CALL s.p(1)", op.Query(AT, calls=(Name("p", "s"),))),
        ("EXPLAIN DELETE FROM t", op.Query(AT)),
        ("EXPLAIN ANALYZE DELETE FROM t", op.Delete(AT, table=T, bounded=False)),
    ],
)
def test_a_statement_about_rows_knows_its_table_and_its_bound(sql, expected):
    assert operation(sql) == expected


def test_a_write_in_a_cte_is_an_operation_of_its_own():
    sql = "WITH gone AS (DELETE FROM a WHERE x RETURNING *) INSERT INTO b SELECT * FROM gone JOIN c USING (id)"
    assert operations(sql) == [
        op.Delete(AT, table=Name("a"), bounded=True, where="x"),
        op.Insert(AT, table=Name("b"), reads=(Name("c"),)),
    ]


def test_merge_is_one_write_for_each_of_its_clauses():
    sql = (
        "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED AND u.gone THEN DELETE"
        " WHEN MATCHED THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (1)"
    )
    common = {"table": T, "reads": (Name("u"),)}
    assert operations(sql) == [
        op.Delete(AT, bounded=True, where="t.id = u.id", **common),
        op.Update(AT, columns=("a",), bounded=True, where="t.id = u.id", **common),
        op.Insert(AT, columns=("a",), **common),
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SET lock_timeout = '5s'", op.SetSetting(AT, name="lock_timeout", values=("5s",))),
        ("SET LOCAL statement_timeout TO 0", op.SetSetting(AT, name="statement_timeout", values=("0",), local=True)),
        ('SET search_path TO a, "B"', op.SetSetting(AT, name="search_path", values=("a", "B"))),
        ("SET search_path = ''", op.SetSetting(AT, name="search_path", values=("",))),
        ("SET Lock_Timeout TO DEFAULT", op.SetSetting(AT, name="lock_timeout", values=())),
        ("RESET lock_timeout", op.SetSetting(AT, name="lock_timeout", values=())),
        ("RESET ALL", op.SetSetting(AT, name="all", values=())),
        ("SET ROLE bob", op.SetSetting(AT, name="role", values=("bob",))),
        ("SET LOCAL ROLE bob", op.SetSetting(AT, name="role", values=("bob",), local=True)),
        ("RESET ROLE", op.SetSetting(AT, name="role", values=())),
        ("SET TIME ZONE 'UTC'", op.SetSetting(AT, name="timezone", values=("UTC",))),
        (
            "SELECT pg_catalog.set_config('search_path', '', false)",
            op.SetSetting(AT, name="search_path", values=("",)),
        ),
        (
            "SELECT set_config('search_path', 'App, \"My Schema\"', true)",
            op.SetSetting(AT, name="search_path", values=("app", "My Schema"), local=True),
        ),
        ("SELECT set_config(name, 'x', true) FROM t", op.Query(AT, reads=(T,), calls=(Name("set_config"),))),
    ],
)
def test_a_setting_is_read_however_it_is_written(sql, expected):
    assert operation(sql) == expected


@pytest.mark.parametrize(
    ("sql", "action"),
    [
        ("BEGIN", "BEGIN"),
        ("START TRANSACTION ISOLATION LEVEL SERIALIZABLE", "BEGIN"),
        ("COMMIT", "COMMIT"),
        ("END", "COMMIT"),
        ("ROLLBACK", "ROLLBACK"),
        ("ABORT", "ROLLBACK"),
        ("SAVEPOINT a", "SAVEPOINT"),
        ("RELEASE a", "RELEASE"),
        ("ROLLBACK TO a", "ROLLBACK TO"),
    ],
)
def test_transaction_control_is_told_by_keyword(sql, action):
    assert operation(sql) == op.TransactionControl(AT, action=action)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("LOCK TABLE a, s.b", op.LockTable(AT, tables=(Name("a"), Name("b", "s")), mode="ACCESS EXCLUSIVE")),
        ("LOCK a IN SHARE ROW EXCLUSIVE MODE", op.LockTable(AT, tables=(Name("a"),), mode="SHARE ROW EXCLUSIVE")),
        ("VACUUM t", op.Maintenance(AT, kind="VACUUM", tables=(T,))),
        ("VACUUM (FULL, ANALYZE) t", op.Maintenance(AT, kind="VACUUM FULL", tables=(T,))),
        ("VACUUM (FULL off) t", op.Maintenance(AT, kind="VACUUM", tables=(T,))),
        ("ANALYZE", op.Maintenance(AT, kind="ANALYZE")),
        ("CLUSTER t USING i", op.Maintenance(AT, kind="CLUSTER", tables=(T,))),
        ("CHECKPOINT", op.Maintenance(AT, kind="CHECKPOINT")),
        ("NOTIFY pgrst, 'reload schema'", op.Maintenance(AT, kind="NOTIFY")),
        ("DISCARD ALL", op.Maintenance(AT, kind="DISCARD")),
        ("SET CONSTRAINTS ALL DEFERRED", op.Maintenance(AT, kind="SET CONSTRAINTS")),
    ],
)
def test_locks_and_maintenance_name_their_tables(sql, expected):
    assert operation(sql) == expected


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("EXECUTE q(1)", "EXECUTE runs a prepared statement"),
        (
            "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c",
            "IMPORT FOREIGN SCHEMA makes tables that its text does not describe",
        ),
    ],
)
def test_what_the_text_does_not_decide_is_opaque(sql, reason):
    assert operation(sql) == op.Opaque(AT, reason=reason)
