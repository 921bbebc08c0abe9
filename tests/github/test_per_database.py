"""Several databases in one repository: one comment with a section each, or a comment and a status for each."""

import json

import pytest

from support.action_runs import Platform
from support.fake_github.events import created_event
from support.fake_github.server import FakeGitHub
from support.repositories import add_commit, make_repository

SHOP = "shop/supabase/migrations"
BLOG = "blog/prisma/migrations"
CONFIGURATION = ".github/midflight.yml"
DATABASES = """databases:
  - {name: shop, folder: shop/supabase/migrations, code: {roots: [shop]}}
  - {name: blog, folder: blog/prisma/migrations, format: prisma, code: {roots: [blog]}}
"""
BASE = {
    f"{SHOP}/20240101000000_orders.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, title text, note text);\n",
    f"{BLOG}/20240101000000_posts/migration.sql": "CREATE TABLE posts (id bigint PRIMARY KEY, title text);\n",
    f"{BLOG}/migration_lock.toml": 'provider = "postgresql"\n',
    "shop/web/orders.ts": "await supabase.from('orders').select('id, note')\n",
    "blog/app/posts.ts": "await sql`SELECT id FROM posts`\n",
    CONFIGURATION: DATABASES,
}
BOTH = {
    f"{SHOP}/20240201000000_drop.sql": "ALTER TABLE orders DROP COLUMN note;\n",
    f"{BLOG}/20240201000000_add/migration.sql": "ALTER TABLE posts ADD COLUMN slug text;\n",
}


@pytest.fixture
def platform(tmp_path):
    repository = make_repository(tmp_path / "app", BASE, both=BOTH)
    with FakeGitHub(repository) as gh:
        yield Platform(gh, {"both": gh.open_pull("both")}, tmp_path)
    assert gh.violations == []


def configure(platform: Platform, more: str) -> None:
    add_commit(platform.gh.state.path, "main", {CONFIGURATION: DATABASES + more}, "Configure")


def states(platform: Platform) -> dict[str, str]:
    return {each["context"]: each["state"] for each in platform.gh.statuses(platform.head("both"))}


def bodies(platform: Platform) -> dict[str, str]:
    comments = platform.gh.comments(platform.numbers["both"])
    return {each.body.partition(" key=")[2].partition(" ")[0]: each.body for each in comments}


def test_one_comment_has_one_verdict_and_a_section_for_each_database(platform):
    ran = platform.pull("both")

    assert ran.code == 10
    [body] = bodies(platform).values()
    assert body.count("\n### ❌ Unsafe") == 1
    assert "#### `shop`: ❌ Unsafe" in body
    assert "#### `blog`: ✅ Safe in any order" in body
    assert states(platform) == {"midflight": "failure"}


def test_the_report_has_a_matrix_and_an_order_for_each_database(platform):
    ran = platform.pull("both")

    found = json.loads((ran.folder / "midflight-report.json").read_text())["databases"]
    assert [(each["name"], each["verdict"], each["order"]) for each in found] == [
        ("shop", "error", "code-first"),
        ("blog", "success", "any"),
    ]
    assert found[0]["matrix"]["old_code_new_schema"]["state"] == "breaks"
    assert found[1]["matrix"]["old_code_new_schema"]["state"] == "holds"


def test_each_database_has_its_own_comment_and_status_where_the_team_wants_it(platform):
    configure(platform, "comments: per-database\n")

    ran = platform.pull("both")

    assert ran.code == 10
    found = bodies(platform)
    assert sorted(found) == ["default-blog", "default-shop"]
    assert "### ❌ `shop`: Unsafe" in found["default-shop"]
    assert "### ✅ `blog`: Safe in any order" in found["default-blog"]
    assert "posts" not in found["default-shop"]
    assert states(platform) == {
        "midflight": "failure",
        "midflight/default-shop": "failure",
        "midflight/default-blog": "success",
    }


def test_the_next_push_edits_both_comments_and_touches_no_other_jobs(platform):
    configure(platform, "comments: per-database\n")
    platform.pull("both", comment_key="other")
    platform.pull("both")
    before = bodies(platform)

    add_commit(platform.gh.state.path, "both", {"README.md": "More.\n"}, "Push again")
    platform.pull("both")

    after = bodies(platform)
    assert sorted(after) == ["default-blog", "default-shop", "other-blog", "other-shop"]
    assert after["other-shop"] == before["other-shop"]
    assert after["default-shop"] != before["default-shop"]


def test_a_database_that_no_longer_changes_says_so_in_its_comment(platform):
    configure(platform, "comments: per-database\n")
    platform.pull("both")

    add_commit(platform.gh.state.path, "both", dict.fromkeys(BOTH), "Take both back")
    add_commit(platform.gh.state.path, "both", {"shop/web/new.ts": "export {}\n"}, "Go on")
    ran = platform.pull("both")

    assert ran.code == 0
    assert "✅ `blog`: No database change" in bodies(platform)["default-blog"]
    assert set(states(platform).values()) == {"success"}


def test_approvals_are_asked_in_each_comment_and_hold_its_status(platform):
    configure(platform, "comments: per-database\nrequire: [staging-tested]\n")

    platform.pull("both")

    assert "1 of 1 approval open" in bodies(platform)["default-blog"]
    assert states(platform)["midflight/default-blog"] == "pending"
    assert states(platform)["midflight"] == "failure"


def test_an_override_lets_every_part_and_the_whole_through(platform):
    configure(platform, "comments: per-database\n")
    platform.pull("both")
    number = platform.numbers["both"]
    asked = platform.gh.add_comment(number, "octocat", "/midflight override the note is empty")

    platform.start("issue_comment", created_event(number, asked, "octocat"))

    assert set(states(platform).values()) == {"success"}
    again = platform.pull("both")
    assert again.code == 0
    assert set(states(platform).values()) == {"success"}


def test_code_below_the_roots_of_one_database_is_never_the_others(platform):
    repository = platform.gh.state.path
    add_commit(repository, "main", {"blog/app/orders.ts": "await sql`SELECT note FROM orders`\n"}, "Same name")
    add_commit(repository, "only-shop", {**BOTH, "shop/web/orders.ts": None}, "Drop the note")
    platform.numbers["only-shop"] = platform.gh.open_pull("only-shop")

    ran = platform.pull("only-shop")

    report = json.loads((ran.folder / "midflight-report.json").read_text())
    breaks = report["matrix"]["old_code_new_schema"]["breaks"]
    assert {each["reference"]["path"] for each in breaks} == {"shop/web/orders.ts"}
