"""Entities over the files of a revision."""

import hashlib

from midflight.changes.model import Entry, EntryKind, Tree
from midflight.references.find import SearchOptions, find_references
from midflight.references.model import TableReference
from support.entity_lines import mapped


class _Blobs:
    def __init__(self, files):
        self.contents = {_id(text): text.encode() for text in files.values()}

    def read(self, blobs):
        return ((blob, self.contents[blob]) for blob in blobs)


def _id(text):
    return hashlib.sha256(text.encode()).hexdigest()


def search(files, words):
    entries = {path: Entry(path, _id(text), EntryKind.FILE, len(text.encode())) for path, text in files.items()}
    tree = Tree("base", entries)
    options = SearchOptions()
    found = find_references(tree, tree, _Blobs(files), words=frozenset(words), changed=frozenset(), options=options)
    return found[0]


USER = 'package a\n\ntype User struct {\n\tID uint `gorm:"primaryKey"`\n\tUserURL string\n}\n'
BASE = "import jakarta.persistence.*;\n@MappedSuperclass\nabstract class Base {\nString note;\n}"
TEAM = 'import jakarta.persistence.*;\n@Entity\n@Table(name = "teams")\nclass Team extends Base {\n@Id Long id;\n}'


def test_a_model_is_found_by_a_column_whose_name_its_file_does_not_hold():
    found = search({"user.go": USER}, {"user_url"}).references
    assert [
        (r.table, r.verb.value, [c.place.line for c in r.columns]) for r in found if isinstance(r, TableReference)
    ] == [("users", "insert", [5])]


def test_a_column_of_a_superclass_is_found_at_its_line():
    found = search({"Base.java": BASE, "Team.java": TEAM}, {"note"}).references
    places = {(c.place.path, c.place.line) for r in found for c in r.columns if c.name == "note"}
    assert places == {("Base.java", 4)}


def test_a_model_whose_table_is_not_known_is_told_where_its_file_names_a_changed_word():
    source = "import jakarta.persistence.*;\n@Entity\nclass Big extends Other {\nString note;\n}"
    reasons = [place.reason for place in search({"Big.java": source}, {"note"}).unresolved]
    assert reasons == ["the table of the model `Big` is not known: its base `Other` is not read"]
    assert search({"Big.java": source}, {"unrelated"}).unresolved == ()


def test_classes_that_embed_each_other_many_times_come_to_an_end():
    parts = "".join(f"type P{n} struct {{\n{f'P{n + 1}' + chr(10)}{f'P{n + 1}' + chr(10)}}}\n" for n in range(30))
    head = 'package a\nimport "gorm.io/gorm"\n'
    found = mapped({"a.go": f'{head}type A struct {{\nID uint `gorm:"primaryKey"`\nP0\n}}\n{parts}'})
    assert found == ["3 select as() *"]


def test_a_class_that_extends_itself_is_left_open():
    source = TEAM.replace("extends Base", "extends Team")
    assert mapped({"Team.java": source}) == ["4 insert teams(+id@5)", "4 select teams(id@5)"]


def test_a_file_with_too_many_classes_says_so():
    source = "<?php\nuse Illuminate\\Database\\Eloquent\\Model;\n" + "class A extends Model {}\n" * 1001
    assert mapped({"a.php": source})[-1] == "0 ? the file holds more than 1000 classes; the rest is not read"
