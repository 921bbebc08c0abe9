# ruff: noqa: E501 - a snippet of code is easier to read on one line
"""JPQL, Spring Data's repositories, metamodels and the Criteria API, resolved through the entities of other files."""

from support.mapped_lines import mapped

HEAD = "import jakarta.persistence.*;\n"
FILES = {
    "App.java": "@SpringBootApplication class App {}",
    "src/User.java": HEAD
    + """@Entity @Table(name = "users") class User {
@Id Long id;
@Column(name = "mail") String email;
Status status;
LocalDateTime createdAt;
@Embedded Address address;
@ManyToOne @JoinColumn(name = "team_id") Team team;
@OneToMany(mappedBy = "author") List<Post> posts;
@Transient String label;
}""",
    "src/Address.java": HEAD + "@Embeddable class Address { String zip; String streetName; }",
    "src/Team.java": HEAD
    + '@Entity @Table(name = "teams", schema = "org") class Team { @Id Long id; String title; @ManyToOne @JoinColumn(name = "owner_id") User owner; }',
    "src/Post.java": HEAD
    + '@Entity(name = "Article") @Table(name = "posts") class Post { @Id Long id; String title; @ManyToOne @JoinColumn(name = "author_id") User author; }',
}


def shown(code: str, path: str = "src/A.java", **others: str) -> list[str]:
    return mapped(FILES | others | {path: code}, path)


def repository(body: str) -> list[str]:
    return shown(
        f"import org.springframework.data.jpa.repository.*; interface UserRepository extends JpaRepository<User, Long> {{\n{body}\n}}"
    )


def test_a_text_block_has_the_lines_on_which_its_attributes_stand():
    body = '@Modifying @Query("""\n  update User u\n  set u.email = :e\n  where u.id = :i""")\nint change();'
    assert repository(body) == ["3 update users(+mail@4 id@5)"]


def test_a_native_query_is_sql_with_the_lines_of_its_text_block():
    body = '@Query(value = """\n  select mail\n  from users\n  where team_id = 1""", nativeQuery = true)\nList<String> rows();'
    assert shown(
        f"import org.springframework.data.jpa.repository.*;\ninterface R extends JpaRepository<User, Long> {{\n{body}\n}}"
    ) == ["5 select users(mail@4 team_id@6)"]


def test_a_named_query_stands_at_its_entity():
    code = HEAD + '@NamedQuery(name = "x", query = "select t from Team t where t.title = :t")\nclass Any {}'
    assert shown(code) == ["2 select org.teams(title)"]


def test_a_repository_of_kotlin():
    code = (
        "import org.springframework.data.jpa.repository.*; interface UserRepository : JpaRepository<User, Long> {\n"
        '@Query("""select u from User u\nwhere u.email = :e""")\nfun rows(e: String): List<User>\n'
        "fun findByStatusAndTeamTitle(s: Status, t: String): List<User>\n}"
    )
    assert shown(code, "src/A.kt") == [
        "2 select users(mail@3)",
        "5 select users(status team_id)",
        "5 select org.teams(title)",
    ]


def test_a_specification_types_the_root_of_its_lambda():
    code = (
        'class S { Specification<User> by(String e) {\nreturn (root, query, cb) -> cb.equal(root.get("email"), e); } }'
    )
    assert shown(HEAD + code) == ["3 select users(mail)"]


def test_an_order_that_a_caller_asks_for_is_of_the_repository_s_entity():
    code = HEAD + 'class A { private UserRepository users;\nvoid m() { users.findAll(Sort.by("createdAt")); } }'
    of_users = {"src/UserRepository.java": "interface UserRepository extends JpaRepository<User, Long> { }"}
    assert shown(code, **of_users) == ["3 select users(created_at)"]
    dynamic = code.replace('"createdAt"', "column")
    assert shown(dynamic, **of_users)[-1].startswith("3 ? the order of ")


def test_an_interface_that_is_no_repository_has_no_queries():
    assert shown("interface Users extends Lookup<User, Long> { User findByEmail(String e); }") == []


def test_two_entities_of_one_name_as_near_decide_nothing():
    other = {"src/Other.java": FILES["src/User.java"].replace('"users"', '"members"')}
    code = "interface R extends JpaRepository<User, Long> { User findByEmail(String e); }"
    assert shown(code, **other) == []
