"""Which platform a history was written for, and what of it a statement names."""

import pytest

from midflight.migrations.model import History, Migration, Script, Transactions
from midflight.proof.platforms import HASURA, NEON, SUPABASE, platform_of, rests_on, speaks_of


def migration(text):
    return Migration("1", "m", "1.sql", Script("1.sql", text, Transactions.PER_FILE))


def history(*texts, tool="plain"):
    return History("app", tool, "postgres", "", tuple(map(migration, texts)))


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ('ALTER TABLE "p" ADD FOREIGN KEY ("id") REFERENCES "auth"."users"("id");', SUPABASE),
        ('CREATE POLICY own ON t TO "authenticated" USING ((select auth.uid()) = t.owner);', SUPABASE),
        ("INSERT INTO storage.buckets (id, name) VALUES ('a', 'a');", SUPABASE),
        ("ALTER PUBLICATION supabase_realtime ADD TABLE t;", SUPABASE),
        ("CREATE POLICY own ON t USING (auth.user_id() = t.owner AND auth.uid() IS NULL);", NEON),
        ("ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES neon_auth.users_sync (id);", NEON),
        ("ALTER TABLE t ALTER id SET DEFAULT hdb_catalog.gen_hasura_uuid();", HASURA),
        ("-- unlike auth.uid() of others\nCREATE TABLE t (id int);", None),
        ("CREATE SCHEMA auth; CREATE TABLE auth.users (id int);", None),
        ('CREATE SCHEMA IF NOT EXISTS "auth"; CREATE FUNCTION auth.uid() RETURNS int RETURN 1;', None),
        ("CREATE TABLE my_auth.users (id int); CREATE TABLE authors (users int);", None),
    ],
)
def test_what_a_history_names_tells_its_platform(text, platform):
    assert platform_of(history("CREATE TABLE t (id int);", text)) == platform


def test_a_tool_of_a_platform_tells_it_without_a_name():
    assert platform_of(history(tool="supabase")) == SUPABASE
    assert platform_of(history(tool="hasura")) == HASURA


def test_the_change_that_names_a_platform_first_tells_it_too():
    assert platform_of(history("CREATE TABLE t (id int);"), [migration("SELECT auth.uid();")]) == SUPABASE


def test_the_objects_of_a_platform_that_statements_name_are_told_once():
    texts = ['REFERENCES "auth"."users" (id)', "USING (AUTH.uid() = id) -- auth.jwt()", "SELECT auth.users.id"]
    assert rests_on(SUPABASE, texts) == ("Supabase's auth.users", "Supabase's auth.uid")


@pytest.mark.parametrize(
    ("message", "speaks"),
    [
        ('relation "auth.config" does not exist', True),
        ("function storage.search(text) does not exist", True),
        ('schema "vault" does not exist', True),
        ('relation "public.users" does not exist', False),
        ('schema "billing" does not exist', False),
    ],
)
def test_a_message_about_a_platform_s_schema_may_be_the_stand_in_s_fault(message, speaks):
    assert speaks_of(SUPABASE, message) is speaks
