"""Histories written for hosted platforms on a real server, and what a proof of them rests on."""

import pytest

from midflight.adapters.shadow.drift import compare_history
from midflight.adapters.shadow.server import find_server
from midflight.catalog.model import Catalog
from midflight.migrations.model import History, Migration, Script, Transactions
from support.shadow_runs import ALONE, proven

pytestmark = pytest.mark.postgres

TABLE = "CREATE TABLE notes (id int PRIMARY KEY, owner uuid);"


@pytest.fixture(scope="module")
def binaries():
    found = find_server()
    assert found is not None
    return found


@pytest.fixture
def told(binaries):
    def of(text, tool="plain"):
        one = Migration("1", "m", "1.sql", Script("1.sql", text, Transactions.PER_FILE))
        return compare_history(History("app", tool, "postgres", "", (one,)), Catalog(), binaries)

    return of


@pytest.mark.parametrize("tool", ["drizzle", "prisma", "dbmate"])
def test_another_tool_s_history_on_supabase_finds_its_schemas_and_roles(told, tool):
    found = told(
        f"{TABLE} ALTER TABLE notes ADD FOREIGN KEY (owner) REFERENCES auth.users (id);\n"
        "CREATE POLICY own ON notes TO authenticated USING (owner = (select auth.uid()));\n"
        "CREATE POLICY files ON storage.objects TO anon USING (bucket_id = 'a');",
        tool,
    )
    assert (found.reason, found.stand_ins) == ("", ())


def test_a_history_on_neon_finds_its_users_and_functions(told):
    found = told(
        "CREATE TABLE t (owner text DEFAULT (auth.user_id()) NOT NULL REFERENCES neon_auth.users_sync (id));\n"
        "CREATE POLICY own ON t TO authenticated USING (owner = auth.user_id());\nGRANT SELECT ON t TO anonymous;"
    )
    assert (found.reason, found.stand_ins) == ("", ("extension pg_session_jwt",))


def test_a_history_of_hasura_finds_its_catalog(told):
    found = told("CREATE TABLE t (id uuid DEFAULT hdb_catalog.gen_hasura_uuid());", "hasura")
    assert (found.reason, found.stand_ins) == ("", ())


@pytest.mark.parametrize("role", ["rds_superuser", "rds_iam", "cloudsqlsuperuser", "cloudsqliamuser"])
def test_roles_of_clouds_are_made_when_they_are_named(told, role):
    found = told(f"CREATE ROLE reader; {TABLE} GRANT {role} TO reader; GRANT SELECT ON notes TO {role};")
    assert (found.reason, found.stand_ins) == ("", (f"role {role}",))


def test_a_schema_auth_of_the_history_s_own_is_no_platform_s(told):
    found = told("CREATE SCHEMA auth; CREATE TABLE auth.users (id int); CREATE ROLE anon; SELECT id FROM auth.users;")
    assert found.reason == ""


def test_what_a_change_names_of_a_platform_is_told_as_what_its_proof_rests_on(binaries):
    proof = proven(binaries, TABLE, "CREATE POLICY own ON notes USING (owner = auth.uid());", folder=ALONE)
    assert proof.applied
    assert proof.stand_ins == ("Supabase's auth.uid",)


def test_a_change_that_names_nothing_of_its_platform_rests_on_no_stand_in(binaries):
    proof = proven(binaries, f"{TABLE} SELECT auth.uid();", "ALTER TABLE notes ADD body text;", folder=ALONE)
    assert (proof.applied, proof.stand_ins) == (True, ())


def test_what_the_stand_in_for_a_platform_lacks_is_no_fault_of_the_change(binaries):
    proof = proven(binaries, TABLE, "SELECT storage.get_everything();")
    assert (proof.applied, proof.refused) == (False, None)
    assert "storage.get_everything() does not exist" in proof.reason
    assert proof.stand_ins == ("Supabase's storage.get_everything",)


def test_what_a_change_on_a_platform_lacks_of_its_own_is_its_fault(binaries):
    proof = proven(binaries, TABLE, "SELECT public.get_everything();")
    assert proof.refused is not None
    assert proof.refused.sqlstate == "42883"


def test_a_dump_of_a_supabase_project_names_tables_that_its_stand_in_has(told):
    tables = "schema_migrations instances mfa_challenges mfa_amr_claims sso_providers sso_domains saml_providers"
    names = [f"auth.{name}" for name in f"{tables} saml_relay_states flow_state one_time_tokens".split()]
    names += ["storage.migrations", "storage.s3_multipart_uploads", "storage.s3_multipart_uploads_parts"]
    names += ["realtime.subscription", "cron.job_run_details", "net._http_response"]
    revoked = "".join(f"REVOKE SELECT ON TABLE {name} FROM postgres;\n" for name in names)
    found = told(
        f"{revoked} SELECT cron.alter_job(job_id => 1, active => false), vault.update_secret(NULL);", "supabase"
    )
    assert (found.reason, found.stand_ins) == ("", ())


def test_all_roles_that_a_change_grants_to_are_made_at_once(binaries):
    names = [f"reader_{number}" for number in range(8)]
    proof = proven(binaries, TABLE, "".join(f"GRANT SELECT ON notes TO {name};\n" for name in names))
    assert proof.applied
    assert proof.stand_ins == tuple(f"role {name}" for name in names)


def test_a_role_that_the_change_makes_itself_is_not_made_for_it(binaries):
    change = "GRANT SELECT ON notes TO missing; CREATE ROLE made_here; GRANT SELECT ON notes TO made_here, public;"
    proof = proven(binaries, TABLE, change)
    assert proof.stand_ins == ("role missing",)
    assert "already exists" not in proof.reason  # before 16 the server lets no change make roles
