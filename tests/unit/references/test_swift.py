"""supabase-swift chains."""

import pytest

from midflight.references.languages import extract
from support.reference_lines import shown


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
