import pytest

from midflight.migrations.model import Migration, Script, Transactions
from midflight.plan.history import forget


def migration(version, path):
    return Migration(version, "x", path, Script(path, "", Transactions.PER_FILE))


@pytest.mark.parametrize(
    ("tool", "version", "path", "command"),
    [
        ("supabase", "2024", "supabase/migrations/2024_x.sql", "supabase migration repair --status reverted 2024"),
        (
            "prisma",
            "2024",
            "prisma/migrations/2024/migration.sql",
            "psql \"$DATABASE_URL\" -c 'DELETE FROM _prisma_migrations WHERE migration_name IN ('\"'\"'2024'\"'\"');'",
        ),
        (
            "diesel",
            "2019-02-26-002946",
            "migrations/2019-02-26-002946_x/up.sql",
            (
                'psql "$DATABASE_URL" -c \'DELETE FROM __diesel_schema_migrations '
                "WHERE version IN ('\"'\"'20190226002946'\"'\"');'"
            ),
        ),
        ("plain", "1", "sql/1.sql", ""),
    ],
)
def test_each_tool_forgets_in_its_own_way(tool, version, path, command):
    assert forget(tool, [migration(version, path)]) == command


def test_a_hostile_version_stays_one_word_of_the_command():
    assert forget("supabase", [migration("1; rm -rf ~", "x.sql")]).endswith("'1; rm -rf ~'")


@pytest.mark.parametrize(
    ("kept", "command"),
    [
        (["000001", "000007"], 'migrate -path db/migrations -database "$DATABASE_URL" force 7'),
        ([], 'migrate -path db/migrations -database "$DATABASE_URL" force -1'),
        (["init"], ""),
    ],
)
def test_golang_migrate_is_set_to_the_newest_version_that_stays(kept, command):
    undone = [migration("000008", "db/migrations/000008_x.up.sql")]
    stays = [migration(version, f"db/migrations/{version}_y.up.sql") for version in kept]
    assert forget("golang-migrate", undone, stays) == command
