"""The search over two revisions."""

import hashlib
from collections.abc import Collection, Iterator

import pytest

from midflight.changes.model import Entry, EntryKind, Tree
from midflight.references.find import SearchOptions, find_references
from midflight.references.model import TableReference
from midflight.references.paths import is_code, is_test


class FakeBlobs:
    """Contents by id; remembers what it was asked for."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.asked: list[str] = []

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        for blob in blobs:
            self.asked.append(blob)
            if blob in self.contents:
                yield blob, self.contents[blob]

    def tree(self, revision: str, files: dict[str, str]) -> Tree:
        entries = {}
        for path, text in files.items():
            content = text.encode()
            blob = blob_of(text)
            self.contents[blob] = content
            entries[path] = Entry(path, blob, EntryKind.FILE, len(content))
        return Tree(revision, entries)


def blob_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def search(base, head, *, words="", options=None, changed=None):
    blobs = FakeBlobs()
    old, new = blobs.tree("base", base), blobs.tree("head", head)
    differing = {blob_of(text) for text in {*base.values()} ^ {*head.values()}}
    found = find_references(
        old,
        new,
        blobs,
        words=frozenset(words.split()),
        changed=frozenset(differing if changed is None else changed),
        options=options or SearchOptions(),
    )
    return (*found, blobs)


READ = "supabase.from('projects').select('id, title')"
OTHER = "supabase.from('users').select('name')"


def test_a_changed_file_gives_all_its_references_on_each_side():
    old, new, _ = search({"a.ts": READ}, {"a.ts": OTHER})
    assert [reference.table for reference in old.references] == ["projects"]
    assert [reference.table for reference in new.references] == ["users"]
    assert (old.revision, new.revision) == ("base", "head")


def test_without_words_only_changed_files_are_read():
    same = {"b.ts": READ}
    old, new, blobs = search({"a.ts": "x", **same}, {"a.ts": OTHER, **same})
    assert blob_of(READ) not in blobs.asked
    assert [reference.table for reference in (*old.references, *new.references)] == ["users"]


def test_an_unchanged_file_gives_the_references_that_name_a_word():
    same = {"a.ts": f"{READ}\n{OTHER}"}
    old, new, _ = search(same, same, words="title")
    assert [reference.table for reference in old.references] == ["projects"]
    assert old.references == new.references


def test_the_same_content_is_read_once_and_found_under_each_path():
    old, _, blobs = search({"a.ts": READ, "b.ts": READ}, {"a.ts": READ, "b.ts": READ}, words="title")
    assert blobs.asked == [blob_of(READ)]
    assert [reference.place.path for reference in old.references] == ["a.ts", "b.ts"]


def test_a_word_is_a_whole_identifier():
    same = {"a.ts": "supabase.from('projects').select('subtitle, title_2')"}
    old, _, _ = search(same, same, words="title")
    assert (old.references, old.mentions) == ((), ())


def test_a_deleted_file_is_old_code_only():
    old, new, _ = search({"a.ts": READ}, {})
    assert (len(old.references), len(new.references), new.files) == (1, 0, 0)


def test_sql_in_strings_is_read():
    old, _, _ = search({"a.py": 'cur.execute("SELECT title FROM projects")'}, {})
    (reference,) = old.references
    assert isinstance(reference, TableReference)
    assert [column.name for column in reference.columns] == ["title"]


def test_mentions_are_lines_that_no_reference_covers():
    text = f"{READ}\nconst x = row.title\n// title again\nconst projectTitle = 1"
    old, _, _ = search({"a.ts": text}, {"a.ts": text}, words="title")
    assert [(mention.place.line, mention.word, mention.text) for mention in old.mentions] == [
        (2, "title", "const x = row.title")
    ]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.rs", "diesel::insert_into(project_forms)"),
        ("a.go", 'db.Table("project_forms")'),
        ("a.rb", "has_many :project_forms"),
        ("a.kt", "val x = projectForms"),
        ("schema.prisma", "model ProjectForms {"),
        ("reports/a.sql", "select * from project_forms"),
    ],
)
def test_languages_without_an_extractor_give_mentions_in_any_spelling(path, line):
    old, _, _ = search({path: line}, {path: line}, words="project_forms")
    assert [(mention.word, mention.text) for mention in old.mentions] == [("project_forms", line)]


def test_files_that_are_no_code_are_not_searched():
    same = {"README.md": "title", "a.png": "title", "a.csv": "title"}
    old, _, blobs = search(same, same, words="title")
    assert (old.files, blobs.asked) == (0, [])


def test_mentions_are_counted_beyond_the_limit_and_changed_files_come_first():
    many = "\n".join("row.title" for _ in range(250))
    old, _, _ = search({"a.go": many, "z.go": "own.title"}, {"a.go": many}, words="title")
    assert len(old.mentions) == 200
    assert old.mentions[0].place.path == "z.go"
    assert [problem.reason for problem in old.not_analysed] == ["51 more lines that hold a changed name are not listed"]


def test_generated_files_are_no_references():
    types = "export type Json = string\n\nexport type Database = { title: 1 }\n" + READ
    old, _, _ = search({"types.ts": types}, {"types.ts": types}, words="title")
    assert (old.references, old.mentions) == ((), ())


def test_a_file_over_one_megabyte_is_told():
    old, _, _ = search({"a.ts": "x" * 1_000_001}, {}, words="title")
    assert [(problem.path, problem.reason) for problem in old.not_analysed] == [
        ("a.ts", "the file is larger than 1 MB")
    ]


def test_a_blob_that_cannot_be_read_is_told():
    tree = Tree("base", {"a.ts": Entry("a.ts", "gone", EntryKind.FILE, 10)})
    old, _ = find_references(
        tree,
        Tree("head", {}),
        FakeBlobs(),
        words=frozenset({"title"}),
        changed=frozenset(),
        options=SearchOptions(),
    )
    assert [(problem.path, problem.reason) for problem in old.not_analysed] == [("a.ts", "the file could not be read")]


def test_links_and_submodules_are_passed_over():
    entries = {
        "a.ts": Entry("a.ts", "1", EntryKind.SYMLINK, 5),
        "b.ts": Entry("b.ts", "2", EntryKind.SUBMODULE, 0),
    }
    tree = Tree("base", entries)
    options = SearchOptions()
    old, _ = find_references(tree, tree, FakeBlobs(), words=frozenset({"x"}), changed=frozenset(), options=options)
    assert (old.files, old.not_analysed) == (0, ())


@pytest.mark.parametrize(
    "path",
    [
        "src/a.test.ts",
        "src/a.spec.tsx",
        "src/__tests__/a.ts",
        "tests/a.py",
        "app/test_a.py",
        "e2e/a.ts",
        "cypress/a.ts",
        "src/a.stories.tsx",
        ".storybook/a.ts",
        "pkg/a_test.go",
    ],
)
def test_tests_are_not_deployed(path):
    assert is_test(path)
    assert not is_code(path, SearchOptions())
    assert is_code(path, SearchOptions(tests=True))


@pytest.mark.parametrize("path", ["src/contest/a.ts", "src/latest.ts", "src/attest.py", "public/build/a.js"])
def test_what_only_sounds_like_a_test_is_code(path):
    assert is_code(path, SearchOptions())


@pytest.mark.parametrize(
    ("path", "options", "expected"),
    [
        ("node_modules/x/a.js", SearchOptions(), False),
        ("web/a.ts", SearchOptions(roots=("web",)), True),
        ("website/a.ts", SearchOptions(roots=("web",)), False),
        ("supabase/migrations/1.sql", SearchOptions(migration_folders=("supabase/migrations",)), False),
        ("queries/1.sql", SearchOptions(migration_folders=("supabase/migrations",)), True),
        ("legacy/deep/a.ts", SearchOptions(ignore=("legacy/**",)), False),
        ("legacy/deep/a.ts", SearchOptions(ignore=("legacy/",)), False),
        ("a.gen.ts", SearchOptions(ignore=("**/*.gen.ts",)), False),
        ("README.md", SearchOptions(), False),
    ],
)
def test_options_say_where_to_look(path, options, expected):
    assert is_code(path, options) is expected


def test_hostile_files_end_in_values():
    files = {
        "parentheses.ts": "supabase.from('t').select(" + "(" * 10_000 + "'a'" + ")" * 10_000 + ")",
        "deep.ts": "f(" * 5_000 + "supabase.from('t').select('a')" + ")" * 5_000,
        "chain.ts": "supabase.from('t').select('a')" + ".eq('b', 1)" * 10_000,
        "deep.py": "f(" * 5_000 + "supabase.table('t').select('a')" + ")" * 5_000,
        "objects.ts": "supabase.from('t').insert(" + "{a:" * 5_000 + "1" + "}" * 5_000 + ")",
        "-- $(x) @everyone <!-- -->.ts": READ,
    }
    old, _, _ = search(files, {})
    told = {problem.path: problem.reason for problem in old.unresolved}
    assert told["deep.ts"] == told["deep.py"] == told["chain.ts"] == "the code is nested too deeply"
    assert "-- $(x) @everyone <!-- -->.ts" in {reference.place.path for reference in old.references}


def test_many_constants_that_name_each_other_are_bounded():
    constants = "".join(f"const a{n} = {{ {', '.join(f'...a{n + 1}' for _ in range(8))} }};\n" for n in range(30))
    old, _, _ = search({"a.ts": constants + "const a30 = { x: 1 };\nsupabase.from('t').insert(a0)"}, {})
    (reference,) = old.references
    assert isinstance(reference, TableReference)
    assert not reference.payload


def test_more_calls_than_we_read_are_told():
    old, _, _ = search({"a.ts": "supabase.from('t').select('a')\n" * 3_000}, {})
    assert lines_of(old.unresolved) == ["the file holds more than 5000 calls; the rest is not read"]


def lines_of(problems):
    return [problem.reason for problem in problems]


def test_bytes_that_are_no_text_are_replaced():
    blobs = FakeBlobs()
    content = b"\xff\xfe// \x00\nsupabase.from('t\xff').select('a')\nsupabase.from('u').select('b')"
    blobs.contents["1"] = content
    tree = Tree("base", {"a.ts": Entry("a.ts", "1", EntryKind.FILE, len(content))})
    old, _ = find_references(
        tree, Tree("head", {}), blobs, words=frozenset(), changed=frozenset({"1"}), options=SearchOptions()
    )
    assert [reference.table for reference in old.references if isinstance(reference, TableReference)] == [
        "t\ufffd",
        "u",
    ]


def test_a_line_of_two_megabytes_is_told_and_not_read():
    old, _, _ = search({"a.ts": "const a = '" + "select x from y " * 130_000 + "'"}, {})
    assert (old.references, lines_of(old.not_analysed)) == ((), ["the file is larger than 1 MB"])


def test_extraction_of_a_clean_file_has_no_problems():
    old, _, _ = search({"a.ts": READ}, {})
    assert (old.unresolved, old.not_analysed, old.files) == ((), (), 1)
