"""Which files are read for queries through JPA's and EF Core's entities."""

from midflight.changes.model import Blobs, Entry, EntryKind, Tree
from midflight.references.find import SearchOptions, find_references
from midflight.references.languages import extract
from midflight.references.model import TableReference


class Contents(Blobs):
    def __init__(self, files):
        self.files = files

    def read(self, blobs):
        yield from ((blob, self.files[blob].encode()) for blob in blobs)


def searched(files, word):
    tree = Tree("head", {path: Entry(path, path, EntryKind.FILE, len(text)) for path, text in files.items()})
    words = frozenset({word})
    _, head = find_references(tree, tree, Contents(files), words=words, changed=frozenset(), options=SearchOptions())
    found = [each for each in head.references if isinstance(each, TableReference) and not each.mapped]
    return {(each.place.path, each.table, *(use.name for use in each.columns)) for each in found}


JPA = {
    "App.java": "@SpringBootApplication class App {}",
    "User.java": "import jakarta.persistence.*;\n"
    '@Entity @Table(name = "users") class User { @Id Long id; @Column(name = "mail") String email; }',
    "Users.java": "interface Users extends JpaRepository<User, Long> { User findByEmail(String e); }",
    "Service.java": "import jakarta.persistence.criteria.*;\n"
    'class Service { void m(Root<User> root) { root.get("email"); } }',
    "Other.java": "class Other { int age; }",
}


def test_a_file_that_names_a_property_is_read_for_the_column_that_it_maps_to():
    assert searched(JPA, "mail") == {("Users.java", "users", "mail"), ("Service.java", "users", "mail")}


def test_a_file_that_names_the_class_is_read_for_its_table():
    assert searched(JPA, "users") == {("Users.java", "users", "mail"), ("Service.java", "users", "mail")}


def test_a_set_and_a_property_of_another_name_are_found():
    files = {
        "Db.cs": "class Db : DbContext { public DbSet<User> People { get; set; } }",
        "User.cs": '[Table("users")] public class User { [Column("mail")] public string Email { get; set; } }',
        "A.cs": "class A { void M(Db db) { db.People.Any(u => u.Email == null); } }",
    }
    assert searched(files, "mail") == {("A.cs", "users", "mail")}
    assert searched(files, "users") == {("A.cs", "users", "mail")}


def test_what_is_too_much_is_told_and_what_came_before_counts():
    code = "class A { void M(Db db) { " + "db.Users.Where(u => u.A == B.C);" * 3_000 + "}}"
    found = extract("A.cs", code.encode())
    assert len(found.calls) == 2_000
    assert [each.reason for each in found.unresolved] == ["the file holds more queries than are read"]
    code = "import jakarta.persistence.*;\nclass A { void m() { " + "x(User_.email);" * 3_000 + "}}"
    found = extract("A.java", code.encode())
    assert len(found.calls) == 2_000
    assert [each.reason for each in found.unresolved] == ["the file holds more uses of entities than are read"]
