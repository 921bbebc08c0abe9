# ruff: noqa: E501 - a snippet of code is easier to read on one line
"""JPQL, Spring Data's repositories, metamodels and the Criteria API, resolved through the entities of other files."""

import pytest

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


def manager(call: str) -> list[str]:
    return shown(f"{HEAD}class A {{ void m(EntityManager em) {{ {call} }} }}")


JPQL = {
    "columns": ("select u.email from User u where u.createdAt > :t", ["2 select users(mail created_at)"]),
    "as": ("SELECT u FROM User AS u WHERE u.email = ?1", ["2 select users(mail)"]),
    "no_select": ("from User u order by u.createdAt desc", ["2 select users(created_at)"]),
    "join_over_an_attribute": (
        "select u from User u join u.team t where t.title = :t",
        ["2 select users(team_id)", "2 select org.teams(title)"],
    ),
    "fetch_of_a_collection": (
        "select u from User u left join fetch u.posts p where p.title = :t",
        ["2 select users()", "2 select posts(title)"],
    ),
    "path_over_two_entities": (
        "select p from Article p where p.author.team.title = :t",
        ["2 select posts(author_id)", "2 select users(team_id)", "2 select org.teams(title)"],
    ),
    "key_of_the_other_end": ("select u from User u where u.team.id = :t", ["2 select users(team_id)"]),
    "embedded": ("select u from User u where u.address.zip = :z", ["2 select users(zip)"]),
    "embedded_by_several_words": ("select u.address.streetName from User u", ["2 select users(street_name)"]),
    "update": ("update User u set u.email = :e where u.id = :i", ["2 update users(+mail id)"]),
    "update_without_an_alias": ("update User set email = :e where id = :i", ["2 update users(+mail id)"]),
    "update_from_a_column": ("update User u set u.email = u.address.zip", ["2 update users(+mail zip)"]),
    "delete": ("delete from User u where u.email = :e", ["2 delete users(mail)"]),
    "delete_without_from": ("delete User where email = :e", ["2 delete users(mail)"]),
    "exists": (
        "select u from User u where exists (select 1 from Article p where p.author = u)",
        ["2 select users()", "2 select posts(author_id)"],
    ),
    "constructor": ("select new com.acme.Row(u.id, u.email) from User u", ["2 select users(id mail)"]),
    "entity_of_the_repository": ("select u from #{#entityName} u where u.email = :e", ["2 select users(mail)"]),
    "text_that_looks_like_a_path": ("select u from User u where u.email = 'u.createdAt'", ["2 select users(mail)"]),
    "unknown_entity": ("select x from Account x where x.email = :e", []),
    "name_that_an_annotation_replaces": (
        "select t.title from Team t, Missing p where p.title = 1",
        ["2 select org.teams(title)"],
    ),
    "transient": ("select u from User u where u.label = :l", ["2 select users()"]),
    "unknown_attribute": ("select u from User u where u.nick = :n", ["2 select users()"]),
    "alias_of_two_entities": (
        "select u from User u where u.id in (select u.id from Team u)",
        ["2 select users()", "2 select org.teams()"],
    ),
    "no_statement": ("users of the day", []),
}


@pytest.mark.parametrize("case", JPQL)
def test_the_query_of_an_annotation(case):
    text, expected = JPQL[case]
    assert repository(f'@Query("{text}") List<User> rows();') == expected


DERIVED = {
    "one": ("User findByEmail(String e);", ["2 select users(mail)"]),
    "two_and_an_order": (
        "List<User> findByEmailAndStatusOrderByCreatedAtDesc(String e, Status s);",
        ["2 select users(mail status created_at)"],
    ),
    "or_with_comparisons": (
        "List<User> findFirst10ByEmailIgnoreCaseOrCreatedAtGreaterThanEqual(String e, X t);",
        ["2 select users(mail created_at)"],
    ),
    "exists": ("boolean existsByEmail(String e);", ["2 select users(mail)"]),
    "count": ("long countByStatusIn(List<Status> s);", ["2 select users(status)"]),
    "delete": ("void deleteByEmail(String e);", ["2 delete users(mail)"]),
    "embedded": ("List<User> findByAddressZip(String z);", ["2 select users(zip)"]),
    "embedded_of_two_words": ("List<User> findByAddress_StreetName(String z);", ["2 select users(street_name)"]),
    "over_a_relation": (
        "List<User> findByTeamTitle(String t);",
        ["2 select users(team_id)", "2 select org.teams(title)"],
    ),
    "key_of_a_relation": ("List<User> findByTeamId(Long t);", ["2 select users(team_id)"]),
    "order_alone": ("List<User> findAllByOrderByCreatedAtAscEmailDesc();", ["2 select users(created_at mail)"]),
    "part_that_is_none": (
        "List<User> findByNick(String n);",
        [
            "2 select users()",
            "2 ? `Nick` in the method `findByNick` is no attribute of `User` that could be read",
        ],
    ),
    "with_a_body": ("default User findByEmail(String e) { return null; }", []),
    "with_another_query": ("@NativeQuery(QUERY) User findByEmail(String e);", []),
    "inherited": ("Optional<User> findById(Long id);", ["2 select users(id)"]),
    "graph": (
        '@EntityGraph(attributePaths = {"team", "posts"}) List<User> all();',
        ["2 select users(team_id)", "2 select posts()"],
    ),
}


@pytest.mark.parametrize("case", DERIVED)
def test_a_method_whose_name_is_a_query(case):
    body, expected = DERIVED[case]
    assert repository(body) == expected


MANAGER = {
    "create_query": (
        'em.createQuery("select u from User u where u.email = :e", User.class);',
        ["2 select users(mail)"],
    ),
    "joined_text": ('em.createQuery("select u from User u" +\n" where u.email = :e");', ["2 select users(mail@3)"]),
    "put_together": (
        'em.createQuery("select u from User u where u." + name + " = 1");',
        ["2 select users()", "2 ? a part of the query is put together while the program runs"],
    ),
    "variable_alone": ("em.createQuery(text);", []),
    "criteria": (
        'Root<User> root = query.from(User.class); cb.equal(root.get("email"), e);',
        ["2 select users(mail)"],
    ),
    "criteria_over_a_join": (
        'Root<User> root = query.from(User.class); root.join("team").get("title");',
        ["2 select users(team_id)", "2 select org.teams(title)"],
    ),
    "criteria_typed": (
        'Root<User> root = query.from(User.class); root.<String>get("email");',
        ["2 select users(mail)"],
    ),
    "criteria_of_a_variable": (
        "Root<User> root = query.from(User.class); root.get(name);",
        ["2 select users()", "2 ? an attribute of `User` is chosen while the program runs"],
    ),
    "metamodel": ("use(User_.createdAt);", ["2 select users(created_at)"]),
    "metamodel_of_no_entity": ("use(Account_.createdAt);", []),
    "root_that_nothing_types": ('root.get("email");', []),
    "map_called_root": ('Map<String, String> root = x(); root.get("email");', []),
}


@pytest.mark.parametrize("case", MANAGER)
def test_what_an_entity_manager_and_criteria_name(case):
    code, expected = MANAGER[case]
    assert manager(code) == expected


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
