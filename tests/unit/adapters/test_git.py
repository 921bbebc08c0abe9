"""Trees, contents and history from real repositories, hostile ones too."""

import os
import subprocess

import pytest

from midflight.adapters.git import GitRepository
from midflight.adapters.git_program import stream
from midflight.changes.model import Entry, EntryKind
from midflight.errors import SourceError
from support.repositories import ENVIRONMENT, Submodule, Symlink, add_commit, make_repository, merge_branch, run_git

HOSTILE = {
    "supabase/migrations/-- $(x) @everyone <!-- -->.sql": "select 1;",
    "new\nline.sql": "select 2;",
    "tab\tand \"quotes\" and 'more'.sql": "select 3;",
    "bad\udcff\udcfe.sql": "select 4;",
    "été/日本.sql": "select 5;",
    "-rf": "select 6;",
}
EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "app"


def contents(repository, revision):
    tree = repository.tree(revision)
    known = dict(repository.read([entry.blob for entry in tree.entries.values()]))
    return {path: known.get(entry.blob) for path, entry in tree.entries.items()}


def clone(source, target, *options):
    command = ["git", "clone", "--quiet", *options, f"file://{source}", os.fspath(target)]
    subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True)
    return target


def test_a_tree_has_every_file_with_its_blob_kind_and_size(folder):
    module = "b" * 40
    make_repository(folder, {"a.sql": "", "link": Symlink("../a.sql"), "module": Submodule(module), "b/c": b"\0\xff"})
    tree = GitRepository(folder).tree("main")
    assert tree.revision == run_git(folder, "rev-parse", "main")
    assert tree.entries["a.sql"] == Entry("a.sql", EMPTY_BLOB, EntryKind.FILE, 0)
    assert tree.entries["module"] == Entry("module", module, EntryKind.SUBMODULE, 0)
    assert (tree.entries["link"].kind, tree.entries["link"].size) == (EntryKind.SYMLINK, 8)
    assert (tree.entries["b/c"].kind, tree.entries["b/c"].size) == (EntryKind.FILE, 2)


def test_hostile_names_are_read_like_any_other(folder):
    make_repository(folder, HOSTILE)
    expected = {name.replace("\udcff\udcfe", r"\xff\xfe"): text.encode() for name, text in HOSTILE.items()}
    assert contents(GitRepository(folder), "main") == expected


def test_no_file_hides_another_behind_the_escaped_form_of_its_name(folder):
    make_repository(folder, {"a\udcff": "one", "a\\xff": "two"})
    assert sorted(contents(GitRepository(folder), "main").values()) == [b"one", b"two"]


def test_a_bare_repository_needs_no_checkout(folder, tmp_path):
    make_repository(folder, {"a": "1"})
    bare = clone(folder, tmp_path / "bare.git", "--bare")
    assert GitRepository(bare).is_bare
    assert not GitRepository(folder).is_bare
    assert contents(GitRepository(bare), "main") == {"a": b"1"}


def test_a_folder_inside_the_work_tree_stands_for_all_of_it(folder):
    make_repository(folder, {"a": "1", "b/c": "2"})
    (folder / "b").mkdir()
    assert set(GitRepository(folder / "b").tree("main").entries) == {"a", "b/c"}


def test_the_work_tree_is_neither_read_nor_changed(folder):
    make_repository(folder, {"a": "committed"})
    (folder / "a").write_text("edited")
    before = sorted(path.name for path in (folder / ".git").iterdir())
    assert contents(GitRepository(folder), "HEAD") == {"a": b"committed"}
    assert (folder / "a").read_text() == "edited"
    assert sorted(path.name for path in (folder / ".git").iterdir()) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_repository_of_another_user_is_read(folder):
    make_repository(folder, {"a": "1"})
    for path in [folder, *folder.rglob("*")]:
        os.lchown(path, 12345, 12345)
    assert contents(GitRepository(folder), "main") == {"a": b"1"}


def test_nothing_that_the_repository_configures_is_run(folder, tmp_path):
    make_repository(folder, {"a": "1", ".gitattributes": "* diff=evil filter=evil\n"})
    ran = tmp_path / "ran"
    script = f"touch {ran}; cat"
    for name in ("core.fsmonitor", "core.pager", "diff.external", "filter.evil.smudge", "diff.evil.textconv"):
        run_git(folder, "config", name, script)
    run_git(folder, "config", "log.showSignature", "true")
    repository = GitRepository(folder)
    contents(repository, "main")
    repository.log("", "main")
    repository.merge_parents("main")
    assert not ran.exists()


def test_contents_are_given_once_and_unknown_ones_left_out(folder):
    make_repository(folder, {"a": "1", "b": "1", "c": ""})
    repository = GitRepository(folder)
    known = repository.tree("main").entries["a"].blob
    commit, asked = repository.resolve("main"), "HEAD:a"
    found = list(repository.read([known, EMPTY_BLOB, known, "f" * 40, commit, asked, "x\ny", ""]))
    assert found == [(known, b"1"), (EMPTY_BLOB, b"")]
    assert list(repository.read([])) == []


def test_many_contents_are_read_in_one_stream(folder):
    files = {f"{count}.sql": f"select {count};" * 500 for count in range(400)}
    make_repository(folder, files)
    assert contents(GitRepository(folder), "main") == {name: text.encode() for name, text in files.items()}


def test_a_reader_may_stop_in_the_middle(folder):
    make_repository(folder, {f"{count}": f"{count}" * 10_000 for count in range(200)})
    repository = GitRepository(folder)
    reading = repository.read([entry.blob for entry in repository.tree("main").entries.values()])
    next(reading)
    reading.close()
    assert list(reading) == []


def test_revisions_are_resolved_to_commits(folder):
    make_repository(folder, {"a": "1"}, feature={"b": "2"})
    run_git(folder, "tag", "-a", "v1", "-m", "one", "main")
    repository = GitRepository(folder)
    main = run_git(folder, "rev-parse", "main")
    assert repository.resolve("v1") == repository.resolve("feature^") == repository.resolve(main[:10]) == main


@pytest.mark.parametrize("revision", ["", "-h", "--all", "--output=x", "a\nb", "a\0b"])
def test_a_revision_that_could_be_an_option_is_refused(folder, revision):
    make_repository(folder, {"a": "1"})
    with pytest.raises(SourceError, match="is no revision"):
        GitRepository(folder).resolve(revision)


@pytest.mark.parametrize("revision", ["nowhere", "f" * 40, "main:a", "main^2"])
def test_an_unknown_revision_says_what_to_do(folder, revision):
    make_repository(folder, {"a": "1"})
    with pytest.raises(SourceError, match="is not in the repository") as caught:
        GitRepository(folder).resolve(revision)
    assert caught.value.then == "Check the spelling, or fetch it first."


def test_a_shallow_clone_of_depth_one_says_to_fetch_two(folder, tmp_path):
    make_repository(folder, {"a": "1"}, feature={"b": "2"})
    merge_branch(folder, "main", "feature")
    shallow = GitRepository(clone(folder, tmp_path / "shallow", "--depth=1", "--branch=merged"))
    with pytest.raises(SourceError, match="`fetch-depth: 2`"):
        shallow.resolve("HEAD^1")
    assert shallow.merge_parents("HEAD") == ()


def test_a_shallow_clone_of_depth_two_has_both_sides_of_the_merge(folder, tmp_path):
    make_repository(folder, {"a": "1"}, feature={"b": "2"})
    add_commit(folder, "main", {"c": "3"}, "Meanwhile")
    merge_branch(folder, "main", "feature")
    shallow = GitRepository(clone(folder, tmp_path / "shallow", "--depth=2", "--branch=merged"))
    first, second = shallow.merge_parents("HEAD")
    assert contents(shallow, first) == {"a": b"1", "c": b"3"}
    assert contents(shallow, second) == {"a": b"1", "b": b"2"}
    assert shallow.merge_base(first, second) is None


def test_a_partial_clone_fetches_nothing_and_says_so(folder, tmp_path):
    make_repository(folder, {"a": "1"})
    run_git(folder, "config", "uploadpack.allowFilter", "true")
    partial = GitRepository(clone(folder, tmp_path / "partial", "--bare", "--filter=blob:none"))
    with pytest.raises(SourceError, match=r"a partial clone.*Fetch without `filter`"):
        partial.tree("main")
    with pytest.raises(SourceError, match=r"a partial clone.*Fetch without `filter`"):
        list(partial.read([run_git(folder, "rev-parse", "main:a")]))


def test_a_content_that_is_not_there_is_listed_and_left_out(folder):
    make_repository(folder, {"a": "gone", "b": "here"})
    lost = run_git(folder, "rev-parse", "main:a")
    (folder / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    assert GitRepository(folder).tree("main").entries["a"] == Entry("a", lost, EntryKind.FILE, 0)
    assert contents(GitRepository(folder), "main") == {"a": None, "b": b"here"}


def test_the_merge_base_is_where_the_branches_part(folder):
    make_repository(folder, {"a": "1"}, feature={"b": "2"})
    start = run_git(folder, "rev-parse", "main")
    add_commit(folder, "main", {"c": "3"}, "Meanwhile")
    assert GitRepository(folder).merge_base("main", "feature") == start


def test_a_log_has_what_the_other_side_has_not(folder):
    make_repository(folder, {"a": "1"})
    add_commit(folder, "feature", {"b": "2"}, "Add b\n\nBecause\nof c.\n")
    add_commit(folder, "feature", {"b": "3"}, "Ändere b")
    newest, oldest = GitRepository(folder).log("main", "feature")
    assert (newest.subject, newest.body, newest.parents) == ("Ändere b", "", (oldest.sha,))
    assert (oldest.subject, oldest.body, oldest.author) == ("Add b", "Because\nof c.", "Ada Example")
    assert oldest.date == "2026-01-01T00:01:00+00:00"


def test_a_log_may_follow_the_branch_only_and_is_bounded(folder):
    make_repository(folder, {"a": "1"}, feature={"b": "2"})
    add_commit(folder, "main", {"c": "3"}, "Meanwhile")
    merge_branch(folder, "main", "feature")
    repository = GitRepository(folder)
    subjects = [commit.subject for commit in repository.log("", "merged", first_parent=True)]
    assert subjects == ["Merge feature into main", "Meanwhile", "Start"]
    assert len(repository.log("", "merged")) == 4
    assert len(repository.log("", "merged", limit=2)) == 2
    assert repository.log("merged", "main") == ()


def test_too_many_files_are_refused(folder):
    make_repository(folder, {f"{count}": "" for count in range(11)})
    with pytest.raises(SourceError, match="has more than 10 files"):
        GitRepository(folder, max_entries=10).tree("main")


def test_a_tree_that_repeats_itself_to_billions_of_files_is_refused(folder):
    make_repository(folder, {"a": "1"})
    tree = run_git(folder, "rev-parse", "main^{tree}")
    for _ in range(10):
        rows = "".join(f"040000 tree {tree}\t{name}\n" for name in "abcdefghij")
        tree = run_git(folder, "mktree", feed=rows.encode())
    bomb = run_git(folder, "commit-tree", tree, feed=b"bomb")
    with pytest.raises(SourceError, match="has more than 5000 files"):
        GitRepository(folder, max_entries=5000).tree(bomb)


def test_git_that_takes_too_long_is_ended(folder):
    make_repository(folder, {"a": "1"})
    # Nobody feeds it, so it would wait for ever.
    with stream(folder, "cat-file", "--batch", timeout=0.01) as running:
        assert running.read_all() == b""
        with pytest.raises(SourceError, match="did not finish in time"):
            running.finish()


@pytest.mark.parametrize("name", ["nowhere", "file", "empty"])
def test_what_is_no_repository_is_said_to_be_none(tmp_path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"Name a git repository"):
        GitRepository(tmp_path / name)
