"""What `alembic_utils` adds to `op` becomes the SQL that it sends."""

import pytest

from midflight.migrations.find import find_histories
from support.trees import tree_of

HEAD = """
from alembic import op
from alembic_utils.pg_extension import PGExtension
from alembic_utils.pg_function import PGFunction
from alembic_utils.pg_policy import PGPolicy
from alembic_utils.pg_trigger import PGTrigger
from alembic_utils.pg_view import PGView
revision = "a1"
down_revision = None


def upgrade():
    one = {entity}
    op.{directive}


def downgrade():
    pass
"""
TRIGGER = (
    'PGTrigger(schema="public", signature="t_set", on_entity="public.t", is_constraint=False,'
    ' definition="BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()")'
)
MADE = 'CREATE TRIGGER "t_set" BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();'
FUNCTION = (
    'PGFunction(schema="public", signature="f(a int DEFAULT 1)",'
    ' definition="returns text language sql as $$ SELECT a\\\\:\\\\:text $$")'
)
VIEW = 'PGView(schema="public", signature="v", definition="SELECT a FROM t;")'
POLICY = 'PGPolicy("public", "own", "AS PERMISSIVE FOR SELECT TO public USING (true)", on_entity="public.t")'


@pytest.mark.parametrize(
    ("entity", "directive", "sql"),
    [
        (
            'PGExtension(schema="public", signature="citext")',
            "create_entity(one)",
            'CREATE EXTENSION IF NOT EXISTS "citext" WITH SCHEMA "public";',
        ),
        ('PGExtension(schema="public", signature="citext")', "drop_entity(one)", 'DROP EXTENSION "citext";'),
        (
            FUNCTION,
            "create_entity(one)",
            'CREATE FUNCTION "public".f(a int DEFAULT 1) returns text language sql as $$ SELECT a::text $$;',
        ),
        (
            FUNCTION,
            "replace_entity(one)",
            'CREATE OR REPLACE FUNCTION "public".f(a int DEFAULT 1) returns text language sql as $$ SELECT a::text $$;',
        ),
        (FUNCTION, "drop_entity(one)", 'DROP FUNCTION "public".f;'),
        (
            TRIGGER,
            "create_entity(one)",
            MADE,
        ),
        (
            TRIGGER,
            "replace_entity(one)",
            f'DROP TRIGGER "t_set" ON public.t;{MADE}',
        ),
        (VIEW, "create_entity(one)", 'CREATE VIEW "public"."v" AS SELECT a FROM t;'),
        (VIEW, "drop_entity(one, cascade=True)", 'DROP VIEW "public"."v" CASCADE;'),
        (
            POLICY,
            "create_entity(one)",
            'CREATE POLICY "own" ON public.t AS PERMISSIVE FOR SELECT TO public USING (true);',
        ),
        (POLICY, "drop_entity(one)", 'DROP POLICY "own" ON public.t;'),
        (
            "PGGrantTable(table='t')",
            "create_entity(one)",
            "DO LANGUAGE 'Python: `create_entity`: a name is put in by the program' $python$ $python$;",
        ),
    ],
)
def test_an_entity_becomes_its_statement(entity, directive, sql):
    files = {
        "alembic/env.py": "",
        "alembic/versions/a1_x.py": HEAD.replace("{entity}", entity).replace("{directive}", directive),
    }
    tree, blobs = tree_of(files)
    (history,) = find_histories(tree, blobs)
    assert "".join(history.migrations[0].up.text.split("\n")) == sql
