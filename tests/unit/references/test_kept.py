"""What is kept from run to run changes how long a search takes, and never what it finds."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import pytest

from midflight.changes.model import Entry, EntryKind, Tree
from midflight.references.find import find_references
from midflight.references.paths import SearchOptions

QUIET = b"export const one = 1\n"
CHAIN = b"await supabase.from('invoices').select('settled_at')\n"


@dataclass
class Contents:
    """Contents by id, and which of them were asked for."""

    by_id: dict[str, bytes]
    asked: list[str] = field(default_factory=list)

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        self.asked += blobs
        return ((blob, self.by_id[blob]) for blob in blobs if blob in self.by_id)


@dataclass
class Memory:
    """A store that keeps texts in a dictionary."""

    version: str = "1"
    kept: dict[str, bytes] = field(default_factory=dict)

    def load(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def save(self, name: str, content: bytes) -> None:
        self.kept[name] = content


def search(
    store: Memory | None, files: dict[str, bytes], *, changed: str = "", words: str = "settled_at"
) -> tuple[list[int], list[str]]:
    """Search one revision; return the lines of the references, and the files that were read."""
    ids = {path: hashlib.sha1(content, usedforsecurity=False).hexdigest() for path, content in files.items()}
    entries = {path: Entry(path, ids[path], EntryKind.FILE, len(content)) for path, content in files.items()}
    contents = Contents({ids[path]: content for path, content in files.items()})
    tree = Tree("1", entries)
    touched = frozenset({ids[changed]} if changed else ())
    options = SearchOptions(store=store)
    _, new = find_references(tree, tree, contents, words=frozenset({words}), changed=touched, options=options)
    read = [path for path in files if ids[path] in contents.asked]
    return [reference.place.line for reference in new.references], read


def test_a_content_that_held_nothing_is_not_read_again() -> None:
    store = Memory()
    files = {"a.ts": QUIET, "b.ts": CHAIN}
    assert search(store, files) == ([1], ["a.ts", "b.ts"])
    assert search(store, files) == ([1], ["b.ts"])


def test_a_new_content_is_read_beside_those_that_are_known() -> None:
    store = Memory()
    search(store, {"a.ts": QUIET})
    assert search(store, {"a.ts": QUIET, "b.ts": CHAIN}) == ([1], ["b.ts"])


def test_other_words_are_looked_for_everywhere() -> None:
    store = Memory()
    files = {"a.ts": CHAIN}
    assert search(store, files, words="voided_at") == ([], ["a.ts"])
    assert search(store, files) == ([1], ["a.ts"])


def test_what_another_version_found_does_not_count() -> None:
    store = Memory()
    search(store, {"a.ts": QUIET})
    store.version = "2"
    assert search(store, {"a.ts": QUIET}) == ([], ["a.ts"])


def test_the_same_content_under_another_suffix_is_read() -> None:
    store = Memory()
    search(store, {"a.ts": QUIET})
    assert search(store, {"a.go": QUIET}) == ([], ["a.go"])


def test_what_the_change_touches_is_read_even_if_the_store_says_that_it_holds_nothing() -> None:
    store = Memory()
    files = {"a.ts": CHAIN}
    search(store, {"a.ts": QUIET})
    (name,) = store.kept
    body = hashlib.sha1(CHAIN, usedforsecurity=False).hexdigest().encode() + b".ts"
    store.kept[name] = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    assert search(store, files, changed="a.ts") == ([1], ["a.ts"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda kept: b"",
        lambda kept: kept[:-1],
        lambda kept: kept + b"\n" + b"0" * 40 + b".ts",
        lambda kept: b"\xff" * 200,
        lambda kept: kept.partition(b"\n")[2],
    ],
    ids=["empty", "cut", "longer", "binary", "without its checksum"],
)
def test_a_broken_result_is_as_good_as_none(spoil) -> None:  # type: ignore[no-untyped-def]  # a table's lambdas
    store = Memory()
    files = {"a.ts": QUIET, "b.ts": CHAIN}
    search(store, files)
    store.kept = {name: spoil(kept) for name, kept in store.kept.items()}
    assert search(store, files) == ([1], ["a.ts", "b.ts"])


def test_a_result_forgets_what_no_revision_holds_any_more() -> None:
    store = Memory()
    search(store, {f"{n}.ts": b"// %d" % n for n in range(9)})
    search(store, {"a.ts": QUIET})
    (kept,) = store.kept.values()
    assert len(kept.split(b"\n")) == 2


def test_without_a_store_everything_is_found() -> None:
    assert search(None, {"a.ts": QUIET, "b.ts": CHAIN}) == ([1], ["a.ts", "b.ts"])
