"""What a search left over of a commit spares the next one the rest of its files, and never changes what is found."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import pytest

from midflight.changes.model import Entry, EntryKind, Tree
from midflight.references.find import find_references
from midflight.references.model import CodeReferences
from midflight.references.paths import SearchOptions

BASE, HEAD = "a" * 40, "b" * 40
CHAIN = b"await supabase.from('invoices').select('settled_at')\n"
OTHER = b"await supabase.from('users').select('email')\n"
QUIET = {f"quiet{n}.ts": b"// %d\n" % n for n in range(20)}


@dataclass
class Contents:
    by_id: dict[str, bytes]
    asked: list[str] = field(default_factory=list)

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        self.asked += blobs
        return ((blob, self.by_id[blob]) for blob in blobs)


@dataclass
class Memory:
    version: str = "1"
    kept: dict[str, bytes] = field(default_factory=dict)

    def load(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def save(self, name: str, content: bytes) -> None:
        self.kept[name] = content

    def left(self) -> dict[str, bytes]:
        return {name: text for name, text in self.kept.items() if name.startswith("left-")}


def blob_of(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def tree_of(revision: str, files: dict[str, bytes]) -> Tree:
    return Tree(revision, {p: Entry(p, blob_of(c), EntryKind.FILE, len(c)) for p, c in sorted(files.items())})


def search(
    store: Memory | None, base: dict[str, bytes], head: dict[str, bytes], *, at: str = BASE, words: str = "settled_at"
) -> tuple[CodeReferences, CodeReferences, list[str]]:
    """Search two revisions; return what is found in each, and the files that were read."""
    contents = Contents({blob_of(content): content for content in (*base.values(), *head.values())})
    changed = {blob_of(c) for p, c in (base | head).items() if base.get(p) != head.get(p)}
    changed |= {blob_of(c) for p, c in base.items() if head.get(p) != c}
    old, new = find_references(
        tree_of(at, base),
        tree_of(HEAD, head),
        contents,
        words=frozenset({words}),
        changed=frozenset(changed),
        options=SearchOptions(store=store),
    )
    return old, new, sorted(p for p, c in (base | head).items() if blob_of(c) in contents.asked)


BASE_FILES = {**QUIET, "a.ts": CHAIN, "gone.ts": b"// gone\n", "copy.ts": OTHER, "same.ts": OTHER}
HEADS = {
    "nothing": BASE_FILES,
    "a file more": {**BASE_FILES, "new.ts": CHAIN},
    "a file less": {path: text for path, text in BASE_FILES.items() if path != "gone.ts"},
    "a silent file that speaks now": {**BASE_FILES, "quiet3.ts": CHAIN},
    "one of two files with the same content": {**BASE_FILES, "same.ts": b"// other\n"},
    "a file moved out of the code": {**{p: t for p, t in BASE_FILES.items() if p != "a.ts"}, "tests/a.ts": CHAIN},
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_what_is_found_is_the_same_with_and_without_what_was_left_over(head):
    store = Memory()
    search(store, BASE_FILES, BASE_FILES)
    assert len(store.left()) == 1
    old, new, _ = search(None, BASE_FILES, head)
    again_old, again_new, _ = search(store, BASE_FILES, head)
    assert (again_old, again_new) == (old, new)
    assert (old.files, new.files) == (24, len([path for path in head if "/" not in path]))


def test_only_what_was_left_over_and_what_the_change_touches_is_read():
    store = Memory()
    search(store, BASE_FILES, BASE_FILES)
    _, _, read = search(store, BASE_FILES, {**BASE_FILES, "quiet3.ts": b"// new\n"})
    assert read == ["a.ts", "quiet3.ts"]


def test_a_touched_file_is_read_whatever_was_left_over():
    store = Memory()
    search(store, {**BASE_FILES, "a.ts": b"// quiet\n"}, BASE_FILES)
    ((name, text),) = store.left().items()
    assert b"a.ts" in text.split(b"\n")
    body = b"24"
    store.kept[name] = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    old, _, read = search(store, BASE_FILES, {**BASE_FILES, "a.ts": b"// quiet\n"})
    assert [reference.place.path for reference in old.references] == ["a.ts"]
    assert "a.ts" in read


@pytest.mark.parametrize("spoil", [b"", b"x", b"0" * 64 + b"\n24\na.ts"], ids=["empty", "short", "another checksum"])
def test_what_is_broken_is_as_good_as_nothing(spoil):
    store = Memory()
    search(store, BASE_FILES, BASE_FILES)
    store.kept.update(dict.fromkeys(store.left(), spoil))
    old, _, _ = search(store, BASE_FILES, BASE_FILES)
    assert [reference.place.path for reference in old.references] == ["a.ts"]


@pytest.mark.parametrize("other", [{"at": "c" * 40}, {"words": "email"}], ids=["another commit", "other words"])
def test_it_counts_for_one_commit_and_the_same_words(other):
    store = Memory()
    search(store, BASE_FILES, BASE_FILES)
    before = store.left()
    search(store, BASE_FILES, BASE_FILES, **other)
    assert len(store.left()) == len(before) + 1


def test_nothing_is_left_over_of_a_tree_that_is_no_commit_or_where_most_files_speak():
    store = Memory()
    search(store, BASE_FILES, BASE_FILES, at="work-tree")
    search(store, {"a.ts": CHAIN, "b.ts": b"//\n"}, {"a.ts": CHAIN, "b.ts": b"//\n"})
    assert store.left() == {}


def test_a_path_that_is_no_text_is_left_over_as_it_is():
    store = Memory()
    files = {**QUIET, "caf\udce9.ts": CHAIN}
    search(store, files, files)
    old, _, read = search(store, files, files)
    assert ([reference.place.path for reference in old.references], read) == (["caf\udce9.ts"], ["caf\udce9.ts"])
