"""The action watches a real database and tells GitHub: the status, and one issue while a threshold is crossed."""

import json
import re

import pytest

from support.action_runs import Platform
from support.fake_github.server import FakeGitHub
from support.repositories import add_commit, make_repository, run_git

pytestmark = pytest.mark.postgres
CONFIGURATION = """
monitoring:
  queries:
    - purpose: Calls of create_project_atomic
      sql: SELECT count(*) AS total, count(*) FILTER (WHERE NOT success) AS failed FROM calls
      kind: call-failures
    - {purpose: Projects without a form, sql: SELECT id FROM projects WHERE form IS NULL, kind: orphaned-rows}
"""
FUNCTION = "CREATE FUNCTION create_project_atomic(p_title text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$;\n"
BASE = {
    ".github/midflight.yml": CONFIGURATION,
    "supabase/migrations/20251101000000_schema.sql": "CREATE TABLE projects (id bigint PRIMARY KEY, form bigint);\n",
    "supabase/functions/create/index.ts": "await supabase.from('projects').insert({ id: 1 });\n",
}
DEPLOYED = {
    "supabase/migrations/20251110000000_atomic.sql": FUNCTION,
    "supabase/functions/create/index.ts": """
if (Deno.env.get('USE_ATOMIC_CREATION') === 'true') {
  await supabase.rpc('create_project_atomic', { p_title: title });
} else {
  await supabase.from('projects').insert({ id: 1 });
}
""",
}


class Watched(Platform):
    """A repository of which the second commit was deployed, and its database."""

    url: str

    def watch(self, event: str = "schedule", **inputs: str):
        given = {"command": "watch", "database_url": self.url, **inputs}
        return self.start(event, {}, workspace=self.gh.state.path, **given)

    @property
    def issues(self) -> list[dict]:
        return self.gh.state.issues

    @property
    def said(self) -> tuple[str, str]:
        latest = self.gh.statuses(self.head("main"))[-1]
        assert latest["context"] == "midflight/watch"
        return latest["state"], latest["description"]


@pytest.fixture
def watched(tmp_path, server, database):
    repository = make_repository(tmp_path / "app", BASE)
    add_commit(repository, "main", DEPLOYED, "Create projects at once")
    run_git(repository, "checkout", "--quiet", "main")
    database.execute("CREATE TABLE calls (success boolean); CREATE TABLE projects (id bigint, form bigint)")
    with FakeGitHub(repository) as gh:
        found = Watched(gh, {}, tmp_path)
        found.url = server.dsn(database.info.dbname)
        yield found
    assert gh.violations == []


def test_a_quiet_database_sets_the_status_and_opens_no_issue(watched):
    ran = watched.watch()

    assert (ran.code, watched.issues) == (0, [])
    assert watched.said == ("success", "2 values within their limits")
    assert "| ✅ | Calls of create" in ran.summary
    assert '"standing": "fine"' in ran.outputs


def test_one_issue_is_opened_brought_up_to_date_and_closed(watched, database):
    database.execute("INSERT INTO calls SELECT n > 3 FROM generate_series(1, 10) n")

    assert watched.watch().code == 10
    (issue,) = watched.issues
    assert issue["title"] == "Midflight watch: 1 threshold crossed: Calls of create_project_atomic"
    assert ": 30% (3 of 10), over the limit of 10%" in issue["body"]
    assert watched.said == ("failure", "1 threshold crossed: Calls of create_project_atomic")

    edits = watched.gh.asked("PATCH")
    watched.watch()
    assert (len(watched.issues), watched.gh.asked("PATCH")) == (1, edits), "the same values were written again"

    database.execute("INSERT INTO projects VALUES (1, NULL)")
    watched.watch()
    assert len(watched.issues) == 1
    assert watched.issues[0]["title"].startswith("Midflight watch: 2 thresholds crossed")

    database.execute("TRUNCATE calls, projects")
    assert watched.watch().code == 0
    (issue,) = watched.issues
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    (comment,) = watched.gh.comments(issue["number"])
    assert comment.body == "2 values within their limits. Closed by the watch."

    watched.watch()
    assert len(watched.gh.comments(issue["number"])) == 1
    database.execute("INSERT INTO projects VALUES (1, NULL)")
    watched.watch()
    assert [item["state"] for item in watched.issues] == ["closed", "open"]


def test_failing_calls_put_the_switch_of_the_flag_on_top(watched, database):
    database.execute("INSERT INTO calls VALUES (false)")

    watched.watch(**{"from": "HEAD~1"})

    body = watched.issues[0]["body"]
    assert "**Enable the fallback: switch `USE_ATOMIC_CREATION` off.**" in body
    steps = re.findall(r"^\*\*\d+\. (.+?)\*\*", body, flags=re.MULTILINE)
    assert steps == ["Feature flag"]
    assert "supabase secrets set USE_ATOMIC_CREATION=false" in body


def test_orphaned_rows_call_for_the_whole_rollback_plan(watched, database):
    database.execute("INSERT INTO projects VALUES (1, NULL)")

    watched.watch(**{"from": "HEAD~1"})

    body = watched.issues[0]["body"]
    steps = re.findall(r"^\*\*\d+\. (.+?)\*\*", body, flags=re.MULTILINE)
    assert steps[:3] == ["Feature flag", "Code", "Database"]
    assert "DROP FUNCTION" in body
    assert "**Roll back the deployment.**" in body


def test_an_answer_that_cannot_be_had_leaves_the_open_issue_and_says_error(watched, database):
    database.execute("INSERT INTO projects VALUES (1, NULL)")
    watched.watch()
    before = dict(watched.issues[0])
    database.execute("DELETE FROM projects; DROP TABLE calls")

    assert watched.watch().code == 1
    assert watched.issues == [before]
    assert watched.said == ("error", 'Could not tell: Calls of create_project_atomic: relation "calls" does not exist')


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("postgresql://tom:hunter2@127.0.0.1:1/shop", "Nothing listens there."),
        ("host=/nonexistent-place dbname=shop", "Nothing listens there."),
    ],
)
def test_a_database_that_is_not_reached_fails_the_run_and_shows_no_address(watched, address, why):
    ran = watched.watch(database_url=address)

    assert (ran.code, watched.issues) == (1, [])
    assert watched.said == ("error", f"Could not tell: The database could not be reached. {why}")
    shown = "\n".join(line for line in ran.log.splitlines() if not line.startswith("::add-mask::"))
    assert not any(word in shown + ran.summary + json.dumps(watched.gh.state.statuses) for word in ("hunter2", "shop"))


def test_somebody_elses_issue_with_our_marker_is_not_ours(watched, database):
    database.execute("INSERT INTO projects VALUES (1, NULL)")
    marker = f"<!-- midflight:incident v1 key=default head={watched.head('main')} -->\nmine"
    theirs = {"number": 7, "title": "Ours?", "body": marker, "login": "mallory", "state": "open"}
    watched.issues.append(dict(theirs))

    watched.watch()

    assert watched.issues[0] == theirs
    assert len(watched.issues) == 2


def test_two_jobs_have_an_issue_and_a_status_each(watched, database):
    database.execute("INSERT INTO projects VALUES (1, NULL)")
    watched.watch()
    watched.watch(comment_key="staging")

    assert len(watched.issues) == 2
    assert {item["context"] for item in watched.gh.statuses(watched.head("main"))} == {
        "midflight/watch",
        "midflight/staging/watch",
    }


def test_a_token_that_may_write_no_issue_is_told_and_the_status_is_set(watched, database):
    database.execute("INSERT INTO projects VALUES (1, NULL)")
    rights = {"contents": "read", "statuses": "write", "issues": "read"}

    ran = watched.watch(token=watched.gh.token(rights=rights))

    assert ran.code == 10
    assert "The issue was not written: the token lacks `issues: write`." in ran.log
    assert watched.said[0] == "failure"


def test_events_of_a_pull_request_run_no_queries(watched):
    payload = {"issue": {"number": 1, "pull_request": {}}, "comment": {"id": 1}}
    ran = watched.start("issue_comment", payload, workspace=watched.gh.state.path, command="watch", database_url="x")

    assert ran.code == 2
    assert "`watch` runs no queries on `issue_comment`" in ran.log


def test_the_status_of_a_deployment_is_set_too_and_not_twice(watched, database):
    watched.gh.deploy("production", "main", "success")
    deployed = watched.gh.state.deployments[0]
    token = watched.gh.token(
        rights={"contents": "read", "statuses": "write", "issues": "write", "deployments": "write"}
    )
    database.execute("INSERT INTO projects VALUES (1, NULL)")

    for _ in range(2):
        watched.watch(deployment_id=str(deployed["id"]), token=token)

    assert deployed["states"] == ["success", "failure"]
    assert deployed["descriptions"]["failure"] == "1 threshold crossed: Projects without a form"

    database.execute("DELETE FROM projects")
    watched.watch(deployment_id=str(deployed["id"]), token=token)
    assert deployed["states"] == ["success", "failure", "success"]


def test_a_token_that_may_not_write_deployments_is_told(watched):
    watched.gh.deploy("production", "main", "success")

    ran = watched.watch(deployment_id=str(watched.gh.state.deployments[0]["id"]))

    assert ran.code == 0
    assert "the token lacks `deployments: write`" in ran.log
