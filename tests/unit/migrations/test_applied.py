"""What a database says is applied, held against a history."""

import hashlib

import pytest

from midflight.migrations.applied import RECORDS, Row, standing_of
from midflight.migrations.find import find_histories
from midflight.migrations.model import DatabaseOptions
from support.trees import tree_of

SQL = "CREATE TABLE a (id int);\n"
OTHER = "CREATE TABLE b (id int);\n"
THIRD = "CREATE TABLE c (id int);\n"


def standing(format_, files, *rows):
    tree, blobs = tree_of(files)
    (history,) = find_histories(tree, blobs, (DatabaseOptions("main", "db", format_),))
    return standing_of(history, [Row(*row) for row in rows], RECORDS[format_][0])


def versions(migrations):
    return [each.version for each in migrations]


@pytest.mark.parametrize(
    ("format_", "first", "second", "key"),
    [
        ("supabase", "db/20250101000000_a.sql", "db/20250102000000_b.sql", "20250101000000"),
        ("dbmate", "db/20250101000000_a.sql", "db/20250102000000_b.sql", "20250101000000"),
        ("diesel", "db/2025-01-01-000000_a/up.sql", "db/2025-01-02-000000_b/up.sql", "20250101000000"),
        ("prisma", "db/20250101000000_a/migration.sql", "db/20250102000000_b/migration.sql", "20250101000000_a"),
        ("sqlx", "db/0001_a.sql", "db/0002_b.sql", "1"),
        ("goose", "db/00001_a.sql", "db/00002_b.sql", "1"),
        ("flyway", "db/V1__a.sql", "db/V2__b.sql", "1"),
        ("hasura", "db/1700000000000_a/up.sql", "db/1700000000001_b/up.sql", "1700000000000"),
        ("golang-migrate", "db/000001_a.up.sql", "db/000002_b.up.sql", "1"),
        ("tern", "db/001_a.sql", "db/002_b.sql", "1"),
        ("node-pg-migrate", "db/1700000000000_a.sql", "db/1700000000001_b.sql", "1700000000000_a"),
        ("sql-migrate", "db/1_a.sql", "db/2_b.sql", "1_a.sql"),
        ("bun", "db/20250101000000_a.tx.up.sql", "db/20250102000000_b.tx.up.sql", "20250101000000"),
    ],
)
def test_a_tools_own_key_names_the_migration_that_is_applied(format_, first, second, key):
    up = "" if format_ == "tern" else "-- migrate:up\n-- +goose Up\n-- +migrate Up\n-- Up Migration\n"
    end = "---- create above / drop below ----\n" if format_ == "tern" else ""
    found = standing(format_, {first: up + SQL + end, second: up + OTHER + end}, (key,))
    assert ([m.path for m in found.applied], [m.path for m in found.pending]) == ([first], [second])
    assert (found.foreign, found.failed, found.late) == ((), (), ())


FLYWAY = {"db/V1__a.sql": SQL, "db/V2__b.sql": OTHER, "db/V10__c.sql": THIRD}
PRISMA = {"db/20250101000000_a/migration.sql": SQL, "db/20250102000000_b/migration.sql": OTHER}
GOLANG = {"db/000001_a.up.sql": SQL, "db/000002_b.up.sql": OTHER, "db/000003_c.up.sql": THIRD}


def test_a_baseline_stands_for_all_versions_up_to_its_own():
    found = standing("flyway", FLYWAY, ("baseline 2",))
    assert (versions(found.applied), versions(found.pending)) == (["1", "2"], ["10"])


def test_a_last_version_stands_for_all_before_it():
    found = standing("golang-migrate", GOLANG, ("2",))
    assert (versions(found.applied), versions(found.pending)) == (["000001", "000002"], ["000003"])


def test_a_dirty_version_is_no_applied_one_while_those_before_it_are():
    found = standing("golang-migrate", GOLANG, ("2", "failed"))
    assert (versions(found.applied), found.failed) == (["000001"], ("2",))
    assert versions(found.pending) == ["000002", "000003"]


def test_a_migration_that_was_rolled_back_and_applied_again_is_applied():
    key = "20250101000000_a"
    assert versions(standing("prisma", PRISMA, (key, "undone"), (key, "applied")).applied) == ["20250101000000"]
    assert standing("prisma", PRISMA, (key, "applied"), (key, "undone")).applied == ()


def test_a_migration_that_failed_is_told_and_pending():
    found = standing("prisma", PRISMA, ("20250101000000_a",), ("20250102000000_b", "failed"))
    assert (found.failed, versions(found.pending)) == (("20250102000000_b",), ["20250102000000"])


def test_a_file_that_changed_since_is_edited_and_line_endings_do_not_count():
    same = hashlib.sha256(SQL.replace("\n", "\r\n").encode()).hexdigest()
    other = hashlib.sha256(b"SELECT 1;").hexdigest()
    rows = (("20250101000000_a", "applied", same), ("20250102000000_b", "applied", other))
    assert versions(standing("prisma", PRISMA, *rows).edited) == ["20250102000000"]


def test_what_is_applied_and_not_in_the_history_is_foreign():
    assert standing("flyway", FLYWAY, ("1",), ("7",)).foreign == ("7",)


def test_a_pending_migration_before_an_applied_one_is_late():
    found = standing("flyway", FLYWAY, ("1",), ("10",))
    assert versions(found.late) == ["2"]


def test_nothing_applied_leaves_everything_pending():
    assert versions(standing("flyway", FLYWAY).pending) == ["1", "2", "10"]


def _revision(name, *downs):
    below = {0: "None", 1: repr(downs[0]) if downs else ""}.get(len(downs), repr(tuple(downs)))
    return f"revision = '{name}'\ndown_revision = {below}\n\ndef upgrade():\n    op.execute('SELECT 1')\n"


GRAPH = {
    "db/env.py": "",
    "db/versions/a_start.py": _revision("a"),
    "db/versions/b_left.py": _revision("b", "a"),
    "db/versions/c_right.py": _revision("c", "a"),
    "db/versions/d_right.py": _revision("d", "c"),
    "db/versions/e_merge.py": _revision("e", "b", "d"),
}


@pytest.mark.parametrize(
    ("heads", "applied"),
    [(["b"], "ab"), (["d"], "acd"), (["b", "c"], "abc"), (["e"], "abcde"), ([], "")],
)
def test_the_heads_of_a_graph_stand_for_what_they_build_on_alone(heads, applied):
    found = standing("alembic", GRAPH, *((head,) for head in heads))
    assert sorted(versions(found.applied)) == list(applied)
    assert sorted(versions(found.pending)) == [each for each in "abcde" if each not in applied]


def test_a_last_version_that_the_history_lacks_stands_for_what_sorts_before_it():
    found = standing("golang-migrate", GOLANG, ("7",))
    assert (versions(found.applied), found.foreign) == (["000001", "000002", "000003"], ("7",))


def test_a_file_of_flyway_is_told_by_the_checksum_of_its_lines():
    same, edited = "-873187034", "12345"  # 0xCBF43926, the CRC of "123456789" in the literature
    files = {
        "db/V1__a.sql": "1234\r\n56789\n",
        "db/V2__b.sql": OTHER,
        "db/V3__c.sql": "SELECT ${x};",
    }
    found = standing("flyway", files, ("1", "applied", same), ("2", "applied", edited), ("3", "applied", edited))
    assert (versions(found.applied), versions(found.edited)) == (["1", "2", "3"], ["2"])


def test_a_repeatable_file_that_changed_is_pending_again():
    files = {"db/V1__a.sql": SQL, "db/R__views.sql": "CREATE OR REPLACE VIEW v AS SELECT 1;\n"}
    found = standing("flyway", files, ("1", "applied", ""), ("R__views.sql", "applied", "1"))
    assert ([each.path for each in found.pending], found.edited) == (["db/R__views.sql"], ())


APP = "from django.db import migrations\nclass Migration(migrations.Migration):\n    operations = []\n"
SQUASHED = APP + "    replaces = [('shop', '0001_initial'), ('shop', '0002_more')]\n"


def django(files, *keys):
    tree, blobs = tree_of({"manage.py": "", **files})
    (history,) = find_histories(tree, blobs, (DatabaseOptions("main", "", "django"),))
    return standing_of(history, [Row(key) for key in keys], RECORDS["django"][0])


def test_migrations_of_djangos_own_apps_are_not_missed_in_the_repository():
    files = {"shop/migrations/0001_initial.py": APP}
    found = django(files, "auth.0001_initial", "shop.0001_initial", "shop.0002_gone")
    assert (versions(found.applied), found.pending, found.foreign) == (["shop.0001"], (), ("shop.0002_gone",))


def test_a_squashed_migration_is_applied_where_all_that_it_replaces_is():
    files = {"shop/migrations/0001_squashed_0002_more.py": SQUASHED}
    found = django(files, "shop.0001_initial", "shop.0002_more")
    assert (len(found.applied), found.pending, found.foreign) == (1, (), ())


def test_a_squashed_migration_is_pending_where_a_part_of_what_it_replaces_is_missing():
    files = {"shop/migrations/0001_squashed_0002_more.py": SQUASHED}
    assert len(django(files, "shop.0001_initial").pending) == 1
