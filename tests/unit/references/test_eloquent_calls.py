"""Laravel: queries through Eloquent's models, held to labelled snippets."""

import pytest

from midflight.references.languages import extract
from midflight.references.linking import link, models_of, renamed
from support.reference_lines import lines

MODEL = "<?php\nnamespace App\\Models;\nuse Illuminate\\Database\\Eloquent\\Model;\n"
USER = f"""{MODEL}
class User extends Model {{
    protected $fillable = ['email', 'name', 'password', 'meta'];
    protected $hidden = ['password'];
    public function setPasswordAttribute($value) {{ }}
    public function posts() {{ return $this->hasMany(Post::class); }}
    public function team() {{ return $this->belongsTo(Team::class, 'group_id'); }}
    public function roles() {{ return $this->belongsToMany(Role::class)->withPivot('level'); }}
    public function scopeActive($query) {{ return $query->where('active', 1); }}
    public static function search($term) {{ return new Results($term); }}
}}
"""
POST = f"{MODEL}class Post extends Model {{ protected $table = 'articles'; protected $guarded = ['secret'];\n"
POST += "public function comments() { return $this->hasMany(Comment::class, 'article_id'); } }"
FILES = {
    "app/Models/User.php": USER,
    "app/Models/Post.php": POST,
    "app/Models/Comment.php": f"{MODEL}class Comment extends Model {{}}",
    "app/Models/Team.php": f"{MODEL}class Team extends Model {{ protected $primaryKey = 'uuid'; }}",
    "app/Models/Role.php": f"{MODEL}class Role extends Model {{}}",
    "app/Models/Tagged.php": f"{MODEL}class Tagged extends Model {{ use \\App\\Concerns\\HasTags; }}",
    "app/Models/Hidden.php": f"{MODEL}class Hidden extends Foreign {{ }}",
}
CALLER = "<?php\nnamespace App\\Http;\nuse App\\Models\\{User, Post, Tagged, Hidden};\n"


def calls(body, path="app/Http/A.php", caller=CALLER):
    """What the calls of one file reach through the models of the others."""
    found = {name: extract(name, text.encode()) for name, text in {**FILES, path: caller + body}.items()}
    linked = link(found[path], models_of(found.values()))
    own = found[path]
    joined = type(own)((*own.references, *linked.references), (*own.unresolved, *linked.unresolved))
    return lines(joined)


NAMED = {
    "where": ("User::where('email', $x)->get();", ["4 select users(email) *"]),
    "operator": ("User::where('email', '=', $x)->exists();", ["4 select users(email)"]),
    "array": ("User::where(['email' => 1, 'name' => 2])->first();", ["4 select users(email name) *"]),
    "conditions": ("User::where([['age', '>', 1], ['name', 'x']])->count();", ["4 select users(age name)"]),
    "where_in": ("User::whereIn('id', [1])->orWhereNull('name')->get();", ["4 select users(id name) *"]),
    "date": ("User::query()->whereDate('born', $d)->exists();", ["4 select users(born)"]),
    "json": ("User::where('meta->theme', 'x')->exists();", ["4 select users(meta)"]),
    "order": ("User::orderBy('name')->orderByDesc('age')->get();", ["4 select users(name age) *"]),
    "latest": ("User::latest('seen_at')->first();", ["4 select users(seen_at) *"]),
    "latest_stamp": ("User::latest()->first();", ["4 select users(created_at) *"]),
    "group": ("User::groupBy('team')->having('team', '>', 1)->get();", ["4 select users(team) *"]),
    "select": ("User::select('id', 'name')->addSelect('age')->get();", ["4 select users(id name age)"]),
    "alias": ("User::select('name as n')->orderBy('n')->get();", ["4 select users(name)"]),
    "get_columns": ("User::where('a', 1)->get(['id', 'name']);", ["4 select users(a id name) *"]),
    "pluck": ("User::pluck('name', 'id');", ["4 select users(name id)"]),
    "value": ("User::where('id', 1)->value('name');", ["4 select users(id name)"]),
    "sum": ("User::sum('votes');", ["4 select users(votes)"]),
    "max": ("User::max('age');", ["4 select users(age)"]),
    "count": ("User::count();", ["4 select users()"]),
    "find": ("User::find(1);", ["4 select users(id) *"]),
    "find_columns": ("User::findOrFail($id, ['name']);", ["4 select users(id name) *"]),
    "key_of_its_own": ("\\App\\Models\\Team::find(1);", ["4 select teams(uuid) *"]),
    "first_where": ("User::firstWhere('email', $x);", ["4 select users(email)"]),
    "increment": ("User::where('id', 1)->increment('votes', 2, ['name' => 1]);", ["4 update users(id +votes +name)"]),
    "update": ("User::where('id', 1)->update(['admin' => true]);", ["4 update users(id +admin)"]),
    "create": ("User::create(['email' => $e, 'name' => $n]);", ["4 insert users(+email +name)"]),
    "insert": ("User::insert([['a' => 1], ['a' => 2]]);", ["4 insert users(+a) complete"]),
    "upsert": (
        "User::upsert([['a' => 1, 'b' => 2]], ['a'], ['b']);",
        ["4 upsert users(+a +b) complete conflict=a"],
    ),
    "update_or_create": (
        "User::updateOrCreate(['token' => $t],\n['name' => $n]);",
        ["4 update users(token +name@5) *"],
    ),
    "first_or_create": ("User::firstOrCreate(['email' => $e], ['name' => 1]);", ["4 insert users(email +name) *"]),
    "delete": ("User::where('old', 1)->delete();", ["4 delete users(old)"]),
    "dynamic": ("User::whereEmail($x)->first();", ["4 select users(email) *"]),
    "dynamic_two": ("User::whereEmailAndFirstName($x, $y)->exists();", ["4 select users(email first_name)"]),
    "scope": ("User::active()->where('name', 1)->exists();", ["4 select users(name)"]),
    "lines": ("User::query()\n->where('a', 1)\n->whereNull('b')\n->exists();", ["4 select users(a@5 b@6)"]),
    "closure": (
        "User::where(function ($q) use ($x) {\n$q->where('a', $x)\n->orWhere('b', 1); })->exists();",
        ["4 select users()", "5 select users(a b@6)"],
    ),
    "arrow": ("User::when($x, fn ($q) => $q->where('a', 1))->exists();", ["4 select users()", "4 select users(a)"]),
    "with": ("User::with('posts:id,title')->get();", ["4 select users() *", "4 select articles(id title)"]),
    "with_nested": (
        "User::with(['posts.comments'])->get();",
        ["4 select users() *", "4 select articles()", "4 select comments()"],
    ),
    "where_has": (
        "User::whereHas('posts', fn ($q) => $q->where('title', 1))->exists();",
        ["4 select users()", "4 select articles()", "4 select articles(title)"],
    ),
    "where_relation": (
        "User::whereRelation('posts', 'title', 'x')->exists();",
        ["4 select users()", "4 select articles(title)"],
    ),
    "with_sum": ("User::withSum('posts', 'words')->get();", ["4 select users() *", "4 select articles(words)"]),
    "eager_closure": (
        "User::with(['posts' => function ($q) { $q->select('id'); }])->get();",
        ["4 select users() *", "4 select articles()", "4 select articles(id)"],
    ),
    "join": (
        "User::join('teams as t', 't.uuid', '=', 'users.team_id')->where('t.name', 1)->exists();",
        ["4 select users(team_id)", "4 select teams(uuid name)"],
    ),
    "raw": ("User::whereRaw('lower(email) = ?', [$x])->exists();", ["4 select users()", "4 select users(email)"]),
    "variable": (
        "function f() { $q = User::query();\n$q = $q->where('a', 1);\nreturn $q->orderBy('b')->get(); }",
        ["4 select users()", "5 select users(a)", "6 select users(b) *"],
    ),
    "row": ("function f(User $user) { $user->update(['email' => 1]); }", ["4 update users(+email)"]),
    "relation_of_a_row": (
        "function f(User $u) { $u->posts()->where('title', 1)->get(); }",
        ["4 select articles(title) *"],
    ),
    "found_row": (
        "$x = User::find(1)->posts()->pluck('title');",
        ["4 select users(id) *", "4 select articles(title)"],
    ),
    "guarded_by_the_model": ("Post::create(['title' => 1, 'secret' => 2]);", ["4 insert articles(+title)"]),
    "alias_of_a_class": ("\\App\\Models\\Post::where('x', 1)->exists();", ["4 select articles(x)"]),
    "qualified": ("User::where('users.email', 1)->exists();", ["4 select users(email)"]),
}


@pytest.mark.parametrize("case", NAMED)
def test_a_query_names_columns_of_the_table_of_its_model(case):
    body, expected = NAMED[case]
    assert calls(body) == expected


NOTHING = {
    "unknown_class": "Customer::where('email', 1)->get();",
    "other_namespace": "\\Vendor\\User::where('email', 1)->get();",
    "base_not_read": "Hidden::where('a', 1)->get();",
    "own_static_method": "User::search('x')->where('a', 1)->get();",
    "factory": "User::factory()->create(['nick' => 1]);",
    "collection": "collect($x)->where('a', 1)->sortBy('b');",
    "unknown_variable": "$query->where('a', 1)->get();",
    "two_kinds_of_variable": (
        "function f($x) { if ($x) { $q = Post::query(); } else { $q = User::query(); } $q->where('a', 1); }"
    ),
    "loop_variable": "function f() { $q = User::query(); foreach ($x as $q) { $q->where('a', 1); } }",
    "comment": "// User::where('a', 1)->get();",
    "text": "$a = 'User::where(\"a\", 1)';",
    "request": "$request->where('a', 1); Cache::get('a'); Route::get('a', 1); Log::create(['a' => 1]);",
    "no_relation": "function f(User $u) { $u->settings()->where('a', 1)->get(); }",
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_is_no_query_of_a_known_model_gives_nothing(case):
    assert [each for each in calls(NOTHING[case]) if "(a" in each or "nick" in each or "email" in each] == []


def test_a_collection_is_not_the_database():
    assert calls("User::get()->where('a', 1)->pluck('b');") == ["4 select users() *"]


def test_an_alias_of_the_query_is_no_column():
    found = calls("User::withCount('posts')->selectRaw('count(*) as n')->orderBy('n')->get();")
    assert not any("(n" in each for each in found)


def test_what_cannot_be_filled_or_is_changed_by_a_mutator_reaches_no_column():
    assert calls("User::create(['admin' => 1, 'password' => 2, 'name' => 3]);") == ["4 insert users(+name)"]


DYNAMIC = {
    "order": ("User::orderBy($sort)->get();", "4 ? a column of `users` is known only when the program runs"),
    "payload": ("User::insert($rows);", "4 ? what is written to `users` is a variable"),
    "attributes": ("User::create($data);", "4 ? what is written to `users` is a variable"),
    "sql": ("User::whereRaw($sql)->get();", "4 ? SQL about `users` is put together when the program runs"),
    "put_in": (
        'User::whereRaw("a = {$x}")->get();',
        "4 ? a condition in SQL beside joins, or put together by PHP",
    ),
    "trait": ("Tagged::whereColour('x')->get();", "4 ? `whereColour` may be a scope of a trait of `Tagged`"),
}


@pytest.mark.parametrize("case", DYNAMIC)
def test_what_only_the_program_knows_is_told_with_its_reason(case):
    body, expected = DYNAMIC[case]
    assert expected in calls(body)


def test_a_closure_or_an_expression_is_no_dynamic_column():
    assert calls("User::orderBy(DB::raw('random()'))->where(fn ($q) => 1)->get();") == ["4 select users() *"]


DECLARED = {
    "has_many": (USER, 9, "select articles(user_id)"),
    "belongs_to": (USER, 10, "select users(group_id)"),
    "pivot": (USER, 11, "select role_user(user_id role_id level)"),
    "scope": (USER, 12, "select users(active)"),
    "has_many_with_a_key": (POST, 5, "select comments(article_id)"),
}


@pytest.mark.parametrize("case", DECLARED)
def test_a_relation_names_the_keys_that_hold_it_together(case):
    text, row, expected = DECLARED[case]
    path = "app/Models/User.php" if text is USER else "app/Models/Post.php"
    assert f"{row} {expected}" in calls("", path, text)


def test_a_table_that_a_method_names_is_not_known():
    text = f"{MODEL}class Log extends Model {{\npublic function getTable() {{ return 'log_' . date('Y'); }} }}\n"
    assert [
        each for each in calls(f"{text}Log::where('level', 1)->get();", "app/Models/Log.php", "") if "level" in each
    ] == []


def test_a_default_key_of_belongs_to_ends_with_the_key_of_the_other_table():
    text = (
        f"{MODEL}class Member extends Model {{\npublic function team() {{ return $this->belongsTo(Team::class); }} }}"
    )
    assert "5 select members(team_uuid)" in calls("", "app/Models/Member.php", text)


def test_the_other_end_of_any_kind_has_a_key_and_a_type():
    text = f"{MODEL}class Note extends Model {{\npublic function about() {{ return $this->morphTo(); }} }}"
    assert calls("", "app/Models/Note.php", text)[-1:] == ["5 select notes(about_type about_id)"]


RULES = {
    "text": ("$rules = ['email' => 'required|unique:users,email'];", "4 select users(email)"),
    "list": ("$rules = ['team' => ['bail', 'exists:teams,uuid']];", "4 select teams(uuid)"),
    "table_alone": ("$rules = ['email' => 'unique:users'];", "4 select users()"),
    "joined": ("$rules = ['email' => 'unique:users,email,' . $id];", "4 select users(email)"),
    "object": ("$x = Rule::exists('teams', 'uuid');", "4 select teams(uuid)"),
    "unique_object": ('$x = [Rule::unique("users", "email")->ignore($id)];', "4 select users(email)"),
}


@pytest.mark.parametrize("case", RULES)
def test_a_rule_names_the_table_in_which_it_looks(case):
    body, expected = RULES[case]
    assert expected in calls(body)


@pytest.mark.parametrize("body", ["$rules = ['a' => \"unique:{$t},a\"];", "$x = 'exists: no'; $rules = 1;"])
def test_a_rule_about_an_unknown_table_gives_nothing(body):
    assert calls(body) == []


GUARDED = {
    "pennant": ("if (Feature::active('new-mail')) { User::where('email', 1)->exists(); }", "new-mail", False),
    "else": ("if (Feature::active('new-mail')) { } else { User::where('email', 1)->exists(); }", "new-mail", True),
    "setting": ("if (config('features.mail')) { User::where('email', 1)->exists(); }", "features.mail", False),
    "not": ("if (!env('USE_MAIL')) { User::where('email', 1)->exists(); }", "USE_MAIL", True),
}


@pytest.mark.parametrize("case", GUARDED)
def test_a_query_behind_a_flag_has_its_guard(case):
    body, flag, negated = GUARDED[case]
    found = {name: extract(name, text.encode()) for name, text in {**FILES, "a.php": CALLER + body}.items()}
    guard = link(found["a.php"], models_of(found.values())).references[0].guard
    assert guard is not None
    assert (guard.flag, guard.negated) == (flag, negated)


def test_a_setting_that_is_no_flag_guards_nothing():
    body = CALLER + "if (config('app.name')) { User::where('email', 1)->exists(); }"
    found = {name: extract(name, text.encode()) for name, text in {**FILES, "a.php": body}.items()}
    assert link(found["a.php"], models_of(found.values())).references[0].guard is None


def test_code_has_other_names_for_a_table_and_its_columns():
    models = models_of(extract(name, text.encode()) for name, text in FILES.items())
    assert {"Post", "posts", "whereUserId"} <= renamed(models, frozenset({"articles", "user_id"}))


def test_deep_code_is_not_analysed():
    deep = "<?php\n$a = User::where(" + "[" * 3_000 + "]" * 3_000 + ");"
    assert [each.reason for each in extract("a.php", deep.encode()).unresolved] == ["the code is nested too deeply"]
