"""What Django's migrations become: SQL in the order of the apps' graph, on the lines of the Python."""
# ruff: noqa: E501 - one statement, or the source of one file, on one line

import pytest

from midflight.migrations.compare import compare_histories
from midflight.migrations.find import find_histories, folders_of
from midflight.migrations.order import ProblemKind, find_problems
from midflight.operations import model as op
from midflight.operations.read import read_operations
from support.trees import tree_of

HEAD = "from django.db import migrations, models\nimport uuid\n\n"
SHOP = {
    "manage.py": "",
    "config/settings.py": 'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\nAUTH_USER_MODEL = "people.User"\n',
}
MODEL = """
migrations.CreateModel(name="Order", fields=[
    ("id", models.BigAutoField(primary_key=True)),
    ("code", models.IntegerField(null=True)),
    ("name", models.TextField(db_column="title")),
])"""


def file(*operations, needs=(), extra=""):
    body = ",\n".join(operations)
    return f"{HEAD}class Migration(migrations.Migration):\n    dependencies = {list(needs)!r}\n{extra}\n    operations = [{body}]\n"


def history_of(files):
    tree, blobs = tree_of(files)
    (history,) = find_histories(tree, blobs)
    return history


def sql_of(*operations, before=(), down=False, files=None):
    first = {"shop/migrations/0001_initial.py": file(MODEL, *before)}
    second = {"shop/migrations/0002_next.py": file(*operations, needs=[("shop", "0001_initial")])}
    migration = history_of({**SHOP, **first, **second, **(files or {})}).migrations[-1]
    script = migration.down if down else migration.up
    return [line for line in script.text.split("\n") if line]


CASES = {
    "a field": (
        'migrations.AddField("order", "note", models.TextField(null=True))',
        ['ALTER TABLE "shop_order" ADD COLUMN "note" text NULL;'],
    ),
    "a default that goes at once": (
        'migrations.AddField("order", "state", models.CharField(max_length=9, default="new"))',
        [
            """ALTER TABLE "shop_order" ADD COLUMN "state" varchar(9) DEFAULT 'new' NOT NULL;""",
            'ALTER TABLE "shop_order" ALTER COLUMN "state" DROP DEFAULT;',
        ],
    ),
    "a default of the database": (
        'migrations.AddField("order", "n", models.IntegerField(db_default=3))',
        ['ALTER TABLE "shop_order" ADD COLUMN "n" integer DEFAULT 3 NOT NULL;'],
    ),
    "a foreign key": (
        'migrations.AddField("order", "parent", models.ForeignKey(to="shop.order", null=True, on_delete=models.CASCADE))',
        [
            'ALTER TABLE "shop_order" ADD COLUMN "parent_id" bigint NULL CONSTRAINT "shop_order_parent_id_e9066028_fk_shop_order_id" REFERENCES "shop_order" ("id") DEFERRABLE INITIALLY DEFERRED;',
            'SET CONSTRAINTS "shop_order_parent_id_e9066028_fk_shop_order_id" IMMEDIATE;',
            'CREATE INDEX "shop_order_parent_id_e9066028" ON "shop_order" ("parent_id");',
        ],
    ),
    "a removed field": (
        'migrations.RemoveField("order", "name")',
        ['ALTER TABLE "shop_order" DROP COLUMN "title" CASCADE;'],
    ),
    "another type": (
        'migrations.AlterField("order", "code", models.TextField(null=True))',
        ['ALTER TABLE "shop_order" ALTER COLUMN "code" TYPE text USING "code"::text;'],
    ),
    "options that the database does not see": (
        'migrations.AlterField("order", "code", models.IntegerField(null=True, help_text="x", verbose_name="y"))',
        [],
    ),
    "not null with a default": (
        'migrations.AlterField("order", "code", models.IntegerField(default=0))',
        [
            'ALTER TABLE "shop_order" ALTER COLUMN "code" SET DEFAULT 0;',
            'UPDATE "shop_order" SET "code" = 0 WHERE "code" IS NULL;',
            "SET CONSTRAINTS ALL IMMEDIATE;",
            'ALTER TABLE "shop_order" ALTER COLUMN "code" SET NOT NULL;',
            'ALTER TABLE "shop_order" ALTER COLUMN "code" DROP DEFAULT;',
        ],
    ),
    "a renamed field": (
        'migrations.RenameField("order", "code", "number")',
        ['ALTER TABLE "shop_order" RENAME COLUMN "code" TO "number";'],
    ),
    "a renamed field that keeps its column": ('migrations.RenameField("order", "name", "label")', []),
    "a renamed model": ('migrations.RenameModel("Order", "Sale")', ['ALTER TABLE "shop_order" RENAME TO "shop_sale";']),
    "another table": ('migrations.AlterModelTable("order", "sales")', ['ALTER TABLE "shop_order" RENAME TO "sales";']),
    "a deleted model": ('migrations.DeleteModel("Order")', ['DROP TABLE "shop_order" CASCADE;']),
    "unique together": (
        'migrations.AlterUniqueTogether("order", {("code", "name")})',
        ['ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_code_title_f03ed897_uniq" UNIQUE ("code", "title");'],
    ),
    "an index": (
        'migrations.AddIndex("order", models.Index(fields=["-code"], name="by_code"))',
        ['CREATE INDEX "by_code" ON "shop_order" ("code" DESC);'],
    ),
    "an index of some rows": (
        'migrations.AddIndex("order", models.Index(fields=["code"], name="some", condition=models.Q(code__gt=5)))',
        ['CREATE INDEX "some" ON "shop_order" ("code") WHERE "code" > 5;'],
    ),
    "an index beside writers": (
        'AddIndexConcurrently("order", models.Index(fields=["code"], name="by_code"))',
        ['CREATE INDEX CONCURRENTLY "by_code" ON "shop_order" ("code");'],
    ),
    "a check": (
        'migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(code__gte=0), name="positive"))',
        ['ALTER TABLE "shop_order" ADD CONSTRAINT "positive" CHECK ("code" >= 0);'],
    ),
    "SQL": ('migrations.RunSQL("SELECT 1")', ["SELECT 1", ";"]),
    "SQL for the database alone": (
        'migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL("SELECT 1;")], state_operations=[migrations.RemoveField("order", "code")])',
        ["SELECT 1;"],
    ),
    "options": ('migrations.AlterModelOptions("order", {"ordering": ["code"]})', []),
    "an extension": ("TrigramExtension()", ['CREATE EXTENSION IF NOT EXISTS "pg_trgm";']),
}


@pytest.mark.parametrize(("operation", "expected"), CASES.values(), ids=CASES)
def test_an_operation_is_the_sql_that_django_sends(operation, expected):
    assert sql_of(operation) == expected


BACK = {
    "a field": (
        'migrations.AddField("order", "note", models.TextField(null=True))',
        ['ALTER TABLE "shop_order" DROP COLUMN "note" CASCADE;'],
    ),
    "a removed field": (
        'migrations.RemoveField("order", "name")',
        ['ALTER TABLE "shop_order" ADD COLUMN "title" text NOT NULL;'],
    ),
    "a renamed field": (
        'migrations.RenameField("order", "code", "number")',
        ['ALTER TABLE "shop_order" RENAME COLUMN "number" TO "code";'],
    ),
    "an index": (
        'migrations.AddIndex("order", models.Index(fields=["code"], name="x"))',
        ['DROP INDEX IF EXISTS "x";'],
    ),
    "SQL": ('migrations.RunSQL("SELECT 1", reverse_sql="SELECT 2;")', ["SELECT 2;"]),
}


@pytest.mark.parametrize(("operation", "expected"), BACK.values(), ids=BACK)
def test_the_way_back_is_what_django_runs_backwards(operation, expected):
    assert sql_of(operation, down=True) == expected


def test_a_model_is_a_table_with_its_foreign_keys_behind_it():
    model = """migrations.CreateModel("Line", [
        ("id", models.BigAutoField(primary_key=True)),
        ("order", models.ForeignKey(to="shop.Order", on_delete=models.CASCADE)),
        ("count", models.PositiveIntegerField()),
        ("tags", models.ManyToManyField(to="shop.Order")),
    ])"""
    assert sql_of(model)[:3] == [
        (
            'CREATE TABLE "shop_line" ("id" bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,'
            ' "order_id" bigint NOT NULL, "count" integer NOT NULL CHECK ("count" >= 0));'
        ),
        (
            'CREATE TABLE "shop_line_tags" ("id" bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,'
            ' "line_id" bigint NOT NULL, "order_id" bigint NOT NULL);'
        ),
        (
            'ALTER TABLE "shop_line" ADD CONSTRAINT "shop_line_order_id_6871eda7_fk_shop_order_id" FOREIGN KEY ("order_id")'
            ' REFERENCES "shop_order" ("id") DEFERRABLE INITIALLY DEFERRED;'
        ),
    ]


def test_statements_stand_on_the_line_of_their_operation():
    before = "# one\n# two\n"
    text = file(
        'migrations.AddField("order", "a", models.TextField(default=""))',
        "migrations.RunSQL('''\nSELECT 1;\nSELECT 2;''')",
    )
    files = {
        **SHOP,
        "shop/migrations/0001_initial.py": file(MODEL),
        "shop/migrations/0002_b.py": before + text.replace("[]", "[('shop', '0001_initial')]"),
    }
    up = history_of(files).migrations[1].up
    lines = [operation.statement.line for operation in read_operations(up, dialect="postgres")]
    assert lines == [9, 9, 11, 12]


def test_python_code_is_told_and_gives_no_doubt_where_it_changes_rows_alone():
    text = file("migrations.RunPython(fill)").replace(
        "class", "def fill(apps, editor):\n    apps.get_model('shop', 'Order').objects.update(code=1)\n\n\nclass"
    )
    found = read_operations(
        history_of({**SHOP, "shop/migrations/0001_a.py": text}).migrations[0].up, dialect="postgres"
    )
    assert [(each.reason, each.rows, each.statement.line) for each in found] == [
        ("Python (rows alone): Python code that Django runs here: `fill`", True, 11)
    ]


def test_python_code_that_reaches_for_the_schema_is_a_doubt():
    text = file("migrations.RunPython(fill)").replace(
        "class", "def fill(apps, editor):\n    editor.execute('DROP TABLE x')\n\n\nclass"
    )
    (found,) = read_operations(
        history_of({**SHOP, "shop/migrations/0001_a.py": text}).migrations[0].up, dialect="postgres"
    )
    assert isinstance(found, op.Opaque)
    assert not found.rows


def test_a_field_whose_own_class_tells_no_type_keeps_the_one_that_it_had():
    (line,) = sql_of('migrations.AlterField("order", "code", fields.ChoiceSetField(null=True))')
    assert "the type of `code` is from here on that of `ChoiceSetField`, taken to stay what it was" in line
    assert "ALTER" not in line


def test_apps_come_in_the_order_of_what_they_need():
    files = {
        **SHOP,
        "a/migrations/0001_initial.py": file(needs=[("b", "0002_more")]),
        "b/migrations/0001_initial.py": file(),
        "b/migrations/0002_more.py": file(needs=[("b", "0001_initial")]),
    }
    assert [m.version for m in history_of(files).migrations] == ["b.0001", "b.0002", "a.0001"]


def test_a_squashed_migration_sends_nothing_while_those_it_replaces_are_there():
    old = {"shop/migrations/0001_initial.py": file(MODEL)}
    squashed = file(MODEL, extra="    replaces = [('shop', '0001_initial')]")
    both = history_of({**SHOP, **old, "shop/migrations/0001_squashed.py": squashed})
    assert [bool(m.up.text) for m in both.migrations] == [True, False]
    assert history_of({**SHOP, "shop/migrations/0001_squashed.py": squashed}).migrations[0].up.text


def test_two_leaves_of_an_app_are_a_conflict():
    base = {
        **SHOP,
        "shop/migrations/0001_initial.py": file(MODEL),
        "shop/migrations/0002_a.py": file(needs=[("shop", "0001_initial")]),
    }
    head = {**base, "shop/migrations/0002_b.py": file(needs=[("shop", "0001_initial")])}
    (change,) = compare_histories((history_of(base),), (history_of(head),))
    (problem,) = find_problems(change)
    assert problem.kind is ProblemKind.DUPLICATE_VERSION
    assert problem.message == "`shop.0002_b` is a leaf of its graph beside `shop.0002_a`; Django refuses to run."


def test_only_the_migration_folders_of_a_project_hold_no_code():
    assert folders_of(history_of({**SHOP, "shop/migrations/0001_a.py": file(MODEL)})) == {"shop/migrations"}


def test_a_migration_outside_a_transaction_says_so():
    text = file(MODEL, extra="    atomic = False")
    assert history_of({**SHOP, "shop/migrations/0001_a.py": text}).migrations[0].up.transactions.value == "none"


@pytest.mark.parametrize("text", ["class Migration(:\n  django", "django = Migration = " + "(" * 5_000])
def test_a_file_that_is_no_python_is_told(text):
    files = {**SHOP, "shop/migrations/0001_a.py": file(MODEL), "shop/migrations/0002_b.py": text}
    assert [each.path for each in history_of(files).not_analysed] == ["shop/migrations/0002_b.py"]


def test_operations_that_the_program_puts_together_are_told():
    text = file().replace("operations = []", "operations = make()")
    found = read_operations(
        history_of({**SHOP, "shop/migrations/0001_a.py": text}).migrations[0].up, dialect="postgres"
    )
    assert [type(each).__name__ for each in found] == ["Opaque"]


def test_a_comment_in_python_suppresses_a_finding_of_what_follows():
    mark = "\n# midflight: ignore[drop-column] nobody reads it\n"
    assert sql_of(mark + 'migrations.RemoveField("order", "code")') == [
        "-- midflight: ignore[drop-column] nobody reads it",
        'ALTER TABLE "shop_order" DROP COLUMN "code" CASCADE;',
    ]


def test_a_squashed_migration_is_no_leaf_where_a_later_one_needs_what_it_replaces():
    files = {
        **SHOP,
        "shop/migrations/0001_initial.py": file(MODEL),
        "shop/migrations/0001_squashed.py": file(MODEL, extra="    replaces = [('shop', '0001_initial')]"),
        "shop/migrations/0002_next.py": file(needs=[("shop", "0001_initial")]),
    }
    assert [each.rival for each in history_of(files).migrations] == ["", "", ""]
