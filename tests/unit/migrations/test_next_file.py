import pytest

from midflight.migrations.model import History, Migration, Script, Transactions
from midflight.migrations.next_file import next_file

TODAY = "2026-11-23"


def _history(path: str, name: str, folder: str = "db") -> History:
    migration = Migration("1", name, path, Script(path, "", Transactions.PER_FILE))
    return History("db", "any", "postgres", folder, (migration,))


@pytest.mark.parametrize(
    ("last", "name", "following"),
    [
        ("db/20260622120000_add_count/migration.sql", "add_count", "db/20261123000000_drop_users_nick/migration.sql"),
        ("db/2026-07-27-143313-0000_rename/up.sql", "rename", "db/2026-11-23-000000-0000_drop_users_nick/up.sql"),
        ("db/V20260715_1443__AddRealm.sql", "AddRealm", "db/V20261123_0000__drop_users_nick.sql"),
        ("db/V1.9__Start.sql", "Start", "db/V1.10__drop_users_nick.sql"),
        ("db/007_outbox.up.sql", "outbox", "db/008_drop_users_nick.up.sql"),
        ("db/099_last.sql", "last", "db/100_drop_users_nick.sql"),
        ("db/20240101_2fa.sql", "2fa", "db/20261123_drop_users_nick.sql"),
        ("db/20261123000000_today.sql", "today", "db/20261123000001_drop_users_nick.sql"),
    ],
)
def test_the_next_file_is_named_as_the_one_before(last, name, following):
    assert next_file(_history(last, name), "drop users.nick", TODAY) == following


@pytest.mark.parametrize(
    ("last", "name"),
    [("db/20250724_create.rb", "create"), ("db/schema.sql", "schema"), ("db/001.sql", ""), ("other/001_a.sql", "a")],
)
def test_there_is_no_name_where_the_last_one_gives_no_pattern(last, name):
    assert next_file(_history(last, name), "drop users.nick", TODAY) == ""


def test_a_history_without_migrations_gives_no_name():
    assert next_file(History("db", "any", "postgres", "db"), "drop users.nick", TODAY) == ""
