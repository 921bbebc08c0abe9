"""GitHub's archives, and archives that GitHub would not send."""

import gzip
import io
import os
import subprocess
import tarfile

import pytest

from midflight.adapters.git import GitRepository
from midflight.adapters.tarball import TarballLimits, read_tarball
from midflight.changes.model import EntryKind
from midflight.errors import SourceError
from support.repositories import ENVIRONMENT, Submodule, Symlink, make_repository

SHA = "c" * 40
FILES = {
    "a.sql": "select 1;",
    "copy.sql": "select 1;",
    "empty": "",
    "d/binary": bytes(range(256)) * 40,
    "link": Symlink("../../etc/passwd"),
    "bad\udcff.sql": "select 2;",
    "new\nline": "x",
    "long/" + "x" * 150 + "/" + "ü" * 100: "long",
}


def archived(folder, revision):
    command = ["git", "-C", os.fspath(folder), "archive", "--format=tar.gz", "--prefix=octo-app-1234567/", revision]
    return io.BytesIO(subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True).stdout)


def packed(*members, comment=""):
    """A gzipped archive of `(name, content or type)`."""
    buffer = io.BytesIO()
    headers = {"comment": comment} if comment else {}
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT, pax_headers=headers) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes) and len(content) != 1:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            else:
                member.type, member.linkname = content, "target"
                archive.addfile(member)
    return io.BytesIO(buffer.getvalue())


def test_an_archive_gives_the_tree_and_contents_that_git_gives(tmp_path):
    repository = GitRepository(make_repository(tmp_path / "app", FILES))
    expected = repository.tree("main")
    tree, blobs = read_tarball(archived(tmp_path / "app", expected.revision), expected.revision)
    assert tree == expected
    ids = [entry.blob for entry in expected.entries.values()]
    assert dict(blobs.read(ids)) == dict(repository.read(ids))


def test_a_symlink_is_kept_as_text_and_never_followed(tmp_path):
    make_repository(tmp_path / "app", FILES)
    revision = GitRepository(tmp_path / "app").resolve("main")
    tree, blobs = read_tarball(archived(tmp_path / "app", revision), revision)
    link = tree.entries["link"]
    assert link.kind is EntryKind.SYMLINK
    assert dict(blobs.read([link.blob])) == {link.blob: b"../../etc/passwd"}


def test_a_submodule_is_not_in_an_archive(tmp_path):
    make_repository(tmp_path / "app", {"a": "1", "module": Submodule("b" * 40)})
    revision = GitRepository(tmp_path / "app").resolve("main")
    tree, _ = read_tarball(archived(tmp_path / "app", revision), revision)
    assert list(tree.entries) == ["a"]


def test_contents_are_given_once_and_unknown_ones_left_out():
    tree, blobs = read_tarball(packed(("x/a", b"same"), ("x/b", b"same")), SHA)
    blob = tree.entries["a"].blob
    assert tree.entries["b"].blob == blob
    assert list(blobs.read([blob, "f" * 40, blob])) == [(blob, b"same")]


def test_contents_above_the_memory_bound_are_kept_on_disk_without_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", os.fspath(tmp_path))
    members = [(f"x/{count}", b"%d" % count * 1000) for count in range(10, 30)]
    tree, blobs = read_tarball(packed(*members), SHA, TarballLimits(memory=1000))
    assert dict(blobs.read([tree.entries["17"].blob])) == {tree.entries["17"].blob: b"17" * 1000}
    assert list(tmp_path.iterdir()) == []
    blobs.close()


def test_a_content_above_its_bound_is_in_the_tree_and_not_kept():
    tree, blobs = read_tarball(packed(("x/big", b"12345"), ("x/small", b"1234")), SHA, TarballLimits(content=4))
    assert tree.entries["big"].size == 5
    assert [content for _, content in blobs.read([entry.blob for entry in tree.entries.values()])] == [b"1234"]


def test_the_object_id_is_git_s():
    tree, _ = read_tarball(packed(("x/a", b"hello\n")), SHA)
    assert tree.entries["a"].blob == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_a_repository_of_the_sha256_format_has_longer_ids():
    tree, _ = read_tarball(packed(("x/a", b"hello\n")), "c" * 64)
    assert tree.entries["a"].blob == "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"


@pytest.mark.parametrize("name", ["/etc/passwd", "x/../../etc/passwd", "x/./a", "a", "../a", "x//a", "x/..", "//x/a"])
def test_an_entry_outside_the_folder_is_refused(name):
    with pytest.raises(SourceError, match="outside its folder"):
        read_tarball(packed((name, b"evil!")), SHA)


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_hard_links_and_devices_are_refused(kind):
    with pytest.raises(SourceError, match="git does not make"):
        read_tarball(packed(("x/a", kind)), SHA)


def test_two_entries_of_one_name_are_refused():
    with pytest.raises(SourceError, match="two entries of the same name"):
        read_tarball(packed(("x/a", b"good"), ("x/a", b"evil")), SHA)


def test_an_archive_of_another_commit_is_refused():
    read_tarball(packed(("x/a", b"good"), comment=SHA), SHA)
    with pytest.raises(SourceError, match=f"is of '{'d' * 40}', not of {SHA}"):
        read_tarball(packed(("x/a", b"evil"), comment="d" * 40), SHA)


def test_a_bomb_is_refused_before_it_unpacks():
    bomb = packed(("x/zeros", bytes(50_000_000)))
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(SourceError, match="too large when unpacked"):
        read_tarball(bomb, SHA, TarballLimits(total=1_000_000))


def test_a_bomb_behind_the_end_of_the_archive_is_refused():
    tail = gzip.compress(gzip.decompress(packed(("x/a", b"good")).getvalue()) + bytes(50_000_000))
    with pytest.raises(SourceError, match="too large when unpacked"):
        read_tarball(io.BytesIO(tail), SHA, TarballLimits(total=1_000_000))


def test_too_many_files_are_refused():
    members = [(f"x/{count}", b"xx") for count in range(11)]
    with pytest.raises(SourceError, match="more than 10 files"):
        read_tarball(packed(*members), SHA, TarballLimits(entries=10))


@pytest.mark.parametrize("keep", [0, 1, 100, -1, -9])
def test_an_archive_that_breaks_off_is_damaged(keep):
    whole = packed(*[(f"x/{count}", os.urandom(2000)) for count in range(5)]).getvalue()
    with pytest.raises(SourceError, match="is damaged"):
        read_tarball(io.BytesIO(whole[:keep]), SHA)


def test_what_is_no_archive_is_damaged():
    with pytest.raises(SourceError, match="is damaged"):
        read_tarball(io.BytesIO(b"<html>not found</html>"), SHA)
    with pytest.raises(SourceError, match="is damaged"):
        read_tarball(io.BytesIO(gzip.compress(b"not a tar" * 100)), SHA)
