"""Pull requests, ranges and contents as the client reads them."""

import pytest

from midflight.adapters.git import GitRepository
from midflight.adapters.release import list_changes
from midflight.adapters.tarball import TarballLimits
from midflight.errors import PlatformError, SourceError
from support.repositories import Submodule, Symlink, add_commit, merge_branch


def test_a_pull_request_has_both_commits(world):
    pull = world.client().pull_request(world.number)
    assert (pull.head_sha, pull.base_ref, pull.head_repository) == (world.head, "main", "octo/app")


def test_a_deleted_fork_is_survived(world):
    number = world.gh.open_pull("feature", fork=None)
    assert world.client().pull_request(number).head_repository is None


def test_the_api_may_live_below_a_path_as_on_enterprise_server(world):
    world.gh.prefix = "/api/v3"
    assert world.client().pull_request(world.number).head_sha == world.head


def test_a_range_has_its_commits_oldest_first_over_pages(world):
    for count in range(120):
        world.push(f"select {count};")
    comparison = world.client().compare_commits("main", "feature")
    assert (len(comparison.commits), comparison.total) == (121, 121)
    assert comparison.commits[0].subject == "Change feature"
    assert comparison.commits[-1].sha == world.head


def test_merged_pull_requests_of_a_range_are_found_by_squash_and_by_merge(world, tmp_path):
    repo = world.gh.state.path
    squashed = add_commit(repo, "main", {"b.sql": "select 2;"}, "Change (#1)")
    world.gh.merge_pull(world.number, squashed, "2026-01-03T00:00:00Z")
    add_commit(repo, "second", {"c.sql": "select 3;"}, "c")
    number = world.gh.open_pull("second", title="Second")
    merged = merge_branch(repo, "main", "second", branch="release")
    world.gh.merge_pull(number, merged, "2026-01-04T00:00:00Z")
    world.gh.open_pull("feature", title="Still open")
    world.gh.label(number, "api", "ada")
    changes = list_changes(tmp_path, f"{squashed}^1", "release", world.client())
    assert [(each.number, each.title, each.labels) for each in changes] == [
        (1, "Change", ()),
        (number, "Second", ("api",)),
    ]


def test_a_range_of_hundreds_of_pull_requests_takes_few_requests(world, tmp_path):
    repo, start = world.gh.state.path, world.gh.state.sha("main")
    for count in range(130):
        number = world.gh.open_pull("feature", title=f"Change {count}")
        sha = add_commit(repo, "main", {"b.sql": f"select {count};"}, f"Change {count} (#{number})")
        world.gh.merge_pull(number, sha, "2026-01-03T00:00:00Z")
    asked = len(world.gh.requests)
    changes = list_changes(repo, start, "main", world.client())
    assert len(changes) == 130
    assert changes[-1].url == f"https://github.com/octo/app/pull/{number}"
    assert changes[-1].files == {"b.sql"}
    assert len(world.gh.requests) - asked == 2


def test_a_range_is_listed_from_git_where_the_token_may_not_read_pull_requests(world):
    repo, start = world.gh.state.path, world.gh.state.sha("main")
    merge_branch(repo, "main", "feature", branch="main")
    world.gh.fail("GET", "/pulls", status=403)
    changes = list_changes(repo, start, "main", world.client())
    assert [change.files for change in changes] == [{"b.sql"}]


def test_a_range_of_unknown_revisions_is_refused(world):
    with pytest.raises(PlatformError, match="404"):
        world.client().compare_commits("main", "nowhere")


def test_a_snapshot_equals_what_git_reads(world):
    add_commit(
        world.gh.state.path,
        "feature",
        {"dir/été.sql": "é", "link": Symlink("b.sql"), "module": Submodule("a" * 40), "empty": ""},
        "More",
    )
    repository = GitRepository(world.gh.state.path)
    tree, blobs = world.client().snapshot(world.head)
    expected = repository.tree("feature")
    assert tree == expected
    ids = [entry.blob for entry in tree.entries.values()]
    assert dict(blobs.read(ids)) == dict(repository.read(ids))


def test_what_the_archive_leaves_out_is_fetched_all_the_same(world):
    files = {".gitattributes": "*.sql export-ignore\nsubst.txt export-subst\n", "subst.txt": "$Format:%H$"}
    add_commit(world.gh.state.path, "feature", files, "Hide the migrations")
    tree, blobs = world.client().snapshot(world.head)
    contents = dict(blobs.read([entry.blob for entry in tree.entries.values()]))
    assert contents[tree.entries["b.sql"].blob] == b"select 2;"
    assert contents[tree.entries["subst.txt"].blob] == b"$Format:%H$"


def test_an_archive_that_leaves_out_hundreds_is_refused(world):
    files = {f"{count}.sql": f"select {count};" for count in range(301)}
    add_commit(world.gh.state.path, "feature", {".gitattributes": "*.sql export-ignore\n", **files}, "Hide")
    tree, blobs = world.client().snapshot(world.head)
    with pytest.raises(SourceError, match="leaves out 301 files"):
        list(blobs.read([entry.blob for entry in tree.entries.values()]))


def test_a_download_that_breaks_off_is_begun_again(world):
    world.gh.fail("GET", "/codeload/", drop=True)
    tree, _ = world.client().snapshot(world.head)
    assert sorted(tree.entries) == ["a.sql", "b.sql"]
    assert world.gh.asked("GET", "/codeload/") == 2


def test_a_revision_of_too_many_files_is_refused(world):
    with pytest.raises(SourceError, match="too many files"):
        world.client().snapshot(world.head, TarballLimits(entries=1))
