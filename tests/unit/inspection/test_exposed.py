"""What an API that serves the schema itself makes of a change."""

from midflight.inspection.exposed import api_uses, enables_in_bulk, has_api, made_by, relies_on_row_security
from midflight.inspection.model import Context
from midflight.operations.shapes import Name
from support.examples import assess_files

SUPABASE = "supabase/migrations/20240101000000_a.sql"
PLAIN = "db/migrations/000001_a.up.sql"
NOTES = Name("notes", "public")


def context_of(path: str, schema: str, pending: str = "", code: str = "") -> Context:
    base = {path: schema, "web/list.ts": code}
    later = path.replace("20240101", "20240102").replace("000001", "000002")
    (context,) = assess_files(base, base | ({later: pending} if pending else {})).contexts
    return context


def test_supabase_serves_the_schema() -> None:
    assert has_api(context_of(SUPABASE, "SELECT 1;"))
    assert not has_api(context_of(PLAIN, "SELECT 1;"))


def test_a_call_of_its_client_tells_that_a_schema_is_served() -> None:
    code = "await supabase.from('notes').select('id');\n"
    context = context_of(PLAIN, "SELECT 1;", "CREATE TABLE notes (id bigint);", code)

    assert has_api(context)
    assert [use.place.line for use in api_uses(context.old_code, NOTES, context.after)] == [1]


def test_row_security_of_one_table_is_relied_on_in_its_schema_alone() -> None:
    catalog = context_of(
        SUPABASE, "CREATE TABLE notes (id bigint); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
    ).before

    assert relies_on_row_security(catalog, "public")
    assert not relies_on_row_security(catalog, "private")


def test_a_block_may_enable_row_security_for_tables_that_it_does_not_name() -> None:
    block = "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', 'notes'); END $$;"

    assert enables_in_bulk(context_of(SUPABASE, "SELECT 1;", block))
    assert not enables_in_bulk(context_of(SUPABASE, "SELECT 1;", "CREATE TABLE notes (id bigint);"))


def test_the_step_that_makes_a_table_is_found() -> None:
    context = context_of(SUPABASE, "SELECT 1;", "CREATE TABLE other (id bigint); CREATE TABLE notes (id bigint);")
    step = made_by(context, NOTES)

    assert step is not None
    assert step.operation.statement.text == "CREATE TABLE notes (id bigint)"
    assert made_by(context, Name("none", "public")) is None
