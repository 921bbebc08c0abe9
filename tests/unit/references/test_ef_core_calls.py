# ruff: noqa: E501 - a snippet of code is easier to read on one line
"""LINQ on the sets of EF Core's contexts, resolved through the classes and contexts of other files."""

import pytest

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


def query(code: str) -> list[str]:
    return shown(f"class A {{ private readonly Db _ctx; async Task M(string e, string c) {{ {code} }} }}")


CHAINS = {
    "where": ("_ctx.Users.Where(u => u.Email == e).ToList();", [f"{USERS}(mail)"]),
    "select": ("_ctx.Users.Select(u => new { u.Id, Mail = u.Email });", [f"{USERS}(Id mail)"]),
    "typed_select": ("_ctx.Users.Select(u => new Row { Id = u.Id });", [f"{USERS}(Id)"]),
    "orders": ("_ctx.Users.OrderBy(u => u.Name).ThenByDescending(u => u.SeenAt);", [f"{USERS}(Name SeenAt)"]),
    "first": ("await _ctx.Users.FirstOrDefaultAsync(u => u.Email == e);", [f"{USERS}(mail)"]),
    "any_after_where": (
        "_ctx.Users.AsNoTracking().Where(u => u.Id > 1).Any(u => u.Name != null);",
        [f"{USERS}(Id Name)"],
    ),
    "count": ("_ctx.Users.Count();", [f"{USERS}()"]),
    "group": ("_ctx.Users.GroupBy(u => u.TeamId).Select(g => g.Key);", [f"{USERS}(TeamId)"]),
    "max": ("_ctx.Users.MaxAsync(u => u.SeenAt.Value.Year);", [f"{USERS}(SeenAt)"]),
    "method_of_a_text": ("_ctx.Users.Where(u => u.Email.ToLower().Contains(e));", [f"{USERS}(mail)"]),
    "over_a_navigation": (
        'await _ctx.Users.Where(u => u.Team.Title == "x").ToListAsync();',
        [f"{USERS}()", "1 select Teams(Title)"],
    ),
    "inside_a_collection": (
        "_ctx.Users.Where(u => u.Posts.Any(p => p.Title == e && p.UserId == u.Id));",
        [f"{USERS}(Id)", "1 select blog.posts(Title UserId)"],
    ),
    "select_many": (
        "_ctx.Teams.SelectMany(t => t.Users).Where(u => u.Email == e);",
        ["1 select Teams()", f"{USERS}(mail)"],
    ),
    "include": ("_ctx.Users.Include(u => u.Team).Where(u => u.Id == 1);", [f"{USERS}(Id)", "1 select Teams()"]),
    "then_include": (
        "_ctx.Teams.Include(t => t.Users).ThenInclude(u => u.Posts.Where(p => p.Title != e)).ToList();",
        ["1 select Teams()", f"{USERS}()", "1 select blog.posts(Title)"],
    ),
    "include_by_text": ('_ctx.Users.Include("Posts").ToList();', [f"{USERS}()", "1 select blog.posts()"]),
    "join": (
        "_ctx.Users.Join(_ctx.Posts, u => u.Id, p => p.UserId, (u, p) => new { u.Name });",
        [f"{USERS}(Id)", "1 select blog.posts(UserId)"],
    ),
    "set_of_a_class": ("_ctx.Set<User>().Where(u => u.Email == e);", [f"{USERS}(mail)"]),
    "column_of_the_fluent_interface": ("_ctx.Posts.Where(p => p.Kind == Kind.Note);", ["1 select blog.posts(kind)"]),
    "enum_of_another_file": ("_ctx.Users.Where(u => u.Kind == Kind.Guest);", [f"{USERS}(Kind)"]),
    "execute_update": (
        "_ctx.Users.Where(u => u.Id == 1).ExecuteUpdateAsync(s => s.SetProperty(u => u.Email, e).SetProperty(u => u.Name, u => u.Email));",
        ["1 update Users(+mail +Name Id mail)"],
    ),
    "execute_delete": ("_ctx.Users.Where(u => u.SeenAt == null).ExecuteDelete();", ["1 delete Users(SeenAt)"]),
    "add": ("_ctx.Users.Add(new User { Email = e, Name = c, Label = c });", ["1 insert Users(+mail +Name)"]),
    "add_of_a_variable": ("_ctx.Users.Add(user);", []),
    "remove": ("_ctx.Users.Remove(user);", ["1 delete Users()"]),
    "find": ("await _ctx.Users.FindAsync(1);", [f"{USERS}()"]),
    "shadow_property": ('_ctx.Users.OrderBy(u => EF.Property<string>(u, "Name"));', [f"{USERS}(Name)"]),
    "property_of_a_variable": (
        "_ctx.Users.OrderBy(u => EF.Property<object>(u, c));",
        [f"{USERS}()", "1 ? a property is chosen while the program runs"],
    ),
    "not_mapped": ("_ctx.Users.Select(u => u.Label);", [f"{USERS}()"]),
    "computed": ("_ctx.Users.Select(u => u.Full);", [f"{USERS}()"]),
    "method_that_is_not_known": ("_ctx.Users.Visible().Where(u => u.Email == e);", [f"{USERS}()"]),
    "rows_of_another_shape": ("_ctx.Users.Select(u => u.Name).Where(u => u.Email == e);", [f"{USERS}(Name)"]),
    "set_that_no_context_has": ("_ctx.People.Where(u => u.Email == e);", []),
    "list_of_an_object": ("team.Users.Where(u => u.Email == e);", []),
    "lambda_with_another_name": ("_ctx.Users.Where(u => list.Any(x => x.Email == u.Name));", [f"{USERS}(Name)"]),
    "lambda_that_hides_a_name": ("_ctx.Users.Where(u => list.Any(u => u.Email == e));", [f"{USERS}()"]),
    "this": ("this._ctx.Users.Where(u => u.Email == e);", [f"{USERS}(mail)"]),
    "union": (
        "_ctx.Users.Where(u => u.Id == 1).Union(_ctx.Users.Where(u => u.Email == e));",
        [f"{USERS}(Id)", f"{USERS}(mail)"],
    ),
    "variable": (
        "var q = _ctx.Users.Where(u => u.Id == 1); var l = q.OrderBy(u => u.Name).ToList();",
        [f"{USERS}(Id)", f"{USERS}(Name)"],
    ),
    "variable_given_itself": (
        "var q = _ctx.Users.AsQueryable(); q = q.Where(u => u.Email == e); q.ToList();",
        [f"{USERS}()", f"{USERS}(mail)", f"{USERS}()"],
    ),
    "variable_given_something_else": (
        "var q = _ctx.Users.Where(u => u.Id == 1); q = other; q.Where(u => u.Email == e);",
        [f"{USERS}(Id)"],
    ),
    "query_expression": (
        "var r = from u in _ctx.Users where u.Email == e orderby u.Name select u.Id;",
        [f"{USERS}(mail Name Id)"],
    ),
    "query_expression_with_a_join": (
        "var r = from u in _ctx.Users join p in _ctx.Posts on u.Id equals p.UserId select new { u.Name, p.Title };",
        [f"{USERS}(Id Name)", "1 select blog.posts(UserId Title)"],
    ),
    "query_expression_over_a_navigation": (
        "var r = from u in _ctx.Users from p in u.Posts select p.Title;",
        [f"{USERS}()", "1 select blog.posts(Title)"],
    ),
    "query_expression_of_a_list": ("var r = from u in users where u.Email == e select u.Id;", []),
    "raw": (
        '_ctx.Users.FromSqlRaw("select * from \\"Users\\"").Where(u => u.Email == e);',
        [f"{USERS}(mail)", f"{USERS}() *"],
    ),
}


@pytest.mark.parametrize("case", CHAINS)
def test_a_query_on_a_context(case):
    code, expected = CHAINS[case]
    assert query(code) == expected


CONTEXTS = {
    "parameter": "class A { void M(Db db) { db.Users.Any(u => u.Email == null); } }",
    "primary_constructor": "class A(Db db) { void M() { db.Users.Any(u => u.Email == null); } }",
    "made": "class A { void M() { using var db = new Db(); db.Users.Any(u => u.Email == null); } }",
    "service": "class A { void M(X s) { var db = s.GetRequiredService<Db>(); db.Users.Any(u => u.Email == null); } }",
    "factory": "class A(IDbContextFactory<Db> f) { void M() { var db = f.CreateDbContext(); db.Users.Any(u => u.Email == null); } }",
    "query_of_a_parameter": "static class A { static void M(this IQueryable<User> q) { q.Any(u => u.Email == null); } }",
}


@pytest.mark.parametrize("case", CONTEXTS)
def test_a_context_is_known_by_its_declaration(case):
    assert shown(CONTEXTS[case]) == [f"{USERS}(mail)"]


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
