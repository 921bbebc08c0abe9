"""What Alembic's revisions become: SQL in the order of the graph, on the lines of the Python."""
# ruff: noqa: E501 - one statement, or the source of one file, on one line

import pytest

from midflight.migrations.compare import compare_histories
from midflight.migrations.find import find_histories
from midflight.migrations.order import find_problems
from midflight.operations.read import read_operations
from support.trees import tree_of

HEAD = "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n"


def file(up, revision="a1", down="None", back="pass"):
    bodies = ["\n    ".join(text.split("\n")) for text in (up, back)]
    return (
        f"{HEAD}revision = '{revision}'\ndown_revision = {down}\n\n\n"
        f"def upgrade():\n    {bodies[0]}\n\n\ndef downgrade():\n    {bodies[1]}\n"
    )


def history_of(files):
    tree, blobs = tree_of({"alembic/env.py": "", **{f"alembic/versions/{name}": text for name, text in files.items()}})
    (history,) = find_histories(tree, blobs)
    return history


def sql_of(up):
    return [line for line in history_of({"a1_x.py": file(up)}).migrations[0].up.text.split("\n") if line]


CASES = {
    "a table": (
        (
            "op.create_table('t', sa.Column('id', sa.Integer(), nullable=False), sa.Column('n', sa.String(length=9), nullable=True),"
            " sa.ForeignKeyConstraint(['n'], ['u.n'], ondelete='CASCADE'), sa.PrimaryKeyConstraint('id', name=op.f('t_pkey')))"
        ),
        [
            (
                'CREATE TABLE "t" ("id" SERIAL NOT NULL, "n" VARCHAR(9),'
                ' FOREIGN KEY ("n") REFERENCES "u" ("n") ON DELETE CASCADE, CONSTRAINT "t_pkey" PRIMARY KEY ("id"));'
            )
        ],
    ),
    "a column": (
        "op.add_column('t', sa.Column('a', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False))",
        ['ALTER TABLE "t" ADD COLUMN "a" TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;'],
    ),
    "a dropped column": ("op.drop_column('t', 'a', schema='s')", ['ALTER TABLE "s"."t" DROP COLUMN "a";']),
    "an altered column": (
        "op.alter_column('t', 'a', type_=sa.BigInteger(), nullable=False, server_default=None, existing_type=sa.Integer())",
        [
            'ALTER TABLE "t" ALTER COLUMN "a" SET NOT NULL;',
            'ALTER TABLE "t" ALTER COLUMN "a" DROP DEFAULT;',
            'ALTER TABLE "t" ALTER COLUMN "a" TYPE BIGINT;',
        ],
    ),
    "a renamed column": ("op.alter_column('t', 'a', new_column_name='b')", ['ALTER TABLE "t" RENAME "a" TO "b";']),
    "an index": (
        "op.create_index('i', 't', ['a', sa.text('lower(b)')], unique=True, postgresql_where=sa.text('a > 1'))",
        ['CREATE UNIQUE INDEX "i" ON "t" ("a", (lower(b))) WHERE a > 1;'],
    ),
    "an index outside the transaction": (
        "with op.get_context().autocommit_block():\n    op.create_index('i', 't', ['a'], postgresql_concurrently=True)",
        ["BEGIN;", "COMMIT;", 'CREATE INDEX CONCURRENTLY "i" ON "t" ("a");', "BEGIN;", "COMMIT;"],
    ),
    "a dropped index": ("op.drop_index(op.f('i'), table_name='t')", ['DROP INDEX "i";']),
    "a foreign key": (
        "op.create_foreign_key('f', 't', 'u', ['u_id'], ['id'], ondelete='SET NULL')",
        ['ALTER TABLE "t" ADD CONSTRAINT "f" FOREIGN KEY ("u_id") REFERENCES "u" ("id") ON DELETE SET NULL;'],
    ),
    "a unique constraint": (
        "op.create_unique_constraint(None, 't', ['a', 'b'])",
        ['ALTER TABLE "t" ADD UNIQUE ("a", "b");'],
    ),
    "a check": (
        "op.create_check_constraint('c', 't', 'a > 0')",
        ['ALTER TABLE "t" ADD CONSTRAINT "c" CHECK (a > 0);'],
    ),
    "a renamed table": ("op.rename_table('t', 'u')", ['ALTER TABLE "t" RENAME TO "u";']),
    "a batch": (
        (
            "with op.batch_alter_table('t', schema=None) as batch_op:\n    batch_op.add_column(sa.Column('a', sa.Text()))\n"
            "    batch_op.create_index(batch_op.f('i'), ['a'])\n    batch_op.drop_constraint('c', type_='unique')"
        ),
        [
            'ALTER TABLE "t" ADD COLUMN "a" TEXT;',
            'CREATE INDEX "i" ON "t" ("a");',
            'ALTER TABLE "t" DROP CONSTRAINT "c";',
        ],
    ),
    "SQL": ("op.execute(sa.text('SELECT 1;'))", ["SELECT 1;"]),
    "SQL through the connection": ("conn = op.get_bind()\nconn.execute(sa.text('SELECT 1;'))", ["SELECT 1;"]),
    "an enum of its own": (
        "kind = postgresql.ENUM('a', 'b', name='kind')\nkind.create(op.get_bind())",
        ["DO $$ BEGIN CREATE TYPE \"kind\" AS ENUM ('a', 'b'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;"],
    ),
}


@pytest.mark.parametrize(("up", "expected"), CASES.values(), ids=CASES)
def test_a_directive_is_the_sql_that_alembic_sends(up, expected):
    assert sql_of(up) == expected


UNREAD = {
    "a loop": ("for name in names():\n    op.drop_table(name)", "Python: a loop in Python decides what runs"),
    "a condition": ("if fresh():\n    op.drop_table('t')", "Python: a condition in Python decides what runs"),
    "SQL of the program": ("op.execute(f'DROP TABLE {x}')", "Python: this SQL is put together by the program"),
    "an unknown directive": (
        "op.run_async(work)",
        "Python: `alembic.op.run_async` is not one of Alembic`s directives that are read",
    ),
    "a name of the program": ("op.drop_table(TABLE + x)", "Python: `drop_table`: a name is put in by the program"),
}


@pytest.mark.parametrize(("up", "reason"), UNREAD.values(), ids=UNREAD)
def test_what_only_running_tells_is_told_with_its_line(up, reason):
    up_script = history_of({"a1_x.py": file(up)}).migrations[0].up
    (found,) = read_operations(up_script, dialect="postgres")
    assert (found.reason, found.statement.line) == (reason, 9)


def test_statements_stand_on_the_lines_of_the_python():
    up = "op.drop_table('a')\nop.execute('''\nSELECT 1;\n  SELECT 2;\n''')\nop.drop_table('b')"
    script = history_of({"a1_x.py": file(up)}).migrations[0].up
    assert [each.statement.line for each in read_operations(script, dialect="postgres")] == [9, 11, 12, 14]


def test_revisions_come_in_the_order_of_the_graph():
    files = {
        "1.py": file("pass", "m", "('x', 'y')"),
        "2.py": file("pass", "x", "'r'"),
        "3.py": file("pass", "y", "'r'"),
        "4.py": file("pass", "r"),
    }
    assert [each.version for each in history_of(files).migrations] == ["r", "x", "y", "m"]


def test_two_heads_are_a_conflict():
    base = {"r.py": file("pass", "r"), "x_left.py": file("op.drop_table('x')", "x", "'r'")}
    head = {**base, "y_right.py": file("op.drop_table('y')", "y", "'r'")}
    (change,) = compare_histories((history_of(base),), (history_of(head),))
    assert [each.message for each in find_problems(change)] == [
        "`y_right` is a head beside `x_left`; Alembic refuses to run."
    ]


def test_the_way_back_is_downgrade():
    migration = history_of({"a.py": file("pass", back="op.drop_table('t')")}).migrations[0]
    assert migration.down.text == 'DROP TABLE "t";'


def test_env_says_whether_each_revision_is_a_transaction():
    tree, blobs = tree_of(
        {
            "alembic/env.py": "context.configure(connection, transaction_per_migration=True)",
            "alembic/versions/a.py": file("op.drop_table('t')"),
        }
    )
    (history,) = find_histories(tree, blobs)
    assert history.migrations[0].up.transactions.value == "per-file"


def test_a_type_of_the_project_is_told_and_keeps_its_column():
    assert sql_of("op.add_column('t', sa.Column('a', Money()))") == [
        "DO LANGUAGE 'Python (rows alone): the type of `a` is not known, taken for text' $python$ $python$;",
        'ALTER TABLE "t" ADD COLUMN "a" TEXT;',
    ]


def test_a_file_that_is_no_python_is_told():
    history = history_of({"a.py": file("pass"), "b.py": "revision = ("})
    assert [each.path for each in history.not_analysed] == ["alembic/versions/b.py"]
