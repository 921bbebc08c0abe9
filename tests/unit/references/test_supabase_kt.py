"""supabase-kt chains."""

import pytest

from midflight.references.languages import extract
from support.reference_lines import shown

CASES = {
    "select": ('supabase.from("t").select()', ["1 select t() *"]),
    "columns": ('supabase.from("t").select(Columns.list("a", "b"))', ["1 select t(a b)"]),
    "raw_columns": (
        'supabase.from("t").select(columns = Columns.raw("a, r(b)"))',
        ["1 select t(a)", "1 select r(b) embedded"],
    ),
    "all_columns": ('supabase.from("t").select(Columns.ALL).decodeList<T>()', ["1 select t() *"]),
    "filters": (
        (
            'supabase.from("t").select(Columns.list("a")) { filter { eq("b", id); isIn("c", ids) }'
            '\n order("d", Order.ASCENDING) }'
        ),
        ["1 select t(a b c d@2)"],
    ),
    "filters_of_properties": (
        'supabase.from("t").select(Columns.list("a")) { filter { Project::ownerId eq id } }',
        ["1 select t(a owner_id)"],
    ),
    "groups": (
        (
            'supabase.from("t").select(Columns.list("a")) '
            '{ filter { or { eq("b", 1); and { gt("c", 2); exact("d", null) } } } }'
        ),
        ["1 select t(a b c d)"],
    ),
    "a_filter_under_a_condition": (
        'supabase.from("t").select(Columns.list("a")) { filter { if (x) { eq("b", 1) } } }',
        ["1 select t(a b)"],
    ),
    "a_filter_of_a_relation": (
        'supabase.from("t").select(Columns.raw("a, r(b)")) { order("c", Order.ASCENDING, referencedTable = "r") }',
        ["1 select t(a)", "1 select r(b c) embedded"],
    ),
    "a_group_of_a_relation": (
        'supabase.from("t").select(Columns.raw("a, r(b)")) { filter { or(referencedTable = "r") { eq("c", 1) } } }',
        ["1 select t(a)", "1 select r(b c) embedded"],
    ),
    "old_filters": ('client.postgrest["t"].select { eq("a", 1) } // supabase', ["1 select t(a) *"]),
    "index": ('supabase.postgrest["t"].select(Columns.list("a"))', ["1 select t(a)"]),
    "schema": ('supabase.postgrest.from("s", "t").select(Columns.list("a"))', ["1 select s.t(a)"]),
    "insert": ('supabase.from("t").insert(mapOf("a" to 1, "b" to x))', ["1 insert t(+a +b) complete"]),
    "insert_json": (
        'supabase.from("t").insert(buildJsonObject { put("a", 1); putJsonObject("b") { put("x", 1) } })',
        ["1 insert t(+a +b) complete"],
    ),
    "rows": ('supabase.from("t").insert(listOf(mapOf("a" to 1), mapOf("b" to 1)))', ["1 insert t(+a +b) complete"]),
    "returning": (
        'supabase.from("t").insert(mapOf("a" to 1)) { select(Columns.list("b")); single() }',
        ["1 insert t(+a b) complete"],
    ),
    "a_class_is_not_known": (
        'supabase.from("t").insert(Project("a"))',
        ["1 insert t()", '1 ? what is written to `t` is a variable: `Project("a")`'],
    ),
    "a_key_is_not_known": ('supabase.from("t").insert(mapOf("a" to 1, key to 2))', ["1 insert t(+a)"]),
    "update": (
        'supabase.from("t").update({ set("a", 1); Project::isDone setTo true }) { filter { eq("b", 1) } }',
        ["1 update t(+a +is_done b) complete"],
    ),
    "update_of_a_map": (
        'supabase.from("t").update(mapOf("a" to 1)) { filter { eq("b", 1) } }',
        ["1 update t(+a b) complete"],
    ),
    "update_under_a_condition": (
        'supabase.from("t").update({ set("a", 1); if (x) { setToNull("b") } }) { filter { eq("c", 1) } }',
        ["1 update t(+a +b c)"],
    ),
    "upsert": (
        'supabase.from("t").upsert(mapOf("a" to 1)) { onConflict = "a" }',
        ["1 upsert t(+a) complete conflict=a"],
    ),
    "upsert_with_an_option": (
        'supabase.from("t").upsert(mapOf("a" to 1), onConflict = "a,b")',
        ["1 upsert t(+a) complete conflict=a,b"],
    ),
    "delete": ('supabase.from("t").delete { filter { eq("a", 1) } }', ["1 delete t(a)"]),
    "lines": ('supabase\n  .from("t")\n  .select(Columns.list(\n    "a",\n    "b"))', ["2 select t(a@4 b@5)"]),
    "a_name_of_the_file": (
        (
            'val columns = Columns.raw("""a,\n  b""".trimIndent())\n'
            'supabase.from(TABLE).select(columns)\nprivate const val TABLE = "t"'
        ),
        ["3 select t(a@1 b@2)"],
    ),
    "call": ('supabase.postgrest.rpc("f", buildJsonObject { put("a", 1); put("b", x) })', ["1 call f(a, b)"]),
    "call_of_a_map": ('supabase.postgrest.rpc("f", mapOf("a" to 1))', ["1 call f(a)"]),
    "call_without": ('supabase.postgrest.rpc("f").decodeAs<Int>()', ["1 call f()"]),
    "call_named": (
        'supabase.postgrest.rpc(function = "f", parameters = buildJsonObject { put("a", 1) })',
        ["1 call f(a)"],
    ),
    "call_with_a_block": ('supabase.postgrest.rpc("f") { filter { eq("a", 1) } }', ["1 call f()"]),
    "call_unknown": ('supabase.postgrest.rpc("f", p)', ["1 call f(...)", "1 ? the arguments of `f` are not all known"]),
    "a_variable": ("supabase.from(table).select()", ["1 ? table name is a variable: `table`"]),
    "interpolated": ('supabase.from("t_$x").select()', ["1 ? table name is a variable: `t_${...}`"]),
    "columns_in_a_variable": (
        'supabase.from("t").select(chosen)',
        ["1 select t()", "1 ? column list is a variable: `chosen`"],
    ),
    "a_mapped_class": (
        'supabase.from("t").select(Columns.type<T>())',
        ["1 select t()", "1 ? column list is a variable: `Columns.type<T>()`"],
    ),
}
NOTHING = {
    "no_verb": 'val q = supabase.from("t")',
    "another_from": 'supabase; Instant.from("t").select()',
    "another_verb": 'supabase.from("t").subscribe()',
    "a_bucket": 'supabase.storage.from("t").upload("a", x)',
    "a_bucket_by_index": 'supabase.storage["t"].upload("a", x)',
    "a_function": 'supabase.functions.invoke("f")',
    "a_comment": '// supabase.from("t").select()',
    "a_long_comment": '/* supabase.from("t").select() */',
    "a_string": 'println("supabase.from(\\"t\\").select()")',
    "another_library": 'client.from("t").select()',
    "another_index": 'supabase; items["t"].select()',
    "another_call": 'supabase; repo.rpc("f")',
    "a_function_of_that_name": 'fun from(supabase: S) = select("a")',
    "no_arguments": "supabase.from().select()",
    "realtime": 'supabase.channel("t").subscribe()',
    "auth": 'supabase.auth.signInWith(Email) { email = "a" }',
    "an_extension": "fun Supabase.from(a: String) = client.table(a)",
    "an_import": "import io.github.jan.supabase.postgrest.from",
}


@pytest.mark.parametrize("case", CASES)
def test_chains(case):
    source, expected = CASES[case]
    assert shown("a.kt", f"suspend fun f() {{ {source}\n}}\n") == expected


@pytest.mark.parametrize("case", NOTHING)
def test_what_names_no_table(case):
    assert shown("a.kt", f"{NOTHING[case]}\n") == []


def test_functions_and_buckets():
    source = (
        b'fun f() { supabase.functions.invoke("g", body); supabase.storage.from("a").list();'
        b' supabase.storage["b"].list() }'
    )
    assert [use.name for use in extract("a.kt", source).services] == ["g", "a", "b"]


def test_one_name_of_two_functions_is_the_nearest_one():
    source = """fun a() { val data = mapOf("a" to 1)
 supabase.from("t").insert(data) }
fun b() { val data = mapOf("b" to 1)
 supabase.from("t").insert(data) }
fun c(data: Data) { supabase.from("t").insert(data) }
"""
    assert shown("a.kt", source) == [
        "2 insert t(+a@1) complete",
        "4 insert t(+b@3) complete",
        "5 insert t()",
        "5 ? what is written to `t` is a variable: `data`",
    ]


@pytest.mark.parametrize(
    "piece", ["supabase.from(", "mapOf(", '{ filter { eq("a", 1)', "listOf(", "buildJsonObject { put("]
)
def test_hostile_nesting_ends(piece):
    extract("a.kt", ('fun f() { supabase.from("t").insert(' + piece * 3_000).encode())
