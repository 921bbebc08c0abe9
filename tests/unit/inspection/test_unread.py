import pytest

from midflight.compatibility.model import State
from midflight.plan.build import build_plan
from midflight.plan.model import ItemState
from midflight.plan.options import PlanOptions
from support.examples import assess_files

SQL = {"supabase/migrations/20240101000000_schema.sql": "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"}


def _unread(path, base=None, text="changes();\n"):
    return [each.path for each in assess_files(base or {}, {**(base or {}), path: text}).unread]


@pytest.mark.parametrize(
    "path",
    [
        "migrations/20240201000000_drop_email.js",
        "packages/api/src/migrations/1700000000000-DropEmail.ts",
        "src/Data/Migrations/20240201120000_DropEmail.cs",
        "database/migrations/2024_02_01_000000_drop_email.php",
        "priv/repo/migrations/20240201000000_drop_email.exs",
        "migrations/Version20240201000000.php",
        "src/main/java/db/migration/V2__Drop_email.java",
        "migration/src/m20240201_000001_drop_email.rs",
        "src/main/resources/db/changelog/db.changelog-1.1.xml",
        "liquibase/changelog.yaml",
    ],
)
def test_a_migration_that_is_a_program_or_a_changelog_is_not_read(path):
    assert _unread(path) == [path]


@pytest.mark.parametrize(
    "path",
    [
        "src/users/20240201_report.js",
        "migrations/index.js",
        "migrations/20240201000000_drop_email.d.ts",
        "migrations/20240201000000_drop_email.test.ts",
        "Migrations/20240201120000_DropEmail.Designer.cs",
        "node_modules/tool/migrations/20240201000000_drop_email.js",
        "tests/migrations/20240201000000_drop_email.js",
        "CHANGELOG.json",
        "docs/changelog.xml",
    ],
)
def test_other_files_are_no_migrations(path):
    assert _unread(path) == []


@pytest.mark.parametrize(
    "path",
    ["supabase/migrations/20240201000000_more.sql", "app/migrations/0002_more.py", "db/migrate/20240201000000_more.rb"],
)
def test_what_is_read_is_not_told_as_unread(path):
    assert _unread(path, SQL) == []


def test_a_program_that_is_deleted_changes_no_database():
    path = "migrations/20240201000000_drop_email.js"
    assert assess_files({path: "drop();\n"}, {}).unread == ()


def test_nothing_is_said_to_hold_beside_a_migration_that_was_not_read():
    matrix = assess_files(SQL, {**SQL, "migrations/20240201000000_drop_email.js": "drop();\n"}).matrix
    assert (matrix.old_new.state, matrix.new_old.state) == (State.UNDETERMINED, State.UNDETERMINED)


def test_a_break_stays_a_break_beside_a_migration_that_was_not_read():
    code = {"a.ts": 'db.query("SELECT email FROM users");\n'}
    head = {"supabase/migrations/20240201000000_drop.sql": "ALTER TABLE users DROP COLUMN email;\n"}
    program = {"migrations/20240201000000_other.js": "drop();\n"}
    matrix = assess_files({**SQL, **code}, {**SQL, **head, **program}).matrix
    assert matrix.old_new.state is State.BREAKS


def test_the_plan_claims_nothing_about_a_migration_that_was_not_read():
    path = "migrations/20240201000000_drop_email.js"
    found = assess_files(SQL, {**SQL, path: "drop();\n", "a.js": "run();\n"})
    plan = build_plan(found.contexts, found.matrix, (), PlanOptions(unread=(path,)))
    answered = [item.id for item in plan.checklists[0].items if item.state is not ItemState.OPEN]
    assert answered == []
    assert plan.reason == f"What `{path}` does to the database is not known: read it against the code of both sides."
    assert [step.do for step in plan.rollback.steps] == [
        f"Revert the code. Whether that alone is enough could not be told: what `{path}` does is not known.",
        f"Undo `{path}` with its own tool, if it has a way back.",
    ]
