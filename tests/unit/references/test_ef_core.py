"""EF Core's classes, contexts and configurations."""

import pytest

from support.entity_lines import mapped

CONTEXT = "class Db : DbContext {\npublic DbSet<User> Users { get; set; }\n}"


def user(body, said=""):
    return f"{said}public class User\n{{\n{body}\n}}"


def both(written, read=None):
    columns = " ".join("+" + name for name in written.split())
    insert = [f"1 insert Users({columns})"] if written else []
    return [*insert, f"1 select Users({written if read is None else read})"]


PROPERTIES = {
    "property": ("public string Email { get; set; }", both("Email@3")),
    "nullable": ("public int? Age { get; set; }", both("Age@3")),
    "init": ("public required string Email { get; init; } = null!;", both("Email@3")),
    "private_setter": ("public string Email { get; private set; }", both("Email@3")),
    "column": ('[Column("mail", TypeName = "text")]\npublic string Email { get; set; }', both("mail@4")),
    "column_type": ('[Column(TypeName = "text")] public string Email { get; set; }', both("Email@3")),
    "counted_key": ("public int Id { get; set; }", both("", "Id@3")),
    "key_of_the_class": ("public long UserId { get; set; }", both("", "UserId@3")),
    "given_key": ("[Key] public Guid Code { get; set; }", both("Code@3")),
    "computed": (
        "[DatabaseGenerated(DatabaseGeneratedOption.Computed)] public int Age { get; set; }",
        both("", "Age@3"),
    ),
    "own_key": (
        "[DatabaseGenerated(DatabaseGeneratedOption.None)] public int Id { get; set; }",
        both("Id@3"),
    ),
    "bytes": ("public byte[] Body { get; set; }", both("Body@3")),
    "foreign_key": ("public int TeamId { get; set; }\npublic Team Team { get; set; }", both("TeamId@3")),
    "not_mapped": ("[NotMapped] public string A { get; set; }", both("")),
    "no_setter": ("public string A { get; }", both("")),
    "expression": ('public string A => "x"; public int B { get; set; }', both("B@3")),
    "static": ("public static string A { get; set; }", both("")),
    "private": ("private string A { get; set; }", both("")),
    "field": ("public string A; public int B { get; set; }", both("B@3")),
    "collection": ("public ICollection<Post> Posts { get; set; }", both("")),
    "type_of_another_file": ("public Kind Kind { get; set; }", both("")),
}


@pytest.mark.parametrize("case", PROPERTIES)
def test_a_class_of_a_set_reads_and_writes_its_properties(case):
    body, expected = PROPERTIES[case]
    assert mapped({"Db.cs": CONTEXT, "User.cs": user(body)}) == expected


EMAIL = "public string Email { get; set; }"
FLUENT = {
    "table": ('e.ToTable("users");', ["1 insert users(+Email@3)", "1 select users(Email@3)"]),
    "schema": ('e.ToTable("users", "crm");', ["1 insert crm.users(+Email@3)", "1 select crm.users(Email@3)"]),
    "view": ('e.ToView("all_users");', ["1 select all_users(Email@3)"]),
    "column": ('e.Property(x => x.Email).IsRequired().HasColumnName("mail");', both("mail@3")),
    "column_by_text": ('e.Property("Email").HasColumnName("mail");', both("mail@3")),
    "default": ('e.Property(x => x.Email).HasDefaultValueSql("now()");', both("", "Email@3")),
    "ignored": ("e.Ignore(x => x.Email);", both("")),
    "shadow": ('e.Property<int>("Tenant").HasColumnName("tenant");', both("Email@3 tenant@2")),
    "owned": ('e.OwnsOne(x => x.Home, h => { h.Property(y => y.Email).HasColumnName("x"); });', both("Email@3")),
    "comment": ('// e.ToTable("users");', both("Email@3")),
    "column_of_the_code": ("e.Property(x => x.Email).HasColumnName(Names.Mail);", both("")),
    "table_of_the_code": (
        "e.ToTable(Names.Users);",
        ["1 ? the table of the model `User` is not known: its name is put in by the code"],
    ),
}


@pytest.mark.parametrize("case", FLUENT)
def test_the_fluent_interface_of_another_file_wins(case):
    text, expected = FLUENT[case]
    source = (
        "class Db : DbContext {\npublic DbSet<User> Users { get; set; } "
        f"void M(ModelBuilder b) {{ b.Entity<User>(e => {{ {text} }}); }} }}"
    )
    assert mapped({"Db.cs": source, "User.cs": user(EMAIL)}) == expected


def test_a_configuration_class_maps_without_a_set():
    source = (
        'class C : IEntityTypeConfiguration<User> { void Configure(EntityTypeBuilder<User> b) { b.ToTable("u"); } }'
    )
    assert mapped({"C.cs": source, "User.cs": user(EMAIL)}) == ["1 insert u(+Email@3)", "1 select u(Email@3)"]


def test_an_attribute_gives_table_and_schema():
    source = user(EMAIL, '[Table("users", Schema = "crm")] ')
    assert mapped({"User.cs": source})[1] == "1 select crm.users(Email@3)"


def test_names_in_snake_case_where_the_project_says_so():
    found = mapped(
        {
            "P.cs": "o.UseSnakeCaseNamingConvention();",
            "Db.cs": CONTEXT,
            "User.cs": user("public int TeamId { get; set; }"),
        }
    )
    assert found[1] == "1 select users(team_id@3)"


def test_a_base_class_adds_its_properties():
    base = "public abstract class Base\n{\n\npublic DateTime Made { get; set; }\n}"
    source = user(EMAIL).replace("class User", "class User : Base, IThing")
    assert mapped({"Db.cs": CONTEXT, "Base.cs": base, "User.cs": source})[1] == "1 select Users(Email@3 Made@4)"


def test_two_contexts_that_name_a_table_in_two_ways_decide_nothing():
    other = CONTEXT.replace("Users", "People")
    found = mapped({"Db.cs": CONTEXT, "Other.cs": other, "User.cs": user(EMAIL)})
    assert found == ["1 ? the table of the model `User` is not known: several contexts give it different tables"]


NOTHING = {
    "in_no_context": {"User.cs": user(EMAIL)},
    "two_classes_of_a_name": {"Db.cs": CONTEXT, "a/User.cs": user(EMAIL), "b/User.cs": user(EMAIL)},
    "another_library": {"Db.cs": f"using System.Data.Entity;\n{CONTEXT}", "User.cs": user(EMAIL)},
    "set_of_a_class_that_is_not_read": {"Db.cs": CONTEXT},
    "comment": {"Db.cs": "// public DbSet<User> Users", "User.cs": user(EMAIL)},
    "interface": {"Db.cs": CONTEXT, "User.cs": user(EMAIL).replace("class", "interface")},
    "enum": {"Db.cs": CONTEXT, "User.cs": "public enum User { A }"},
    "controller": {"C.cs": "public class UsersController : Controller { public string A { get; set; } }"},
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_is_not_mapped_is_left_alone(case):
    assert mapped(NOTHING[case]) == []
