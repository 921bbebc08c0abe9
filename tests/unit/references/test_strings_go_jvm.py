"""SQL in the strings of Go, Java, Kotlin and C#."""

import pytest

from support.reference_lines import shown

PUT_IN = "table name is put in by the code"

GO = {
    "raw": (
        "db.QueryRow(ctx, `\nSELECT id,\n name\nFROM users WHERE id = $1`, id)",
        ["4 select users(id@2 name@3 id)"],
    ),
    "interpreted": ('db.Exec("DELETE FROM users WHERE id = ?", id)', ["1 delete users(id)"]),
    "lower_case": ('db.Query("select id from users")', ["1 select users(id)"]),
    "joined": ('q := "SELECT id " +\n "FROM users " +\n "WHERE name = $1"', ["2 select users(id@1 name@3)"]),
    "constant": ('const table = "users"\nq := "SELECT id FROM " + table', ["2 select users(id)"]),
    "constant_of_a_block": (
        'const (\n\tcolumns = "id, name"\n\ttable = "users"\n)\nq := "SELECT " + columns + " FROM " + table',
        ["5 select users(id name)"],
    ),
    "assigned_twice": ('table := "users"\ntable = "teams"\nq := "SELECT id FROM " + table', [f"3 ? {PUT_IN}"]),
    "parameter": ('func f(table string) { db.Query("SELECT id FROM " + table) }', [f"1 ? {PUT_IN}"]),
    "formatted_table": ('db.Query(fmt.Sprintf("SELECT id FROM %s WHERE n = $1", t))', [f"1 ? {PUT_IN}"]),
    "formatted_constant": (
        'const T = "users"\ndb.Query(fmt.Sprintf("SELECT id FROM %s LIMIT %d", T, n))',
        ["2 select users(id)"],
    ),
    "formatted_value": ('q := fmt.Sprintf("SELECT id FROM users WHERE n = %d", n)', ["1 select users(id n)"]),
    "named": (
        'db.NamedExec("INSERT INTO users (id, name) VALUES (:id, :name)", u)',
        ["1 insert users(+id +name) complete"],
    ),
    "pgx_named": ("db.Query(ctx, `SELECT id FROM users WHERE n = @name::text`)", ["1 select users(id n)"]),
    "operators_are_not_names": ("q := `SELECT id FROM users WHERE a @> b AND c @@ d`", ["1 select users(id a b d c)"]),
    "name_comment": ("const q = `-- name: Get :one\nSELECT id\nFROM users`", ["3 select users(id@2)"]),
    "logged": ('log.Printf("DELETE FROM users failed: %s", err)', []),
    "error": ('fmt.Errorf("SELECT id FROM users: %w", err)', []),
    "comment": ('// "SELECT id FROM users"\n/* `\nSELECT id FROM users` */', []),
    "prose": ('x := "select a plan from the list"', []),
    "other_server": ('import "github.com/ClickHouse/clickhouse-go/v2"\nq := "SELECT id FROM users"', []),
}

JAVA = {
    "prepared": ('c.prepareStatement("SELECT id FROM users WHERE name = ?")', ["1 select users(id name)"]),
    "positional": (
        "c.prepareStatement(\"SELECT id FROM users WHERE (a>=? OR b = ?) AND c LIKE ?||'%' AND d ? 'k' LIMIT ?\")",
        ["1 select users(id d c a b)"],
    ),
    "text_block": (
        'var q = """\n    SELECT id\n    FROM users\n    WHERE name = :name\n    """;',
        ["3 select users(id@2 name@4)"],
    ),
    "joined": ('String q = "SELECT id " // all\n + "FROM users";', ["2 select users(id@1)"]),
    "constant": (
        'private static final String T = "users";\nString q = "SELECT id FROM " + T;',
        ["2 select users(id)"],
    ),
    "constant_of_this_class": (
        'class A {\n static final String T = "users";\n String q = "SELECT id FROM " + A.T;\n}',
        ["3 select users(id)"],
    ),
    "constant_of_another_class": (
        'static final String T = "users";\nString q = "SELECT id FROM " + B.T;',
        [f"2 ? {PUT_IN}"],
    ),
    "variable": ('String q = "DELETE FROM " + table + " WHERE id = ?";', [f"1 ? {PUT_IN}"]),
    "formatted": ('String.format("SELECT id FROM %s", t)', [f"1 ? {PUT_IN}"]),
    "formatted_block": ('var q = """\n SELECT id FROM %s\n """.formatted(t);', [f"2 ? {PUT_IN}"]),
    "formatted_value": ('String.format("SELECT id FROM users LIMIT %d", n)', ["1 select users(id)"]),
    "mybatis": (
        '@Update("UPDATE users SET name = #{name} WHERE id = #{id}")',
        ["1 update users(+name id) complete"],
    ),
    "mybatis_table": ('@Select("SELECT id FROM ${table}")', [f"1 ? {PUT_IN}"]),
    "native_query": (
        'import org.springframework.data.jpa.repository.*;\n@Query(value = "SELECT id FROM users", nativeQuery = true)',
        ["2 select users(id)"],
    ),
    "object_query": (
        'import org.springframework.data.jpa.repository.Query;\n@Query("SELECT u FROM User u WHERE u.name = :n")',
        [],
    ),
    "entity_manager": (
        'import jakarta.persistence.EntityManager;\nem.createQuery("SELECT u FROM User u WHERE u.name = 1")',
        [],
    ),
    "native_of_entity_manager": (
        'import jakarta.persistence.EntityManager;\nem.createNativeQuery("SELECT id FROM users")',
        ["2 select users(id)"],
    ),
    "call": ('c.prepareCall("{call close_account(?)}")', ["1 call close_account(#1)"]),
    "two_concatenations": (
        'f("SELECT id " + "FROM users", "SELECT id " + "FROM teams");',
        ["1 select users(id)", "1 select teams(id)"],
    ),
    "thrown": ('throw new IllegalStateException("DELETE FROM users, teams");', []),
    "comment": ('/* "SELECT id FROM users" */', []),
}

KOTLIN = {
    "plain": ('jdbc.queryForObject("SELECT id FROM users WHERE name = ?", n)', ["1 select users(id name)"]),
    "raw": (
        'val q = """\n    SELECT id\n    FROM users\n    WHERE name = :name\n""".trimIndent()',
        ["3 select users(id@2 name@4)"],
    ),
    "value": ('val q = "SELECT id FROM users WHERE name = $name"', ["1 select users(id name)"]),
    "value_of_an_expression": ('val q = "SELECT id FROM users WHERE name = ${u.name}"', ["1 select users(id name)"]),
    "table": ('db.query("SELECT id FROM $table")', [f"1 ? {PUT_IN}"]),
    "table_of_an_expression": ('db.query("""SELECT id FROM ${t.name}""")', [f"1 ? {PUT_IN}"]),
    "constant": ('const val T = "users"\nval q = "SELECT id FROM ${T}"', ["2 select users(id)"]),
    "constant_joined": ('const val T = "users"\nval q = "SELECT id FROM " + T', ["2 select users(id)"]),
    "joined": ('val q = "SELECT id " +\n "FROM users"', ["2 select users(id@1)"]),
    "format": ('val q = "SELECT id FROM %s".format(t)', [f"1 ? {PUT_IN}"]),
    "insert": (
        'dsl.execute("""\nINSERT INTO users\n (id, name)\nVALUES (?, ?)""")',
        ["2 insert users(+id@3 +name@3) complete"],
    ),
    "numbered": ('client.preparedQuery("SELECT id FROM users WHERE n = \\$1")', ["1 select users(id n)"]),
    "room": ('import androidx.room.Query\n@Query("SELECT id FROM users")', []),
    "object_query": (
        'import org.springframework.data.jpa.repository.Query\n@Query("SELECT u FROM User u WHERE u.n = 1")',
        [],
    ),
    "logged": ('log.info("UPDATE users SET name = 1")', []),
    "comment": ('// "SELECT id FROM users"', []),
}

CSHARP = {
    "plain": ('c.QueryAsync<User>("SELECT id FROM users WHERE name = @name")', ["1 select users(id name)"]),
    "verbatim": (
        'var q = @"\n  SELECT ""Id""\n  FROM ""Users""\n  WHERE ""Name"" = @name";',
        ["3 select Users(Id@2 Name@4)"],
    ),
    "raw": ('var q = """\n  SELECT id\n  FROM users\n  """;', ["3 select users(id@2)"]),
    "interpolated_value": ('db.Users.FromSql($"SELECT id FROM users WHERE n = {n}")', ["1 select users(id n)"]),
    "interpolated_table": ('c.Execute($"DELETE FROM {table} WHERE id = 1")', [f"1 ? {PUT_IN}"]),
    "interpolated_constant": (
        'const string T = "users";\nvar q = $"SELECT id FROM {T}";',
        ["2 select users(id)"],
    ),
    "interpolated_verbatim": ('var q = $@"SELECT id\nFROM users\nWHERE n = {n}";', ["2 select users(id@1 n@3)"]),
    "interpolated_raw": ('var q = $"""\n  SELECT id\n  FROM users\n  """;', ["3 select users(id@2)"]),
    "joined": ('var q = "SELECT id " +\n "FROM users";', ["2 select users(id@1)"]),
    "readonly": (
        'private static readonly string T = "users";\nvar q = "SELECT id FROM " + T;',
        ["2 select users(id)"],
    ),
    "format": ('string.Format("SELECT id FROM {0} WHERE n = {1}", t, n)', [f"1 ? {PUT_IN}"]),
    "format_constant": (
        'const string T = "users";\nstring.Format("SELECT id FROM {0} WHERE n = {1}", T, n)',
        ["2 select users(id n)"],
    ),
    "command": ('new NpgsqlCommand("insert into users (id) values (@id)", c)', ["1 insert users(+id) complete"]),
    "command_text": ('cmd.CommandText = "UPDATE users SET name = @n";', ["1 update users(+name) complete"]),
    "logged": ('logger.LogError("DELETE FROM users, {0}", x);', []),
    "comment": ('// "SELECT id FROM users"', []),
    "linq": ("var q = from u in db.Users\nselect u.Name;", []),
}


@pytest.mark.parametrize("case", GO)
def test_go(case):
    source, expected = GO[case]
    assert shown("a.go", source) == expected


def test_what_certainly_is_sql_and_cannot_be_read_is_told():
    (line,) = shown("a.go", '\n\ndb.Exec("SELECT id FROM users WHERE (")')
    assert line.startswith("3 ? the SQL could not be parsed")


@pytest.mark.parametrize("case", JAVA)
def test_java(case):
    source, expected = JAVA[case]
    assert shown("A.java", source) == expected


@pytest.mark.parametrize("case", KOTLIN)
def test_kotlin(case):
    source, expected = KOTLIN[case]
    assert shown("a.kt", source) == expected


@pytest.mark.parametrize("case", CSHARP)
def test_csharp(case):
    source, expected = CSHARP[case]
    assert shown("A.cs", source) == expected


@pytest.mark.parametrize("path", ["a.go", "A.java", "a.kt", "A.cs", "a.php", "a.rb", "a.ex"])
@pytest.mark.parametrize(
    "source",
    ['"SELECT id FROM users', "(" * 5_000 + '"SELECT id FROM users"', "\x00\xff`SELECT`", '"SELECT ' + "\\" * 9_999],
)
def test_what_does_not_parse_is_no_failure(path, source):
    prefix = "<?php " if path.endswith("php") else ""
    for line in shown(path, prefix + source):
        assert "users" in line or "nested" in line
