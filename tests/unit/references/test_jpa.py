"""JPA's entities in Java and Kotlin."""

import pytest

from support.entity_lines import mapped

HEAD = "import jakarta.persistence.*;\n"
BOOT = {"App.java": "@SpringBootApplication class App {}"}


def entity(fields, table='@Table(name = "users")', head=HEAD):
    return f"{head}@Entity\n{table}\nclass User {{\n{fields}\n}}"


def both(written, read=None):
    columns = " ".join("+" + name for name in written.split())
    insert = [f"4 insert users({columns})"] if written else []
    return [*insert, f"4 select users({written if read is None else read})"]


JAVA = {
    "field": ("private String email;", both("email@5")),
    "column": ('@Column(name = "mail", nullable = false) String email;', both("mail@5")),
    "upper_case": ('@Column(name = "E_MAIL") String email;', both("e_mail@5")),
    "constant": ('static final String C = "mail";\n@Column(name = C) String email;', both("mail@6")),
    "two": ("String a, b;", both("a@5 b@5")),
    "key": ("@Id Long id;", both("id@5")),
    "not_insertable": (
        '@Column(name = "a", insertable = false, updatable = false) String a;',
        both("", "a@5"),
    ),
    "formula": ('@Formula("a + b") int sum;', both("")),
    "transient": ("@Transient String a;", both("")),
    "transient_of_the_language": ("transient String a;", both("")),
    "static": ("static String a;", both("")),
    "enumerated": ("@Enumerated(EnumType.STRING) @NotNull\nprivate Kind kind;", both("kind@6")),
    "to_one": (
        '@ManyToOne(fetch = LAZY)\n@JoinColumn(name = "team_id", nullable = false) Team team;',
        both("team_id@6"),
    ),
    "read_only_to_one": (
        '@ManyToOne @JoinColumn(name = "team_id", insertable = false) Team team;',
        both("", "team_id@5"),
    ),
    "other_side": ('@OneToOne(mappedBy = "user") Profile profile;', both("")),
    "to_many": ('@OneToMany(mappedBy = "user") List<Post> posts;', both("")),
    "collection_without_a_mapping": ("List<String> tags;", both("")),
    "constant_of_another_file": ("@Column(name = Names.MAIL) String email;", both("")),
    "several_words": ("String fullName;", both("")),
    "second_table": ('@Column(name = "a", table = "more") String a;', both("")),
    "to_one_of_an_unread_class": ("@ManyToOne Team team;", both("")),
    "several_join_columns": ('@ManyToOne @JoinColumns({@JoinColumn(name = "a")}) Team team;', both("")),
}


@pytest.mark.parametrize("case", JAVA)
def test_a_java_entity_reads_and_writes_its_columns(case):
    fields, expected = JAVA[case]
    assert mapped({"User.java": entity(fields)}) == expected


def test_a_key_of_the_database_is_not_sent_and_the_list_of_an_insert_is_complete():
    fields = "@Id @GeneratedValue(strategy = GenerationType.IDENTITY) Long id;\nString email;"
    assert mapped({"User.java": entity(fields)}) == [
        "4 insert users(+email@6) complete",
        "4 select users(id@5 email@6)",
    ]


def test_a_key_of_a_sequence_is_sent():
    fields = "@Id @GeneratedValue Long id;"
    assert mapped({"User.java": entity(fields)})[0] == "4 insert users(+id@5) complete"


@pytest.mark.parametrize("more", ["List<String> tags;", "@ManyToOne Team team;", "@Column(name = X.Y) String a;"])
def test_a_list_that_may_lack_a_column_is_not_complete(more):
    assert mapped({"User.java": entity(f"@Id @GeneratedValue Long id;\n{more}")})[0] == "4 insert users(+id@5)"


def test_an_insert_of_values_that_are_not_null_is_not_complete():
    source = entity("@Id @GeneratedValue Long id;", '@DynamicInsert @Table(name = "users")')
    assert mapped({"User.java": source})[0] == "4 insert users(+id@5)"


def test_an_immutable_entity_is_only_read():
    source = entity("@Id Long id;", '@Immutable @Table(name = "users", schema = "crm")')
    assert mapped({"User.java": source}) == ["4 select crm.users(id@5)"]


def test_annotations_on_getters_make_them_the_columns():
    fields = (
        "private Long x;\n@Id public Long getId() { return x; }\n"
        '@Column(name = "n") public String getName() { return ""; }'
    )
    assert mapped({"User.java": entity(fields)}) == both("id@6 n@7")


def test_spring_writes_names_with_underscores_given_ones_too():
    source = entity('@Column(name = "fullName") String name;\nString createdAt;', '@Table(name = "appUsers")')
    assert mapped({"User.java": source, **BOOT})[1] == "4 select app_users(full_name@5 created_at@6)"


def test_a_table_is_called_after_its_class():
    assert mapped({"User.java": entity("@Id Long id;", "")})[1] == "4 select user(id@5)"
    source = entity("@Id Long id;", "").replace("class User", "class AppUser")
    assert mapped({"User.java": source, **BOOT})[1] == "4 select app_user(id@5)"
    found = mapped({"User.java": source})
    assert found == [
        "4 ? the table of the model `AppUser` is not known: the naming strategy is set where it is not read"
    ]


def test_a_superclass_of_another_file_adds_its_columns_with_their_lines():
    base = f"{HEAD}@MappedSuperclass\nabstract class Base {{\n@Id Long id;\n}}"
    source = entity("String email;").replace("class User", "class User extends Base<Long>")
    assert mapped({"Base.java": base, "User.java": source}) == both("email@5 id")


def test_a_superclass_that_is_not_read_leaves_the_list_open():
    source = entity("@Id @GeneratedValue Long id;").replace("class User", "class User extends Base")
    assert mapped({"User.java": source})[0] == "4 insert users(+id@5)"
    unnamed = source.replace('@Table(name = "users")', "")
    assert mapped({"User.java": unnamed}) == [
        "4 ? the table of the model `User` is not known: its base `Base` is not read"
    ]


STRATEGIES = {
    "SINGLE_TABLE": "6 select users(level)",
    "JOINED": "6 select admin(level)",
    "TABLE_PER_CLASS": "6 select admin(level id@5)",
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_inherited_entity_is_where_the_strategy_puts_it(strategy):
    parent = entity("@Id Long id;", f'@Table(name = "users") @Inheritance(strategy = InheritanceType.{strategy})')
    child = f"{HEAD}\n\n\n@Entity\nclass Admin extends User {{ int level; }}"
    assert STRATEGIES[strategy] in mapped({"User.java": parent, "Admin.java": child})


def test_an_embeddable_class_is_part_of_the_table_with_its_overrides():
    address = f"{HEAD}@Embeddable\nclass Address {{\nString street;\nString zip;\n}}"
    fields = '@Embedded @AttributeOverride(name = "zip", column = @Column(name = "home_zip")) Address home;'
    assert mapped({"Address.java": address, "User.java": entity(fields)}) == both("street home_zip@5")


def test_a_join_column_is_called_after_the_property_and_the_other_key():
    team = f'{HEAD}@Entity\n@Table(name = "teams")\nclass Team {{\n@Id @Column(name = "no") Long id;\n}}'
    found = mapped({"Team.java": team, "User.java": entity("@ManyToOne Team team;")})
    assert found[2:] == both("team_no@5")


def test_a_join_table_is_read_and_written():
    fields = (
        '@ManyToMany @JoinTable(name = "user_roles", joinColumns = @JoinColumn(name = "user_id", '
        'referencedColumnName = "id"),\ninverseJoinColumns = @JoinColumn(name = "role_id"))\nSet<Role> roles;'
    )
    assert mapped({"User.java": entity(fields)})[1:] == [
        "7 insert user_roles(+user_id +role_id)",
        "7 select user_roles(user_id role_id)",
    ]


KOTLIN = {
    "constructor": ('@Id val id: Long,\n@Column(name = "mail") var email: String?', "", both("id@4 mail@5")),
    "site": ('@field:Column(name = "mail") val email: String', "", both("mail@4")),
    "body": ("@Id val id: Long", "lateinit var email: String", both("id@4 email@5")),
    "no_property": ("@Id val id: Long, plain: String", "", both("id@4")),
    "computed": ("@Id val id: Long", "val full get() = 1", both("id@4")),
    "lazy": ("@Id val id: Long", "val full by lazy { 1 }", both("id@4")),
    "transient": ("@Id val id: Long", "@Transient var a: Int = 1", both("id@4")),
    "to_many": ("@Id val id: Long", '@OneToMany(mappedBy = "u") val a: MutableList<A> = mutableListOf()', both("id@4")),
    "companion": ("@Id val id: Long", 'companion object { const val A = "x" }', both("id@4")),
    "to_one": ("@Id val id: Long", '@ManyToOne\n@JoinColumn(name = "t")\nvar team: Team? = null', both("id@4 t@7")),
}


@pytest.mark.parametrize("case", KOTLIN)
def test_a_kotlin_entity_reads_and_writes_its_columns(case):
    parameters, body, expected = KOTLIN[case]
    source = f'import jakarta.persistence.*\n@Entity\n@Table(name = "users")\nclass User({parameters}) {{\n{body}\n}}'
    assert [_at_class(line) for line in expected] == [_at_class(line) for line in mapped({"User.kt": source})]


def _at_class(line):
    return line.replace("@4", "")[2:]


NOTHING = {
    "plain_class": HEAD + "class A { String b; }",
    "superclass": HEAD + "@MappedSuperclass class A { @Id Long id; }",
    "embeddable": HEAD + "@Embeddable class A { String b; }",
    "another_entity": "import io.realm.*;\n@Entity class A { String b; }",
    "interface": HEAD + "interface A extends JpaRepository<User, Long> { User findByEmail(String email); }",
    "comment": HEAD + "// @Entity class A { String b; }",
    "string": HEAD + 'class A { String b = "@Entity class C {}"; }',
    "record": HEAD + "record A(String b) {}",
    "enum": HEAD + "enum A { B }",
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_is_no_entity_is_left_alone(case):
    assert mapped({"A.java": NOTHING[case]}) == []


def test_the_class_of_a_key_of_several_columns_needs_no_annotation():
    code = HEAD + (
        '@Entity\n@Table(name = "grants")\nclass Grant {\n'
        'public static class Id implements Serializable {\n@Column(name = "REALM_ID") String realmId;\n'
        '@Column(name = "USER_ID") String userId;\n}\n@EmbeddedId\nprotected Id id; }'
    )
    assert [line[2:] for line in mapped({"Grant.java": code})] == [
        "insert grants(+realm_id@6 +user_id@7)",
        "select grants(realm_id@6 user_id@7)",
    ]
