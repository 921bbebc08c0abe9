"""Laravel: what Eloquent names by itself, and query chains."""

import pytest

from support.entity_lines import mapped

USE = "<?php\nuse Illuminate\\Database\\Eloquent\\Model;\nuse Illuminate\\Support\\Facades\\DB;\n"


def model(body, name="User", base="Model"):
    return f"{USE}class {name} extends {base} {{\n{body}\n}}"


def both(table, written="created_at updated_at", read="id"):
    columns = " ".join("+" + name for name in written.split())
    return [*([f"4 insert {table}({columns})"] if written else []), f"4 select {table}({read}) *"]


MODELS = {
    "defaults": ("", both("users")),
    "table": ("protected $table = 'people';", both("people")),
    "table_in_a_schema": ('protected $table = "crm.people";', both("crm.people")),
    "fillable": ("protected $fillable = [\n'email',\n'name'];", both("users", "created_at updated_at email@6 name@7")),
    "attributes": ("protected $attributes = ['state' => 'new'];", both("users", "created_at updated_at state@5")),
    "no_time_stamps": ("public $timestamps = false;", both("users", "")),
    "other_time_stamps": ("const CREATED_AT = 'made';\nconst UPDATED_AT = null;", both("users", "made@5")),
    "key": ("protected $primaryKey = 'uuid';", both("users", read="uuid")),
    "key_of_the_code": ("protected $primaryKey = self::KEY;", both("users", read="")),
    "soft": (
        "use \\Illuminate\\Database\\Eloquent\\SoftDeletes;",
        both("users", read="id deleted_at"),
    ),
    "casts": ("protected $casts = ['meta' => 'array'];", both("users")),
    "guarded": ("protected $guarded = ['id'];", both("users")),
    "hidden": ("protected $hidden = ['password'];\nprotected $appends = ['x'];", both("users")),
    "table_of_the_code": (
        "protected $table = self::T;",
        ["4 ? the table of the model `User` is not known: the code makes its name when it runs"],
    ),
    "another_connection": ("protected $connection = 'legacy';", []),
}


@pytest.mark.parametrize("case", MODELS)
def test_a_model_names_what_it_sends_by_itself(case):
    body, expected = MODELS[case]
    assert mapped({"User.php": model(body)}) == expected


NAMES = {"Category": "categories", "UserSSHKey": "user_s_s_h_keys", "Person": "people", "BlogPost": "blog_posts"}


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_the_plural_of_its_class(name):
    assert mapped({"A.php": model("", name)}) == both(NAMES[name])


def test_a_base_of_the_project_hands_its_table_and_time_stamps_down():
    base = model("public $timestamps = false;\nprotected $table = 'things';", "Base").replace("class", "abstract class")
    child = model("protected $fillable = ['a'];", "Thing", "Base")
    assert mapped({"Base.php": base, "Thing.php": child}) == ["4 insert things(+a@5)", "4 select things(id) *"]


def test_a_child_turns_time_stamps_off_that_its_base_has():
    child = model("public $timestamps = false;", "Thing", "Base")
    base = model("", "Base").replace("class", "abstract class")
    assert mapped({"Base.php": base, "Thing.php": child}) == ["4 select things(id) *"]


CHAINS = {
    "where": ("DB::table('users')->where('email', $x)->get()", "4 select users(email) *"),
    "select": ("DB::table('users')->select('id', 'name as n')->first()", "4 select users(id name)"),
    "list": ("DB::table('users')->select(['id', 'name'])->get()", "4 select users(id name)"),
    "lines": ("DB::table('users')\n->whereNull('a')\n->orderBy('b')\n->count()", "4 select users(a@5 b@6)"),
    "alias": ("DB::table('users as u')->where('u.a', 1)->value('b')", "4 select users(a b)"),
    "insert": ("DB::table('users')->insert(['a' => 1, 'b' => $b])", "4 insert users(+a +b) complete"),
    "rows": ("DB::table('users')->insert([['a' => 1], ['a' => 2]])", "4 insert users(+a) complete"),
    "some_rows": ("DB::table('users')->insert(['a' => 1, $k => 2])", "4 insert users(+a)"),
    "spread": ("DB::table('users')->insert(['a' => 1, ...$more])", "4 insert users(+a)"),
    "variable": ("DB::table('users')->insert($rows)", "4 insert users()"),
    "update": ("DB::table('users')->where('id', 1)->update(['a' => 2])", "4 update users(id +a)"),
    "delete": ("DB::table('users')->where('id', 1)->delete()", "4 delete users(id)"),
    "increment": ("DB::table('users')->increment('votes')", "4 update users(+votes)"),
    "upsert": (
        "DB::table('users')->upsert([['a' => 1, 'b' => 2]], ['a'], ['b'])",
        "4 upsert users(+a +b) complete conflict=a",
    ),
    "after_the_query": ("DB::table('users')->select('a')->get()->where('b', 1)", "4 select users(a)"),
    "json": ("DB::table('users')->where('meta->theme', 'x')->exists()", "4 select users(meta)"),
    "schema": ("DB::table('crm.users')->pluck('a')", "4 select crm.users(a)"),
}


@pytest.mark.parametrize("case", CHAINS)
def test_a_chain_names_columns_of_its_table(case):
    chain, expected = CHAINS[case]
    assert mapped({"a.php": f"{USE}{chain};"}) == [expected]


def test_columns_of_a_join_belong_to_the_table_that_qualifies_them():
    chain = "DB::table('users')->join('posts as p', 'p.user_id', '=', 'users.id')->where('t', 1)->select('p.a')->get()"
    assert mapped({"a.php": f"{USE}{chain};"}) == ["4 select users(id)", "4 select posts(user_id a)"]


NOTHING = {
    "plain_class": "<?php\nnamespace App\\Models;\nclass A extends B { protected $table = 1; }",
    "abstract": model("").replace("class", "abstract class"),
    "document_store": "<?php\nuse MongoDB\\Laravel\\Eloquent\\Model;\nclass A extends Model { public $table = 'a'; }",
    "controller": "<?php\nuse Illuminate\\Routing\\Controller;\nclass UserController extends Controller {}",
    "variable_table": f"{USE}DB::table($t)->where('a', 1)->get();",
    "interpolated": f'{USE}DB::table("x_{{$t}}")->get();',
    "comment": f"{USE}// DB::table('users')->get();",
    "string": f"{USE}$a = \"DB::table('users')\";",
    "another_table": f"{USE}$this->table('users')->where('a', 1);",
    "interface": f"{USE}interface A extends Model {{}}",
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_names_no_table_is_left_alone(case):
    assert mapped({"a.php": NOTHING[case]}) == []
