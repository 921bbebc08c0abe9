"""SQL in the strings of Ruby, PHP and Elixir."""

import pytest

from support.reference_lines import shown

PUT_IN = "table name is put in by the code"

RUBY = {
    "heredoc": (
        "conn.execute(<<~SQL, 1)\n  SELECT id\n  FROM users\n  WHERE name = 'a'\nSQL",
        ["3 select users(id@2 name@4)"],
    ),
    "heredoc_of_the_old_kind": ("q = <<-'SQL'\n  SELECT id\n  FROM users\n  SQL", ["3 select users(id@2)"]),
    "two_heredocs": (
        "f(<<~A, <<~B)\n  SELECT id FROM users\nA\n  SELECT id FROM teams\nB",
        ["2 select users(id)", "4 select teams(id)"],
    ),
    "heredoc_squished": ("q = <<~SQL.squish\n  DELETE FROM users\n  WHERE id = 1\nSQL", ["2 delete users(id@3)"]),
    "heredoc_value": ("q = <<~SQL\n  SELECT id FROM users\n  WHERE a = #{a}\nSQL", ["2 select users(id a@3)"]),
    "heredoc_table": ("q = <<~SQL\n  SELECT id\n  FROM #{table_name}\nSQL", [f"3 ? {PUT_IN}"]),
    "single": ("execute('UPDATE users SET name = 1')", ["1 update users(+name) complete"]),
    "without_parentheses": ('execute "select id from users"', ["1 select users(id)"]),
    "interpolated_constant": ('T = "users"\nexecute("SELECT id FROM #{T}")', ["2 select users(id)"]),
    "frozen_constant": ("T = 'users'.freeze\nexecute(\"SELECT id FROM #{T}\")", ["2 select users(id)"]),
    "interpolated_table": ('execute("SELECT id FROM #{table}")', [f"1 ? {PUT_IN}"]),
    "part_of_a_name": ('execute("SELECT id FROM log_#{year}")', [f"1 ? {PUT_IN}"]),
    "joined": ("q = 'SELECT id ' +\n 'FROM users'", ["2 select users(id@1)"]),
    "side_by_side": ("q = 'SELECT id ' \\\n 'FROM users'", ["2 select users(id@1)"]),
    "percent_literal": ("q = %q(SELECT id FROM users)", ["1 select users(id)"]),
    "formatted": ('q = format("SELECT id FROM %s", t)', [f"1 ? {PUT_IN}"]),
    "formatted_by_operator": ('q = "SELECT id FROM users WHERE n = %d" % n', ["1 select users(id n)"]),
    "in_a_list": ('User.find_by_sql(["select id from users where n = ?", 1])', ["1 select users(id n)"]),
    "named": ('User.find_by_sql(["select id from users where n = :n", n: 1])', ["1 select users(id n)"]),
    "fragment": ('User.where("name = ? AND age > 1", n)', []),
    "raised": ('raise "DELETE FROM users, teams"', []),
    "comment": ('# "SELECT id FROM users"', []),
    "prose": ('label "Select a plan from the list"', []),
}

PHP = {
    "single": ("$pdo->prepare('SELECT id FROM users WHERE n = :n');", ["1 select users(id n)"]),
    "double": ('$db->query("SELECT id FROM users WHERE n = $n");', ["1 select users(id n)"]),
    "value_in_braces": ('$db->query("SELECT id FROM users WHERE n = {$u->n}");', ["1 select users(id n)"]),
    "quoted_value": ("$q = \"SELECT id FROM users WHERE n = '$n'\";", ["1 select users(id n)"]),
    "table": ('$db->query("SELECT id FROM $table");', [f"1 ? {PUT_IN}"]),
    "property": ('$db->query("SELECT id FROM {$this->table}");', [f"1 ? {PUT_IN}"]),
    "property_with_a_value": (
        "class A { protected $table = 'users';\nfunction f() { $q = \"SELECT id FROM {$this->table}\"; } }",
        ["2 select users(id)"],
    ),
    "constant": (
        "class A { const T = 'users';\nfunction f() { $q = 'SELECT id FROM ' . self::T; } }",
        ["2 select users(id)"],
    ),
    "joined": ("$q = 'SELECT id '\n . 'FROM users '\n . $where;", ["2 select users(id@1)"]),
    "joined_table": ("$q = 'SELECT id FROM ' . $table . ' WHERE a = 1';", [f"1 ? {PUT_IN}"]),
    "heredoc": (
        "$q = <<<SQL\n  SELECT id, $more\n  FROM users\n  WHERE n = :n\n  SQL;",
        ["3 select users(id@2 n@4)"],
    ),
    "nowdoc": ("$q = <<<'SQL'\nSELECT id\nFROM users\nSQL;", ["3 select users(id@2)"]),
    "repeated_values": (
        "$q = 'SELECT id FROM users WHERE a IN (' . str_repeat('?,', $n - 1) . '?)';",
        ["1 select users(id a)"],
    ),
    "formatted": ("$q = sprintf('SELECT id FROM %s WHERE n = %d', $t, $n);", [f"1 ? {PUT_IN}"]),
    "formatted_value": ("$q = sprintf('SELECT id FROM users WHERE n = %d', $n);", ["1 select users(id n)"]),
    "laravel": ("DB::select('select id from users where n = ?', [1]);", ["1 select users(id n)"]),
    "escaped": ("$q = 'SELECT id FROM users WHERE n = \\'a\\'';", ["1 select users(id n)"]),
    "object_query": ("use Doctrine\\ORM\\X;\n$em->createQuery('SELECT u FROM App\\User u WHERE u.n = 1');", []),
    "html": ("?><p>\nSELECT id FROM users\n</p>", []),
    "echoed": ("echo 'DELETE FROM users, teams';", []),
    "comment": ("// 'SELECT id FROM users'", []),
}

ELIXIR = {
    "plain": ('Repo.query!("SELECT id FROM users WHERE n = $1", [n])', ["1 select users(id n)"]),
    "lower_case": ('SQL.query!(Repo, "select id from users", [])', ["1 select users(id)"]),
    "heredoc": (
        'q = """\n  SELECT id\n  FROM users\n  WHERE n = $1\n"""',
        ["3 select users(id@2 n@4)"],
    ),
    "sigil": ("q = ~s(SELECT id FROM users)", ["1 select users(id)"]),
    "raw_sigil_heredoc": ('q = ~S"""\n  DELETE FROM users\n  WHERE id = $1\n"""', ["2 delete users(id@3)"]),
    "interpolated_value": ('q = "SELECT id FROM users WHERE n = #{n}"', ["1 select users(id n)"]),
    "interpolated_table": ('Repo.query!("TRUNCATE TABLE #{table}")', [f"1 ? {PUT_IN}"]),
    "attribute": ('@table "users"\nq = "SELECT id FROM #{@table}"', ["2 select users(id)"]),
    "attribute_joined": ('@table "users"\nq = "SELECT id FROM " <> @table', ["2 select users(id)"]),
    "attribute_set_twice": (
        '@table "users"\n@table "teams"\nq = "SELECT id FROM " <> @table',
        [f"3 ? {PUT_IN}"],
    ),
    "joined": ('q = "SELECT id " <>\n "FROM users"', ["2 select users(id@1)"]),
    "joined_variable": ('q = "SELECT id FROM " <> table', [f"1 ? {PUT_IN}"]),
    "piped": ('"UPDATE users SET name = $1" |> Repo.query!([n])', ["1 update users(+name) complete"]),
    "upsert": (
        (
            'q = """\nINSERT INTO users (id, name) VALUES ($1, $2)\n'
            'ON CONFLICT (id) DO UPDATE SET name = excluded.name\n"""'
        ),
        ["2 upsert users(+id +name +name@3 name@3 id@3) complete conflict=id"],
    ),
    "documentation": ('@doc """\nSELECT id FROM users, teams\n"""', []),
    "raised": ('raise "DELETE FROM users, teams"', []),
    "comment": ('# "SELECT id FROM users"', []),
    "ecto_query": ("from u in User, select: u.name", []),
}


@pytest.mark.parametrize("case", RUBY)
def test_ruby(case):
    source, expected = RUBY[case]
    assert shown("a.rb", source) == expected


@pytest.mark.parametrize("case", PHP)
def test_php(case):
    source, expected = PHP[case]
    assert shown("a.php", f"<?php {source}") == expected


@pytest.mark.parametrize("case", ELIXIR)
def test_elixir(case):
    source, expected = ELIXIR[case]
    assert shown("a.ex", source) == expected
