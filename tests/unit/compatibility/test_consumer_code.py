"""Code of other repositories is held against the new schema as old code is."""

from dataclasses import dataclass

import pytest

from midflight.compatibility.consumers import Consumer, Elsewhere
from midflight.compatibility.model import State
from midflight.errors import SourceError
from midflight.inspection.assess import Assessment, Scope
from midflight.references.model import Place
from support.examples import assess_files
from support.trees import tree_of

SCHEMA = "supabase/migrations/20240101000000_schema.sql"
BASE = {
    SCHEMA: """CREATE TABLE invoices (id bigint PRIMARY KEY, total integer, note text);
CREATE TABLE plans (id bigint PRIMARY KEY);
CREATE FUNCTION due(day date) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;
"""
}
READS = "await supabase.from('invoices').select('id, note')\n"
DROP = "ALTER TABLE invoices DROP COLUMN note;"


@dataclass(frozen=True)
class Given:
    """A repository in memory, or the reason why there is none."""

    files: dict[str, str]
    refused: str = ""
    broken: bool = False

    def read(self) -> Elsewhere | str:
        if self.broken:
            raise SourceError("The archive is damaged.", then="Run again.")
        return self.refused or Elsewhere(*tree_of(self.files, "other"))


def assessed(sql: str, source: Given, **options: object) -> Assessment:
    entry = Place(".github/midflight.yml", 2)
    consumer = Consumer("billing", "acme/billing", (), entry, source, **options)
    pending = {"supabase/migrations/20240201000000_change.sql": sql} if sql else {"README.md": "# App\n"}
    return assess_files(BASE, {**BASE, **pending}, Scope(consumers=(consumer,)))


def broken(sql: str, files: dict[str, str], **options: object) -> list[str]:
    found = assessed(sql, Given(files), **options).matrix.old_new.breaks
    assert {each.runs_on.consumer for each in found} <= {"billing in acme/billing"}
    return [f"{each.kind} {each.object} {each.place.path}:{each.place.line}" for each in found]


@pytest.mark.parametrize(
    ("sql", "code", "expected"),
    [
        (DROP, READS, "missing-column invoices.note acme/billing:src/a.ts:1"),
        ("DROP TABLE invoices;", READS, "missing-table invoices acme/billing:src/a.ts:1"),
        (
            "ALTER TABLE invoices ADD COLUMN paid boolean NOT NULL;",
            "\nawait supabase.from('invoices').insert({ id: 1, total: 2 })\n",
            "required-column invoices.paid acme/billing:src/a.ts:2",
        ),
        (
            "DROP FUNCTION due(date);",
            "await supabase.rpc('due', { day: d })\n",
            "missing-routine due acme/billing:src/a.ts:1",
        ),
    ],
)
def test_what_the_code_names_breaks_with_its_repository_and_line(sql, code, expected):
    assert broken(sql, {"src/a.ts": code}) == [expected]


@pytest.mark.parametrize(
    ("sql", "files"),
    [
        (DROP, {"src/a.ts": "await supabase.from('invoices').select('id, total')\n"}),
        (DROP, {"src/a.test.ts": READS}),
        (DROP, {"node_modules/x/a.ts": READS}),
        (DROP, {"README.md": READS}),
        ("ALTER TABLE invoices ADD COLUMN paid boolean;", {"src/a.ts": READS}),
    ],
)
def test_what_the_code_does_not_name_breaks_nothing(sql, files):
    assert broken(sql, files) == []


def test_only_old_code_on_the_new_schema_is_judged():
    matrix = assessed(DROP, Given({"src/a.ts": READS})).matrix

    assert (matrix.old_new.state, matrix.new_old.state, matrix.new_new.state, matrix.old_old.state) == (
        State.BREAKS,
        State.HOLDS,
        State.HOLDS,
        State.HOLDS,
    )


def test_tables_that_only_the_other_repository_knows_are_nobodys_break():
    files = {"src/a.ts": "await supabase.from('ledgers').select('note')\n"}

    assert assessed(DROP, Given(files)).matrix.old_old.doubts == ()
    assert broken(DROP, files) == []


def test_a_table_that_the_other_repository_makes_for_itself_is_a_doubt_and_no_break():
    files = {"src/a.ts": READS, "supabase/migrations/1_own.sql": "CREATE TABLE invoices (id int, note text);"}
    cell = assessed(DROP, Given(files)).matrix.old_new

    assert cell.state is State.UNDETERMINED
    assert [(d.reason, d.place.path) for d in cell.doubts] == [
        ("names `invoices`, which the migrations of that repository make too", "acme/billing:src/a.ts")
    ]


def test_roots_settle_that_it_is_this_database():
    files = {"src/a.ts": READS, "supabase/migrations/1_own.sql": "CREATE TABLE invoices (id int, note text);"}

    assert broken(DROP, files, roots=("src",)) == ["missing-column invoices.note acme/billing:src/a.ts:1"]
    assert broken(DROP, files, roots=("lib",)) == []


@pytest.mark.parametrize(
    "source", [Given({}, refused="the token may not read it"), Given({}, broken=True)], ids=["refused", "broken"]
)
@pytest.mark.parametrize(
    "sql",
    [
        DROP,
        "DROP TABLE invoices;",
        "ALTER TABLE invoices ALTER COLUMN note SET NOT NULL;",
        "ALTER TABLE invoices ADD COLUMN paid boolean NOT NULL;",
        "ALTER TABLE invoices ADD CHECK (total > 0);",
        "ALTER TABLE invoices ALTER COLUMN total TYPE text;",
        "ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;",
        "DROP FUNCTION due(date);",
    ],
)
def test_code_that_cannot_be_read_leaves_the_cell_open_where_it_could_matter(sql, source):
    found = assessed(sql, source)

    assert found.matrix.old_new.state is State.UNDETERMINED
    [consumer] = found.consumers
    [item] = consumer.not_analysed
    assert (item.path, item.line) == (".github/midflight.yml", 2)
    assert item.reason.startswith("consumer billing in acme/billing: ")


def test_code_that_cannot_be_read_is_told_also_where_nothing_can_break():
    found = assessed("ALTER TABLE invoices ADD COLUMN paid boolean;", Given({}, refused="it is gone"))

    assert found.matrix.old_new.state is State.HOLDS
    assert [item.reason for item in found.consumers[0].not_analysed] == ["consumer billing in acme/billing: it is gone"]


def test_nothing_is_read_where_no_migration_changed():
    assert assessed("", Given({}, broken=True)).consumers[0].unread == ""


def test_the_code_of_the_other_repository_stays_there():
    code = assessed(DROP, Given({"src/a.ts": f"{READS}row.note;\n"})).consumers[0].code

    assert {reference.text + reference.query for reference in code.references} == {""}
    assert {mention.text for mention in code.mentions} <= {""}
