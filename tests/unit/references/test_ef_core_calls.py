# ruff: noqa: E501 - a snippet of code is easier to read on one line
"""LINQ on the sets of EF Core's contexts, resolved through the classes and contexts of other files."""

from support.mapped_lines import mapped

FILES = {
    "src/Db.cs": """class Db : DbContext {
public DbSet<User> Users { get; set; }
public DbSet<Team> Teams => Set<Team>();
public DbSet<Post> Posts { get; set; }
void M(ModelBuilder b) { b.Entity<Post>(e => { e.ToTable("posts", "blog"); e.Property(x => x.Kind).HasColumnName("kind"); }); } }""",
    "src/User.cs": """public class User {
public int Id { get; set; }
[Column("mail")] public string Email { get; set; }
public string Name { get; set; }
public DateTime? SeenAt { get; set; }
public Kind Kind { get; set; }
public int TeamId { get; set; }
public Team Team { get; set; }
public ICollection<Post> Posts { get; set; }
[NotMapped] public string Label { get; set; }
public string Full => Name + Email;
}""",
    "src/Team.cs": "public class Team { public int Id { get; set; } public string Title { get; set; } public ICollection<User> Users { get; set; } }",
    "src/Post.cs": "public class Post { public int Id { get; set; } public string Title { get; set; } public Kind Kind { get; set; } public int UserId { get; set; } public User User { get; set; } }",
}
USERS = "1 select Users"


def shown(code: str, **others: str) -> list[str]:
    return mapped(FILES | others | {"src/A.cs": code}, "src/A.cs")


def test_a_context_has_the_sets_of_what_it_extends():
    other = {"src/Own.cs": "class OwnDb : Db { public int X { get; set; } }"}
    code = "class A { void M(OwnDb db) { db.Users.Any(u => u.Email == null); } }"
    assert shown(code, **other) == [f"{USERS}(mail)"]


def test_a_column_has_the_line_on_which_it_stands():
    code = "class A { void M(Db db) {\ndb.Users\n.Where(u =>\nu.Email == null)\n.OrderBy(u => u.Name); } }"
    assert shown(code) == ["2 select Users(mail@4 Name@5)"]


def test_two_contexts_of_one_name_in_a_file_that_both_have_the_set_decide_nothing():
    other = {
        "src/Other.cs": "class OtherDb : DbContext { public DbSet<Guest> Users { get; set; } }",
        "src/Guest.cs": '[Table("guests")] public class Guest { public string Email { get; set; } }',
    }
    code = "class A { void M(Db db) { db.Users.Any(u => u.Email == null); } void N(OtherDb db) { } }"
    assert shown(code, **other) == []


def test_the_older_entity_framework_is_not_read():
    assert shown("using System.Data.Entity; class A { void M(Db db) { db.Users.Any(u => u.Email == null); } }") == []
