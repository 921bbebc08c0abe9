"""supabase-dart chains."""

import pytest

from midflight.references.languages import extract
from support.reference_lines import shown

CASES = {
    "select": ("supabase.from('t').select('a, b')", ["1 select t(a b)"]),
    "awaited": ("await supabase.from('t').select('a').eq('b', 1)", ["1 select t(a b)"]),
    "all": ("Supabase.instance.client.from('t').select()", ["1 select t() *"]),
    "embedded": ("supabase.from('t').select('a, r(b)')", ["1 select t(a)", "1 select r(b) embedded"]),
    "insert": ("await supabase.from('t').insert({'a': 1, 'b': x})", ["1 insert t(+a +b) complete"]),
    "rows": ("supabase.from('t').insert([{'a': 1}, {'b': 1}])", ["1 insert t(+a +b) complete"]),
    "upsert": ("supabase.from('t').upsert({'a': 1}, onConflict: 'a')", ["1 upsert t(+a) complete conflict=a"]),
    "update": ("supabase.from('t').update({'a': 1}).match({'b': 2})", ["1 update t(+a b) complete"]),
    "delete": ("supabase.from('t').delete().eq('a', 1)", ["1 delete t(a)"]),
    "order": ("supabase.from('t').select('a').order('b', ascending: false).limit(1)", ["1 select t(a b)"]),
    "lines": ("supabase\n  .from('t')\n  .select('a')\n  .eq('b', 1)", ["2 select t(a@3 b@4)"]),
    "call": ("await supabase.rpc('f', params: {'a': 1, 'b': x})", ["1 call f(a, b)"]),
    "call_without": ("supabase.rpc('f')", ["1 call f()"]),
    "call_unknown": ("supabase.rpc('f', params: p)", ["1 call f(...)", "1 ? the arguments of `f` are not all known"]),
    "table_in_a_variable": ("supabase.from(table).select('a')", ["1 ? table name is a variable: `table`"]),
    "interpolated": ("supabase.from('t_$x').select('a')", ["1 ? table name is a variable: `t_${...}`"]),
    "payload": ("supabase.from('t').insert(row)", ["1 insert t()", "1 ? what is written to `t` is a variable: `row`"]),
    "a_list_is_no_table": ("supabase; List.from('t').select('a')", []),
    "a_bucket_is_no_table": ("supabase.storage.from('t').list()", []),
    "a_comment": ("// supabase.from('t').select('a')", []),
    "a_string": ("print(\"supabase.from('t').select('a')\")", []),
}


@pytest.mark.parametrize("case", CASES)
def test_chains(case):
    source, expected = CASES[case]
    assert shown("a.dart", f"f() async {{ {source}; }}\n") == expected


def test_functions_and_buckets():
    source = b"f() { supabase.functions.invoke('g', body: b); supabase.storage.from('files').list(); }"
    assert [use.name for use in extract("a.dart", source).services] == ["g", "files"]


@pytest.mark.parametrize("piece", ["supabase.from(", "{'a': ", "[", "supabase.rpc('f', params: {"])
def test_hostile_nesting_ends(piece):
    extract("a.dart", ("f() { supabase.from('t').insert(" + piece * 5_000).encode())
