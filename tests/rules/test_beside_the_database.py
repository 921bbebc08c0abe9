"""Functions, buckets, published tables and generated types: the branches that the examples do not show."""

import pytest

from midflight.inspection.finding import Level
from midflight.inspection.model import Deploys, Example
from midflight.rules import load_rules
from support.examples import run

PROJECTS = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
MESSAGES = "CREATE TABLE messages (id bigint PRIMARY KEY, room_id bigint);"
PUBLISHED = "ALTER PUBLICATION supabase_realtime ADD TABLE messages;"
WATCH = {
    "web/chat.vue": (
        "<template><p/></template>\n<script setup lang='ts'>\nsupabase.channel('x').on('postgres_changes',"
        " { event: '*', schema: 'public', table: 'messages', filter: `room_id=eq.${room}` }, f)\n</script>\n"
    )
}
UPLOAD = {"web/a.ts": "await supabase.storage.from('avatars').upload(path, file);\n"}


def findings(schema: str, migration: str, base: dict[str, str], head: dict[str, str] | None = None, **more):
    migrations = (migration,) if migration else ()
    example = Example("x", schema=schema, migrations=migrations, base=base, head=base if head is None else head, **more)
    return {finding.rule: finding for finding in run(example)}


@pytest.mark.parametrize(
    "migration",
    [
        "ALTER PUBLICATION supabase_realtime DROP TABLE messages;",
        "ALTER PUBLICATION supabase_realtime DROP TABLE public.messages;",
        f"DROP TABLE messages; {MESSAGES}",
        "DROP PUBLICATION supabase_realtime; CREATE PUBLICATION supabase_realtime;",
    ],
)
def test_a_watched_table_that_leaves_the_feed_is_an_error_at_its_line(migration):
    finding = findings(f"{MESSAGES} {PUBLISHED}", migration, WATCH)["realtime-publication"]
    assert finding.level is Level.ERROR
    assert "`web/chat.vue:3`" in finding.message


@pytest.mark.parametrize(
    "migration",
    [
        "ALTER TABLE messages RENAME TO notes; ALTER TABLE notes RENAME TO messages;",
        "ALTER PUBLICATION another DROP TABLE messages;",
        f"DROP TABLE messages; {MESSAGES} {PUBLISHED}",
    ],
)
def test_a_table_that_is_published_in_the_end_stays_heard(migration):
    assert "realtime-publication" not in findings(f"{MESSAGES} {PUBLISHED}", migration, WATCH)


def test_the_code_goes_first_and_the_silence_is_a_warning():
    migration = "ALTER PUBLICATION supabase_realtime DROP TABLE messages;"
    found = findings(f"{MESSAGES} {PUBLISHED}", migration, WATCH, deploys=Deploys.CODE_FIRST)
    assert found["realtime-publication"].level is Level.WARNING


def test_the_column_of_a_filter_is_a_read():
    found = findings(MESSAGES, "ALTER TABLE messages DROP COLUMN room_id;", WATCH)
    assert found["drop-column"].level is Level.ERROR


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("WHERE id = 'avatars'", True),
        ("WHERE name = 'avatars'", True),
        ("WHERE id IN ('docs', 'avatars')", True),
        ("WHERE id LIKE 'avatars%'", False),
        ("WHERE id = 'avatars' AND public", False),
        ("WHERE id <> 'avatars'", False),
    ],
)
def test_only_a_bucket_that_is_deleted_by_name_is_told(where, told):
    schema = "INSERT INTO storage.buckets (id, name) VALUES ('avatars', 'avatars');"
    found = findings(schema, f"DELETE FROM storage.buckets {where};", UPLOAD)
    assert ("storage-bucket-order" in found) is told


def test_a_bucket_that_old_code_uses_already_was_made_by_hand():
    migration = "INSERT INTO storage.buckets (id, name) VALUES ('avatars', 'avatars') ON CONFLICT DO NOTHING;"
    assert "storage-bucket-order" not in findings(PROJECTS, migration, UPLOAD)
    assert "storage-bucket-order" in findings(PROJECTS, migration, {}, UPLOAD)


def test_a_bucket_in_a_do_block_counts():
    migration = "DO $$ BEGIN INSERT INTO storage.buckets (name, id) VALUES ('x', 'avatars'); END $$;"
    assert "storage-bucket-order" in findings(PROJECTS, migration, {}, UPLOAD)


@pytest.mark.parametrize(
    "path",
    ["supabase/functions/_shared/index.ts", "supabase/functions/f.ts", "functions/f/index.ts", "web/f/index.ts"],
)
def test_what_is_no_function_of_the_project_is_none(path):
    name = path.removesuffix("/index.ts").rsplit("/", 1)[-1].removesuffix(".ts")
    head = {path: "export {}\n", "web/a.ts": f"await supabase.functions.invoke('{name}');\n"}
    assert findings(PROJECTS, "", {}, head) == {}


def test_a_table_that_only_types_name_runs_nowhere():
    old = {"web/a.ts": "export type Project = Tables<'projects'>;\n"}
    finding = findings(PROJECTS, "DROP TABLE projects;", old, {})["drop-table"]
    assert finding.level is not Level.ERROR


TYPES = """export interface Database {
  public: {
    Tables: {
      projects: { Row: { id: number; title: string | null } }
      notes: { Row: { id: number } }
    }
  }
}
"""


def stale(migration: str, types: str = TYPES) -> list[str]:
    rule = next(rule for rule in load_rules() if rule.id == "stale-generated-types")
    schema = f"{PROJECTS} CREATE TABLE notes (id bigint PRIMARY KEY);"
    files = {"types/supabase.ts": types}
    example = Example("x", schema=schema, migrations=(migration,), base=files, head=files)
    return [finding.message.split(", so ")[0] for finding in run(example, rule) if finding.rule == rule.id]


def test_types_that_keep_what_goes_are_stale():
    assert stale("DROP TABLE notes;") == ["`types/supabase.ts` still has `notes`"]
    assert stale("ALTER TABLE projects DROP COLUMN title;") == ["`types/supabase.ts` still has `projects.title`"]


def test_types_of_a_renamed_column_lack_one_name_and_keep_the_other():
    rename = "ALTER TABLE projects RENAME COLUMN title TO name;"
    assert stale(rename) == ["`types/supabase.ts` lacks `projects.name` and still has `projects.title`"]


def test_a_change_that_no_type_shows_leaves_them_fresh():
    assert stale("CREATE INDEX title_idx ON projects (title);") == []


def test_types_that_do_not_parse_are_passed_over():
    assert stale("DROP TABLE notes;", TYPES[:-10]) == []


def test_stale_types_are_told_only_where_the_team_asks():
    files = {"types/supabase.ts": TYPES}
    assert findings(PROJECTS, "ALTER TABLE projects ADD COLUMN summary text;", files) == {}
