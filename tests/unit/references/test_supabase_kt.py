"""supabase-kt chains."""

import pytest

from midflight.references.languages import extract
from support.reference_lines import shown


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
