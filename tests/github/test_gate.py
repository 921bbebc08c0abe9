"""The action asks a real database before a deployment, and tells GitHub."""

import pytest

from support.action_runs import Platform
from support.fake_github.server import FakeGitHub
from support.repositories import make_repository, run_git

pytestmark = pytest.mark.postgres
FUNCTION = "CREATE FUNCTION create_project_atomic(p_title text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$;\n"
FILES = {
    "supabase/migrations/20251110000000_atomic.sql": FUNCTION,
    "supabase/functions/create/index.ts": "await supabase.rpc('create_project_atomic', { p_title: title });\n",
}
HISTORY = "CREATE SCHEMA supabase_migrations; CREATE TABLE supabase_migrations.schema_migrations (version text);"


class Gated(Platform):
    """A repository whose migration is merged, and the database that it is deployed to."""

    url: str

    def gate(self, event: str = "push", **inputs: str):
        given = {"command": "gate", "database_url": self.url, **inputs}
        return self.start(event, {}, workspace=self.gh.state.path, **given)

    @property
    def said(self) -> tuple[str, str]:
        latest = self.gh.statuses(self.head("main"))[-1]
        assert latest["context"] == "midflight/gate"
        return latest["state"], latest["description"]


@pytest.fixture
def gated(tmp_path, server, database):
    repository = make_repository(tmp_path / "app", FILES)
    run_git(repository, "checkout", "--quiet", "main")
    database.execute(HISTORY)
    with FakeGitHub(repository) as gh:
        found = Gated(gh, {}, tmp_path)
        found.url = server.dsn(database.info.dbname)
        yield found
    assert gh.violations == []


def test_a_merged_migration_that_was_not_applied_is_a_failure_and_once_applied_a_success(gated, database):
    stopped = gated.gate()
    assert stopped.code == 10
    assert gated.said[0] == "failure"
    assert gated.said[1].startswith("No-go: 1 line of code would fail on this database")
    assert "- `create_project_atomic`: the routine does not exist (PGRST202); `supabase/mig" in stopped.summary
    assert "  - `supabase/functions/create/index.ts:1`: `supabase.rpc(" in stopped.summary
    assert "no-go" in stopped.outputs

    database.execute(FUNCTION + "INSERT INTO supabase_migrations.schema_migrations VALUES ('20251110000000')")
    through = gated.gate()
    assert (through.code, gated.said[0]) == (0, "success")
    assert "## Gate: ✅ Go" in through.summary


def test_a_database_that_is_not_there_is_an_error_and_never_a_go(gated):
    gated.url = "postgresql://tom:hunter2@127.0.0.1:1/shop"
    found = gated.gate()
    assert found.code == 1
    assert gated.said == (
        "error",
        "Could not tell: The database could not be reached. Nothing listens there. Check `database_url`.",
    )
    assert "could not tell" in found.summary
    assert "hunter2" not in found.summary + found.outputs + gated.said[1]


def test_without_an_address_the_settings_are_wrong(gated):
    gated.url = ""
    assert gated.gate().code == 2


def test_nothing_is_asked_on_events_of_a_pull_request(gated):
    payload = {"issue": {"number": 1, "pull_request": {}}, "comment": {"id": 1}}
    ran = gated.start("issue_comment", payload, workspace=gated.gh.state.path, command="gate", database_url="x")
    assert ran.code == 2
    assert "`gate` asks no database on `issue_comment`" in ran.log


def test_a_no_go_is_said_of_the_deployment_too_and_a_go_is_not(gated, database):
    gated.gh.deploy("production", "main", "in_progress")
    deployed = gated.gh.state.deployments[0]
    token = gated.gh.token(rights={"contents": "read", "statuses": "write", "deployments": "write"})
    gated.gate(deployment_id=str(deployed["id"]), token=token)
    assert deployed["states"] == ["in_progress", "failure"]
    database.execute(FUNCTION + "INSERT INTO supabase_migrations.schema_migrations VALUES ('20251110000000')")
    gated.gate(deployment_id=str(deployed["id"]), token=token)
    assert deployed["states"] == ["in_progress", "failure"]
