"""A large tree is taken apart where it is asked for, and is then what it would be at once."""

from midflight.changes.compare import compare_trees
from midflight.changes.entries import Content, Entries, files_at, holding
from midflight.changes.model import Entry, EntryKind, Tree

ONE, TWO = "1" * 40, "2" * 40
FACTS = {
    "a.ts": f"100644 blob {ONE}      12",
    "b/link": f"120000 blob {TWO}       3",
    "c": f"160000 commit {ONE}       -",
    "d.png": f"100644 blob {TWO}     BAD",
}


def test_each_kind_of_entry_is_told() -> None:
    assert dict(Entries(dict(FACTS))) == {
        "a.ts": Entry("a.ts", ONE, EntryKind.FILE, 12),
        "b/link": Entry("b/link", TWO, EntryKind.SYMLINK, 3),
        "c": Entry("c", ONE, EntryKind.SUBMODULE, 0),
        "d.png": Entry("d.png", TWO, EntryKind.FILE, 0),
    }


def test_an_entry_is_made_once() -> None:
    entries = Entries(dict(FACTS))

    assert entries["a.ts"] is entries["a.ts"]


def test_a_revision_beside_another_has_its_own_entries_where_they_differ() -> None:
    base = Entries(dict(FACTS))
    known = base["a.ts"]
    edited, made = Entry("a.ts", TWO, EntryKind.FILE, 9), Entry("z.ts", ONE, EntryKind.FILE, 12)
    head = base.beside(["a.ts", "c"], {"a.ts": edited, "z.ts": made})

    assert list(head) == ["b/link", "d.png", "a.ts", "z.ts"]
    assert (base["a.ts"], head["a.ts"], head["z.ts"]) == (known, edited, made)
    assert "c" not in head
    assert head["b/link"] is base["b/link"]
    assert list(head.unlike(base)) == ["a.ts", "z.ts"]


def test_many_are_what_each_would_be_alone() -> None:
    entries = Entries(dict(FACTS)).beside([], {"z.ts": Entry("z.ts", ONE, EntryKind.FILE, 12)})
    paths = ["z.ts", "gone.ts", "c", "a.ts"]

    assert list(files_at(entries, paths)) == [Content("z.ts", ONE, 12), Content("a.ts", ONE, 12)]
    assert list(files_at(dict(entries), paths)) == list(files_at(entries, paths))


def test_a_revision_beside_another_is_searched_only_where_it_differs() -> None:
    base = Entries(dict(FACTS))
    head = base.beside(["a.ts"], {"z.ts": Entry("z.ts", ONE, EntryKind.FILE, 12)})

    assert holding(base, (".ts", "link")) == ("a.ts", "b/link")
    assert holding(head, (".ts", "link")) == ("b/link", "z.ts")
    assert list(holding(list(head), (".ts", "link"))) == ["b/link", "z.ts"]


def test_two_such_trees_differ_as_two_dictionaries_would() -> None:
    base = Entries(dict(FACTS))
    moved = Entry("moved.ts", ONE, EntryKind.FILE, 12)
    head = base.beside(["a.ts", "c"], {"moved.ts": moved, "d.png": Entry("d.png", ONE, EntryKind.FILE, 5)})
    lazy = compare_trees(Tree("1", base), Tree("2", head)).files
    plain = compare_trees(Tree("1", dict(base)), Tree("2", dict(head))).files

    assert lazy == plain
    shown = [(file.path, file.status.value) for file in lazy]
    assert shown == [("c", "deleted"), ("d.png", "edited"), ("moved.ts", "moved")]
