"""Diesel's mapped structs and schema paths, and SQL in the strings of Rust."""

import pytest

from midflight.references.languages import extract
from support.reference_lines import lines, shown

USE = "use diesel::prelude::*;\n"


def struct(derives: str, fields: str, attributes: str = "#[diesel(table_name = posts)]", name: str = "Post") -> str:
    return f"#[derive({derives})]\n{attributes}\npub struct {name} {{\n{fields}\n}}\n"


MODELS = {
    "read": (struct("Queryable, Selectable", "pub id: i32,\npub title: String,"), ["3 select posts(id@4 title@5)"]),
    "qualified_derive": (struct("diesel::Queryable, diesel::Selectable", "pub id: i32,"), ["3 select posts(id@4)"]),
    "insert": (struct("Insertable", "title: &'a str,", name="NewPost<'a>"), ["3 insert posts(+title@4)"]),
    "optional_insert": (struct("Insertable", "note: Option<String>,"), ["3 insert posts(+note@4)"]),
    "update_leaves_the_key_out": (struct("AsChangeset", "id: i32,\ntitle: String,"), ["3 update posts(+title@5)"]),
    "update_with_its_own_key": (
        struct("AsChangeset", "a: i32,\nb: i32,\nid: i32,", "#[diesel(table_name = posts, primary_key(a, b))]"),
        ["3 update posts(+id@6)"],
    ),
    "several_derives": (
        struct("Insertable, AsChangeset, Queryable", "title: String,"),
        ["3 insert posts(+title@4)", "3 update posts(+title@4)", "3 select posts(title@4)"],
    ),
    "identifiable_alone_reads_the_key": (
        struct("Identifiable", "id: i32,\ntitle: String,"),
        ["3 select posts(id@4)"],
    ),
    "path_to_the_table": (
        struct("Selectable", "id: i32,", "#[diesel(table_name = crate::schema::posts)]"),
        ["3 select posts(id@4)"],
    ),
    "path_through_a_schema": (
        struct("Selectable", "id: i32,", "#[diesel(table_name = crate::schema::auth::users)]"),
        ["3 select auth.users(id@4)"],
    ),
    "relative_path": (
        struct("Selectable", "id: i32,", "#[diesel(table_name = super::posts)]"),
        ["3 select posts(id@4)"],
    ),
    "attribute_of_diesel_1": (struct("Insertable", "a: i32,", '#[table_name = "posts"]'), ["3 insert posts(+a@4)"]),
    "attribute_before_the_derive": (
        "#[diesel(table_name = posts)]\n#[derive(Selectable)]\nstruct P {\n  id: i32,\n}\n",
        ["3 select posts(id@4)"],
    ),
    "derives_behind_a_feature": (
        (
            '#[derive(Clone)]\n#[cfg_attr(feature = "full", derive(Queryable, Selectable))]\n'
            '#[cfg_attr(feature = "full", diesel(table_name = modlog))]\npub struct Modlog {\n  pub id: ModlogId,\n}\n'
        ),
        ["4 select modlog(id@5)"],
    ),
    "one_attribute_over_several_lines": (
        (
            '#[cfg_attr(\n  feature = "full",\n  derive(Insertable, AsChangeset),\n  diesel(table_name = site)\n)]\n'
            "struct F {\n  name: String,\n}\n"
        ),
        ["6 insert site(+name@7)", "6 update site(+name@7)"],
    ),
    "documented_between": (
        "#[derive(Selectable)]\n/// About\n#[diesel(table_name = posts)]\n// x\nstruct P {\n  /// Key\n  id: i32,\n}",
        ["5 select posts(id@7)"],
    ),
    "default_table": ("#[derive(Selectable)]\nstruct UserPost {\n  id: i32,\n}\n", ["2 select user_posts(id@3)"]),
    "read_by_position_with_an_import": (
        "use crate::schema::posts;\n#[derive(Queryable)]\nstruct Post {\n  id: i32,\n}\n",
        ["3 select posts(id@4)"],
    ),
    "read_by_position_without_a_table": ("#[derive(Queryable)]\nstruct Total {\n  count: i64,\n}\n", []),
    "imported_under_another_name": (
        "use crate::schema::posts as p;\n#[derive(Selectable)]\n#[diesel(table_name = p)]\nstruct X {\n  id: i32,\n}\n",
        ["4 select posts(id@5)"],
    ),
    "column_name": (struct("Selectable", "#[diesel(column_name = kind)]\npost_kind: i32,"), ["3 select posts(kind@5)"]),
    "column_name_of_diesel_1": (struct("Insertable", '#[column_name = "kind"]\nk: i32,'), ["3 insert posts(+kind@5)"]),
    "column_name_behind_a_feature": (
        struct("Selectable", '#[cfg_attr(feature = "full", diesel(column_name = kind))]\nk: i32,'),
        ["3 select posts(kind@5)"],
    ),
    "embedded_is_no_column": (
        struct("Queryable, Selectable", "id: i32,\n#[diesel(embed)]\nauthor: Author,"),
        ["3 select posts(id@4)"],
    ),
    "only_embedded": (
        (
            "#[derive(Queryable, Selectable)]\nstruct View {\n  #[diesel(embed)]\n  post: Post,\n"
            "  #[diesel(select_expression = is_admin())]\n  admin: bool,\n}\n"
        ),
        [],
    ),
    "computed_is_no_column": (
        struct(
            "Queryable, Selectable",
            "id: i32,\n#[cfg_attr(full,\ndiesel(select_expression_type = T,\nselect_expression = f))]\nx: bool,",
        ),
        ["3 select posts(id@4)"],
    ),
    "skipped_insertion": (
        struct("Queryable, Insertable", "#[diesel(skip_insertion)]\nid: i32,\ntitle: String,"),
        ["3 insert posts(+title@6)", "3 select posts(id@5 title@6)"],
    ),
    "skipped_update": (
        struct("AsChangeset", "#[diesel(skip_update)]\nmade: T,\ntitle: String,"),
        ["3 update posts(+title@6)"],
    ),
    "serde_says_nothing": (struct("Selectable", "#[serde(skip)]\nsecret: String,"), ["3 select posts(secret@5)"]),
    "raw_identifier": (struct("Selectable", "r#type: String,"), ["3 select posts(type@4)"]),
    "reserved_name": (struct("Selectable", "type_: String,\nlast_: i32,"), ["3 select posts(type@4 last_@5)"]),
    "named_like_the_table": (struct("Selectable", "posts_: i32,"), ["3 select posts(posts@4)"]),
    "typed_by_name": (
        struct("QueryableByName", "id: i32,\n#[diesel(sql_type = BigInt)]\ntotal: i64,"),
        ["3 select posts(id@4)"],
    ),
    "typed_by_name_without_a_table": (
        "#[derive(QueryableByName)]\nstruct T {\n  #[diesel(sql_type = BigInt)]\n  total: i64,\n}\n",
        [],
    ),
    "tuple_struct": (USE + "#[derive(Insertable)]\n#[diesel(table_name = posts)]\nstruct Id(i32);\n", []),
    "unit_struct": (USE + "#[derive(Selectable)]\nstruct Nothing;\n", []),
    "no_derive_of_diesel": (USE + struct("Serialize, Clone", "id: i32,"), []),
    "another_mapper": (
        USE + struct("Clone, DeriveEntityModel", "id: i32,", '#[sea_orm(table_name = "posts")]'),
        [],
    ),
    "inside_a_function": (
        "fn f() {\n#[derive(Selectable)]\n#[diesel(table_name = posts)]\nstruct P {\n id: i32,\n}\n}\n",
        ["4 select posts(id@5)"],
    ),
    "in_tests": ("#[cfg(test)]\nmod tests {\n" + struct("Selectable", "id: i32,") + "}\n", []),
    "in_a_comment": ("/*\n" + struct("Selectable", "id: i32,") + "*/\n", []),
    "in_a_string": ('const S: &str = r#"\n' + struct("Selectable", "id: i32,") + '"#;\n', []),
    "in_a_macro": ("macro_rules! m { () => {\n" + struct("Selectable", "id: i32,") + "} }\n", []),
}

PATHS = {
    "column": ("use crate::schema::posts;\nfn f() { q.filter(posts::title.eq(1)) }", ["2 select posts(title)"]),
    "table": ("use crate::schema::posts;\nfn f() { posts::table.load(c) }", ["2 select posts()"]),
    "listed": (
        "use lemmy::{schema::{person, post}, enums::Kind};\nlet j = person::table.on(post::creator_id.eq(person::id));",
        ["2 select person(id)", "2 select post(creator_id)"],
    ),
    "one_reference_for_each_line": (
        "use s::schema::{posts};\nfn f() { posts::table\n.filter(posts::a.eq(posts::b)) }",
        ["2 select posts()", "3 select posts(a b)"],
    ),
    "insert": ("use s::schema::posts;\nfn f() { insert_into(posts::table) }", ["2 insert posts()"]),
    "update": (
        "use s::schema::posts;\nfn f() { diesel::update(posts::table).set(posts::a.eq(1)) }",
        ["2 update posts()", "2 select posts(a)"],
    ),
    "delete": ("use s::schema::posts;\nfn f() { diesel::delete(posts::table) }", ["2 delete posts()"]),
    "through_dsl": ("use s::schema::posts;\nfn f() { posts::dsl::a.eq(1) }", ["2 select posts(a)"]),
    "written_out": ("fn f() { crate::schema::posts::a.eq(1) }", ["1 select posts(a)"]),
    "written_out_with_a_schema": ("fn f() { crate::schema::auth::users::table.load(c) }", ["1 select auth.users()"]),
    "alias": ("use s::schema::posts as p;\nfn f() { p::a.eq(1) }", ["2 select posts(a)"]),
    "imported_columns": (
        "use crate::schema::posts::dsl::{posts, a,\n b};\nfn f() { a.eq(b) }",
        ["1 select posts(a)", "2 select posts(b)"],
    ),
    "imported_column_without_dsl": ("use crate::schema::posts::title;", ["1 select posts(title)"]),
    "imported_table_of_a_schema": (
        "use crate::schema::auth::users;\nfn f() { users::id.eq(1) }",
        ["2 select auth.users(id)"],
    ),
    "all_of_dsl": (
        "use crate::schema::posts::dsl::*;\nfn f() { posts.filter(published.eq(true)).order(made.desc()) }",
        ["1 select posts()", "2 select posts(published made)"],
    ),
    "all_of_two_dsls": (
        "use crate::schema::posts::dsl::*;\nuse crate::schema::users::dsl::*;\nfn f() { x.filter(a.eq(true)) }",
        ["1 select posts()", "2 select users()"],
    ),
    "all_of_dsl_in_one_function": (
        "fn f() {\nuse crate::schema::posts::dsl::*;\na.eq(1);\n}\nfn g(b: i32) { c.eq(1) }",
        ["2 select posts()", "3 select posts(a)"],
    ),
    "bound_names_are_no_columns": (
        "use crate::schema::posts::dsl::*;\nfn f(a: i32) { let b = 1; xs.map(|c| c.eq(&b)); a.eq(&b); b.eq(&a) }",
        ["1 select posts()"],
    ),
    "fields_are_no_columns": ("use crate::schema::posts::dsl::*;\nfn f() { x.a.eq(1) }", ["1 select posts()"]),
    "all_of_schema": (
        "use crate::schema::*;\nfn f() { posts::table.filter(posts::a.eq(1)); other::b.eq(2) }",
        ["2 select posts(a)"],
    ),
    "in_an_attribute": (
        (
            "use s::schema::posts;\n#[derive(Selectable)]\n#[diesel(table_name = posts)]\nstruct V {\n"
            "#[diesel(select_expression = posts::a.nullable())]\nx: bool,\n}\n"
        ),
        ["5 select posts(a)"],
    ),
    "in_a_macro": ("use s::schema::posts;\nfn f() { debug!(posts::a) }", ["2 select posts(a)"]),
    "as_a_type": ("use s::schema::posts;\ntype T = Nullable<posts::a>;", ["2 select posts(a)"]),
    "not_imported": ("fn f() { posts::a.eq(1) }", []),
    "imported_from_elsewhere": ("use crate::source::posts;\nfn f() { posts::a.eq(1) }", []),
    "a_module_of_the_file": ("use crate::schema::posts;\nmod posts {}\nfn f() { posts::a.eq(1) }", []),
    "functions_are_no_columns": ("use s::schema::posts;\nfn f() { posts::all() + posts::new::<T>() }", []),
    "types_are_no_columns": ("use s::schema::posts;\nfn f() -> posts::BoxedQuery { posts::SqlType }", []),
    "whole_rows": ("use s::schema::posts;\nfn f() { q.select(posts::all_columns); posts::star }", []),
    "macros_are_no_columns": ("use s::schema::posts;\nfn f() { posts::a!(1) }", []),
    "import_alone": ("use s::schema::posts;", []),
    "in_a_comment": ("use s::schema::posts;\n// posts::a\n/* posts::b */\n/// posts::c\nfn f() {}", []),
    "in_a_string": ('use s::schema::posts;\nfn f() { g("posts::a") }', []),
    "in_tests": ("use s::schema::posts;\n#[cfg(test)]\nmod tests {\n fn f() { posts::a.eq(1) }\n}", []),
    "after_tests": (
        "use s::schema::posts;\n#[cfg(test)]\nmod tests {\n fn f() {}\n}\nfn f() { posts::a.eq(1) }",
        ["6 select posts(a)"],
    ),
    "table_macro": ("diesel::table! {\n posts (id) {\n  id -> Int4,\n }\n}\n", []),
}

TEXTS = {
    "sql_query": ('fn f() { sql_query("SELECT a FROM t WHERE b = $1") }', ["1 select t(a b)"]),
    "query_macro": ('fn f() { sqlx::query!("select a from t") }', ["1 select t(a)"]),
    "query_as_macro": ('fn f() { sqlx::query_as!(Post, "select a\n from t") }', ["2 select t(a@1)"]),
    "query_as_function": ('fn f() { sqlx::query_as::<_, Post>("select a from t") }', ["1 select t(a)"]),
    "raw_string": ('fn f() { q(r#"\nSELECT "a"\nFROM t"#) }', ["3 select t(a@2)"]),
    "insert": ('fn f() { sqlx::query("INSERT INTO t (a) VALUES ($1)") }', ["1 insert t(+a) complete"]),
    "continued_line": ('fn f() { sql_query("SELECT a \\\n  FROM t") }', ["2 select t(a@1)"]),
    "formatted": (
        'fn f() { sql_query(format!("UPDATE t SET a = {} WHERE b = {x}", y)) }',
        ["1 update t(+a b) complete"],
    ),
    "formatted_table": (
        'fn f() { sql_query(format!("SELECT a FROM {table}")) }',
        ["1 ? table name is put in by the code"],
    ),
    "prose": ('fn f() { println!("select a title from the list") }', []),
    "not_sql": ('fn f() { g("delete") }', []),
    "in_a_comment": ('// sql_query("SELECT a FROM t")\nfn f() {}', []),
    "in_tests": ('#[cfg(test)]\nmod tests { fn f() { sql_query("SELECT a FROM t") } }', []),
}


@pytest.mark.parametrize(("source", "expected"), MODELS.values(), ids=MODELS.keys())
def test_mapped_structs_name_their_columns(source: str, expected: list[str]) -> None:
    assert shown("src/models.rs", source) == expected


@pytest.mark.parametrize(("source", "expected"), PATHS.values(), ids=PATHS.keys())
def test_paths_name_tables_and_columns(source: str, expected: list[str]) -> None:
    assert shown("src/queries.rs", USE + source) == [_later(line) for line in expected]


def _later(line: str) -> str:
    """The same one line further down."""
    number, rest = line.split(" ", 1)
    return f"{int(number) + 1} {rest}"


@pytest.mark.parametrize(("source", "expected"), TEXTS.values(), ids=TEXTS.keys())
def test_sql_in_strings_is_read(source: str, expected: list[str]) -> None:
    assert shown("src/queries.rs", source) == expected


HOSTILE = {
    "nested_parentheses": USE + "fn f() { " + "(" * 10_000 + "posts::a" + ")" * 10_000 + " }",
    "nested_calls": USE + "use crate::schema::posts::dsl::*;\nfn f() { " + "a.eq(" * 10_000,
    "nested_use": USE + "use crate::schema::" + "{a::" * 10_000,
    "nested_generics": "#[derive(Selectable)]\nstruct S { a: " + "Option<" * 10_000 + "i32" + ">" * 10_000 + " }",
    "nested_modules": USE + "mod m { " * 5_000 + "use crate::schema::posts; " + "}" * 5_000,
    "nested_attributes": "#[derive(Selectable)]\n#[diesel(" + "embed(" * 10_000 + "\nstruct S { a: i32 }",
    "many_attributes": USE + "#[diesel(embed)]\n" * 4_000 + "struct S { a: i32 }",
    "endless_path": USE + "use crate::schema::posts;\nfn f() { " + "posts::" * 20_000 + " }",
    "quotes": 'use diesel;\nfn f() { "' + "select '" * 5_000 + '" }',
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_nesting_gives_no_reference_to_what_is_not_there(source: str) -> None:
    found = extract("src/a.rs", source.encode())
    assert {getattr(reference, "table", "") for reference in found.references} <= {"posts", "ss"}


def test_too_many_structs_are_told() -> None:
    source = USE + "struct A;\n" * 5_001
    assert shown("src/a.rs", source) == ["0 ? the file says `struct` more than 5000 times"]


def test_a_file_that_is_cut_off_gives_what_is_whole() -> None:
    source = struct("Selectable", "id: i32,") + "#[derive(Selectable)]\nstruct Q {\n  a"
    assert shown("src/models.rs", source) == ["3 select posts(id@4)"]


def test_code_that_is_nested_too_deeply_is_told() -> None:
    assert shown("src/a.rs", HOSTILE["nested_parentheses"]) == ["0 ? the code is nested too deeply"]


def test_invalid_utf_8_hides_nothing_else() -> None:
    source = b"// \xff\xfe\n#[derive(Selectable)]\n#[diesel(table_name = posts)]\nstruct P {\n  id: i32,\n}\n"
    assert lines(extract("src/a.rs", source)) == ["4 select posts(id@5)"]
