"""supabase-swift chains."""

import pytest

from midflight.references.languages import extract
from support.reference_lines import shown

CASES = {
    "select": ('supabase.from("t").select("a, b")', ["1 select t(a b)"]),
    "awaited": (
        'let r: [P] = try await supabase.from("t").select("a").eq("b", value: id).execute().value',
        ["1 select t(a b)"],
    ),
    "all": ('client.from("t").select() // supabase', ["1 select t() *"]),
    "embedded": ('supabase.from("t").select("a, r(b)")', ["1 select t(a)", "1 select r(b) embedded"]),
    "filters": (
        'supabase.from("t").select("a").in("b", values: [1]).is("c", value: nil).not("d", operator: .eq, value: 1)',
        ["1 select t(a b c d)"],
    ),
    "other_names_of_filters": (
        'supabase.from("t").select("a").equals("b", value: "x").lowerThan("c", value: "y")',
        ["1 select t(a b c)"],
    ),
    "order": ('supabase.from("t").select("a").order("b", ascending: false).limit(1).single()', ["1 select t(a b)"]),
    "order_of_a_relation": (
        'supabase.from("t").select("a, r(b)").order("c", referencedTable: "r")',
        ["1 select t(a)", "1 select r(b c) embedded"],
    ),
    "logic": ('supabase.from("t").select("a").or("b.eq.1,c.gt.2")', ["1 select t(a b c)"]),
    "match": ('supabase.from("t").select("a").match(["b": 1, "c": 2])', ["1 select t(a b c)"]),
    "insert": ('try await supabase.from("t").insert(["a": 1, "b": x]).execute()', ["1 insert t(+a +b) complete"]),
    "values_of_cases": ('supabase.from("t").insert(["a": .string("x"), "b": .null])', ["1 insert t(+a +b) complete"]),
    "typed": ('supabase.from("t").insert(["a": 1, "b": "x"] as [String: Any])', ["1 insert t(+a +b) complete"]),
    "rows": ('supabase.from("t").insert([["a": 1], ["b": 1]])', ["1 insert t(+a +b) complete"]),
    "upsert": ('supabase.from("t").upsert(["a": 1], onConflict: "a")', ["1 upsert t(+a) complete conflict=a"]),
    "update": ('supabase.from("t").update(["a": 1]).eq("b", value: 2)', ["1 update t(+a b) complete"]),
    "delete": ('supabase.from("t").delete().eq("a", value: 1).execute()', ["1 delete t(a)"]),
    "returning": ('supabase.from("t").insert(["a": 1]).select("b").single()', ["1 insert t(+a b) complete"]),
    "a_key_is_not_known": ('supabase.from("t").insert(["a": 1, key: 2])', ["1 insert t(+a)"]),
    "a_type_is_not_known": (
        'supabase.from("t").insert(Row(a: 1))',
        ["1 insert t()", "1 ? what is written to `t` is a variable: `Row(a: 1)`"],
    ),
    "lines": ('try await supabase\n  .from("t")\n  .select("a")\n  .eq("b", value: 1)', ["2 select t(a@3 b@4)"]),
    "many_lines_of_text": ('supabase.from("t").select("""\n  a,\n  b\n  """)', ["1 select t(a@2 b@3)"]),
    "optional": ('supabase?.from("t").select("a")', ["1 select t(a)"]),
    "forced": ('supabase!.from("t").select("a")', ["1 select t(a)"]),
    "schema": ('supabase.schema("s").from("t").select("a")', ["1 select s.t(a)"]),
    "a_name_of_the_file": (
        'supabase.from(Self.table).select(columns)\nlet columns = "a, b"\nstatic let table: String = "t"',
        ["1 select t(a b)"],
    ),
    "many_lines_of_a_name": (
        'let columns = """\n  a,\n  b\n  """\nsupabase.from("t").select(columns)',
        ["5 select t(a@2 b@3)"],
    ),
    "call": ('try await supabase.rpc("f", params: ["a": 1, "b": x]).execute()', ["1 call f(a, b)"]),
    "call_without": ('supabase.rpc("f")', ["1 call f()"]),
    "call_of_a_schema": ('supabase.schema("s").rpc("f")', ["1 call s.f()"]),
    "call_unknown": (
        'supabase.rpc("f", params: p)',
        ["1 call f(...)", "1 ? the arguments of `f` are not all known"],
    ),
    "a_variable": ('supabase.from(table).select("a")', ["1 ? table name is a variable: `table`"]),
    "interpolated": ('supabase.from("t_\\(x)").select("a")', ["1 ? table name is a variable: `t_${...}`"]),
}
NOTHING = {
    "no_verb": 'let q = supabase.from("t")',
    "another_from": 'supabase; List.from("t").select("a")',
    "another_verb": 'supabase.from("t").watch("a")',
    "a_bucket": 'supabase.storage.from("t").list()',
    "a_function": 'supabase.functions.invoke("f")',
    "a_comment": '// supabase.from("t").select("a")',
    "a_long_comment": '/* supabase.from("t").select("a") */',
    "a_string": 'print("supabase.from(t).select(a)")',
    "another_library": 'client.from("t").select("a")',
    "another_call": 'supabase; repo.rpc("f")',
    "a_method_of_that_name": 'func from(_ supabase: S) { select("a") }',
    "no_arguments": 'supabase.from().select("a")',
    "realtime": 'supabase.channel("t").subscribe()',
    "auth": 'supabase.auth.signIn(email: "a")',
    "an_import": "import Supabase",
    "a_member": "supabase.from",
}


@pytest.mark.parametrize("case", CASES)
def test_chains(case):
    source, expected = CASES[case]
    assert shown("a.swift", f"func f() async throws {{ {source}\n}}\n") == expected


@pytest.mark.parametrize("case", NOTHING)
def test_what_names_no_table(case):
    assert shown("a.swift", f"{NOTHING[case]}\n") == []


def test_functions_and_buckets():
    source = b'func f() { supabase.functions.invoke("g", options: o)\n supabase.storage.from("files").list() }'
    assert [use.name for use in extract("a.swift", source).services] == ["g", "files"]


def test_a_name_counts_in_its_function_alone():
    source = """func a() { let row: [String: String] = ["a": "x"]
 supabase.from("t").insert(row) }
func b(row: Row) { supabase.from("t").insert(row) }
"""
    assert shown("a.swift", source) == [
        "2 insert t(+a@1) complete",
        "3 insert t()",
        "3 ? what is written to `t` is a variable: `row`",
    ]


@pytest.mark.parametrize("piece", ["supabase.from(", '["a": ', "[", 'supabase.rpc("f", params: ['])
def test_hostile_nesting_ends(piece):
    extract("a.swift", ('func f() { supabase.from("t").insert(' + piece * 3_000).encode())
