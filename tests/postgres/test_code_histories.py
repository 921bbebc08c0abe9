"""Histories on a server: steps in code, Django's own tables, and a file that is one transaction."""

import pytest

from midflight.adapters.shadow.proving import prove
from midflight.adapters.shadow.server import find_server
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from midflight.proof.model import Grade
from support.examples import assess_files
from support.shadow_runs import SHORT

pytestmark = pytest.mark.postgres

FIRST = """
from django.conf import settings
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=80)),
                ("owner", models.ForeignKey(to=settings.AUTH_USER_MODEL, on_delete=models.CASCADE)),
            ],
        ),
    ]
"""
SECOND = """
from django.db import migrations
{code}
class Migration(migrations.Migration):
    dependencies = [("notes", "0001_initial")]
    operations = [migrations.RunPython(fill)]
"""
ROWS = """
def fill(apps, schema_editor):
    apps.get_model("notes", "Note").objects.update(title="")
"""
EDITS = """
def fill(apps, schema_editor):
    schema_editor.execute(apps.get_model("notes", "Note").statement())
"""
THIRD = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("notes", "0002_fill")]
    operations = [migrations.AddField("note", "size", models.IntegerField(null=True))]
"""


@pytest.fixture(scope="module")
def proof_of(server):
    """Return a function from files at base and those that a change adds to the proof."""
    binaries = find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found

    def run(base, added):
        (context,) = assess_files(base, {**base, **added}).contexts
        return prove(context, plan_rollback([context], [], PlanOptions()), binaries, SHORT)

    return run


def django(code):
    return {
        "manage.py": "import django\n",
        "notes/migrations/__init__.py": "",
        "notes/migrations/0001_initial.py": FIRST,
        "notes/migrations/0002_fill.py": SECOND.format(code=code),
    }


def test_a_history_of_django_that_names_its_users_and_changes_rows_in_code_is_proven(proof_of):
    proof = proof_of(django(ROWS), {"notes/migrations/0003_size.py": THIRD})
    assert (proof.applied, proof.reason, proof.drift, proof.stand_ins) == (True, "", (), ())
    assert proof.rollback.grade is Grade.RESTORED


def test_code_of_the_history_that_may_change_the_schema_is_left_out_and_told(proof_of):
    proof = proof_of(django(EDITS), {"notes/migrations/0003_size.py": THIRD})
    assert proof.applied
    assert proof.stand_ins == ("code that is not read (1 step, the first at `notes/migrations/0002_fill.py:9`)",)


def test_a_change_in_code_that_changes_rows_alone_is_no_obstacle(proof_of):
    base = django(ROWS)
    added = {"notes/migrations/0002_fill.py": base.pop("notes/migrations/0002_fill.py")}
    proof = proof_of(base, {**added, "notes/migrations/0003_size.py": THIRD})
    assert (proof.applied, proof.reason) == (True, "")
    assert [each.statement.path for each in proof.statements] == ["notes/migrations/0003_size.py"]


def test_a_change_in_code_that_may_change_the_schema_is_not_proven(proof_of):
    base = django(EDITS)
    added = {"notes/migrations/0002_fill.py": base.pop("notes/migrations/0002_fill.py")}
    proof = proof_of(base, added)
    assert not proof.applied


def test_a_history_that_makes_its_own_table_of_users_keeps_it(proof_of):
    own = FIRST.replace('"Note"', '"User"').replace("models.CharField(max_length=80)", "models.TextField()")
    own = own.replace('("owner", models.ForeignKey(to=settings.AUTH_USER_MODEL, on_delete=models.CASCADE)),', "")
    own = own.replace(
        "            ],\n        ),", '            ],\n            options={"db_table": "auth_user"},\n        ),'
    )
    files = {
        "manage.py": "import django\n",
        "notes/migrations/__init__.py": "",
        "notes/migrations/0001_initial.py": own,
    }
    third = THIRD.replace("0002_fill", "0001_initial").replace('"note"', '"user"')
    proof = proof_of(files, {"notes/migrations/0002_size.py": third})
    assert (proof.applied, proof.reason) == (True, "")


def test_a_table_that_lives_until_the_commit_lives_as_long_as_its_file(proof_of):
    first = """
    CREATE TABLE sums (id bigint);
    CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT 1 AS id;
    INSERT INTO sums SELECT id FROM kept;
    """
    base = {"supabase/migrations/20240101000000_a.sql": first}
    proof = proof_of(base, {"supabase/migrations/20240102000000_b.sql": "ALTER TABLE sums ADD total int;"})
    assert (proof.applied, proof.reason) == (True, "")
