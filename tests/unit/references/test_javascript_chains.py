"""supabase-js chains in TypeScript and JavaScript."""

import pytest

from support.reference_lines import shown

READS = {
    "all_columns": ("supabase.from('t').select('*')", ["1 select t() *"]),
    "no_argument_means_all": ("supabase.from('t').select()", ["1 select t() *"]),
    "names_and_aliases": ("supabase.from('t').select('a, b:c, d::text, e->f')", ["1 select t(a c d e)"]),
    "head_count": ("supabase.from('t').select('id', { count: 'exact', head: true })", ["1 select t(id)"]),
    "other_schema": ("supabase.schema('billing').from('t').select('a')", ["1 select billing.t(a)"]),
    "awaited_factory": ("(await createClient()).from('t').select('a')", ["1 select t(a)"]),
    "member_receiver": ("this.client.from('t').select('a')", ["1 select t(a)"]),
    "filters": (
        "db.from('t').select('a').eq('b', 1).is('c', null).in('d', []).or('e.eq.1,and(f.gt.2,g.is.null)')",
        ["1 select t(a b c d e f g)"],
    ),
    "filter_and_not": (
        "db.from('t').select('a').filter('b', 'eq', 1).not('c', 'is', null)",
        ["1 select t(a b c)"],
    ),
    "match": ("db.from('t').select('a').match({ b: 1, c: 2 })", ["1 select t(a b c)"]),
    "order_and_limit": ("db.from('t').select('a').order('b', { ascending: false }).limit(1)", ["1 select t(a b)"]),
    "text_search": ("db.from('t').select('a').textSearch('b', 'x')", ["1 select t(a b)"]),
    "json_filter": ("db.from('t').select('a').eq('b->>city', 'x')", ["1 select t(a b)"]),
    "embedded": (
        "db.from('t').select('a, rel(b, c), x:other!fk_name!inner(d)')",
        ["1 select t(a)", "1 select rel(b c) embedded", "1 select other(d) embedded hint=fk_name"],
    ),
    "embedded_star": ("db.from('t').select('*, rel(*)')", ["1 select t() *", "1 select rel() * embedded"]),
    "embedded_filter": (
        "db.from('t').select('a, rel(b)').eq('rel.c', 1).order('d', { referencedTable: 'rel' })",
        ["1 select t(a)", "1 select rel(b c d) embedded"],
    ),
    "filter_on_unknown_relation": ("db.from('t').select('a').eq('rel.c', 1)", ["1 select t(a)"]),
    "spread": ("db.from('t').select('a, ...rel(b)')", ["1 select t(a)", "1 select rel(b) embedded"]),
    "count_of_relation": ("db.from('t').select('a, rel(count)')", ["1 select t(a)", "1 select rel() embedded"]),
    "aggregate": ("db.from('t').select('amount.sum(), count()')", ["1 select t(amount)"]),
    "types_and_assertions": (
        "(supabase as any).from('t' as const).select<string>('a')!",
        ["1 select t(a)"],
    ),
    "awaited_with_a_type": (
        "const x = await supabase.from<T>('t').select<'a', R>('a').eq('b', 1)",
        ["1 select t(a b)"],
    ),
    "awaited_call_with_a_type": ("await supabase.rpc<R>('f', { a: 1 })", ["1 call f(a)"]),
    "then_ends_it": ("supabase.from('t').select('a').then((r) => r.data.filter('b'))", ["1 select t(a)"]),
    "each_column_its_line": (
        "const r = await supabase\n .from('t')\n .select(`\n  a,\n  rel (\n   b\n  )\n `)\n .eq('c', 1)",
        ["2 select t(a@4 c@9)", "5 select rel(b@6) embedded"],
    ),
    "template_with_a_constant": (
        "const COLS = 'a, b'\nsupabase.from('t').select(`${COLS}, c`)",
        ["2 select t(a b c)"],
    ),
    "constant_columns_keep_their_lines": (
        "const COLS = `\n  a,\n  b`\nsupabase\n  .from('t').select(COLS)",
        ["5 select t(a@2 b@3)"],
    ),
    "joined_strings": ("supabase.from('t').select('a, ' +\n  'b')", ["1 select t(a b@2)"]),
    "continued_by_a_variable": (
        "let query = supabase.from('t').select('a')\nif (x) query = query.eq('b', x)\nquery = query.order('c')",
        ["1 select t(a b@2 c@3)"],
    ),
    "builder_kept_in_a_variable": (
        "const t = supabase.from('t')\nawait t.select('a')\nawait t.insert({ b: 1 })",
        ["1 mention t()", "2 select t(a)", "3 insert t(+b) complete"],
    ),
}


@pytest.mark.parametrize("case", READS)
def test_reads(case):
    source, expected = READS[case]
    assert shown("a.ts", source) == expected


WRITES = {
    "insert": ("supabase.from('t').insert({ a: 1, 'b': 2, c })", ["1 insert t(+a +b +c) complete"]),
    "insert_rows": ("supabase.from('t').insert([{ a: 1 }, { a: 2, b: 3 }])", ["1 insert t(+a +b) complete"]),
    "insert_and_select": (
        "supabase.from('t').insert({ a: 1 }).select('id, b').single()",
        ["1 insert t(+a id b) complete"],
    ),
    "update": ("supabase.from('t').update({ a: 1 }).eq('id', 1)", ["1 update t(+a id) complete"]),
    "delete": ("supabase.from('t').delete().eq('id', 1)", ["1 delete t(id)"]),
    "upsert": (
        "supabase.from('t').upsert({ a: 1, b: 2 }, { onConflict: 'a, b' })",
        ["1 upsert t(+a +b) complete conflict=a,b"],
    ),
    "spread_is_not_complete": ("supabase.from('t').insert({ a: 1, ...rest })", ["1 insert t(+a)"]),
    "conditional_spread_names_its_keys": (
        "supabase.from('t').insert({ a: 1, ...(x && { b: 2 }) })",
        ["1 insert t(+a +b)"],
    ),
    "computed_key": ("supabase.from('t').insert({ a: 1, [k]: 2 })", ["1 insert t(+a)"]),
    "variable_with_an_object": (
        "function f() {\n  const row = { a: 1 }\n  return supabase.from('t').insert(row)\n}",
        ["3 insert t(+a@2) complete"],
    ),
    "variable_that_is_extended": (
        "const row = { a: 1 }\nif (x) row.b = 2\nsupabase.from('t').insert(row)",
        ["3 insert t(+a@1 +b@2)"],
    ),
    "mapped_rows": ("supabase.from('t').insert(xs.map((x) => ({ a: x, b: 1 })))", ["1 insert t(+a +b) complete"]),
    "mapped_rows_with_return": (
        "supabase.from('t').insert(xs.map((x) => { return { a: x } }))",
        ["1 insert t(+a) complete"],
    ),
    "either_object": ("supabase.from('t').update(x ? { a: 1 } : { b: 2 })", ["1 update t(+a +b)"]),
    "parameter": (
        "const f = (row) => supabase.from('t').insert(row)",
        ["1 insert t()", "1 ? what is written to `t` is a variable: `row`"],
    ),
    "parameter_hides_a_constant": (
        "const row = { a: 1 }\nconst f = (row) => supabase.from('t').insert(row)",
        ["2 insert t()", "2 ? what is written to `t` is a variable: `row`"],
    ),
    "pattern_2_new_column": (
        "await supabase.from('projects').insert({\n  title: 'test',\n  new_field: 'value'  // New column\n});",
        ["1 insert projects(+title@2 +new_field@3) complete"],
    ),
    "pattern_3_dual_write": (
        """const location = 'San Francisco';
await supabase.from('company_profiles').insert({
  location: location,
  location_structured: { city: location }
});
const loc = profile.location_structured?.city || profile.location;""",
        ["2 insert company_profiles(+location@3 +location_structured@4) complete"],
    ),
}


@pytest.mark.parametrize("case", WRITES)
def test_writes(case):
    source, expected = WRITES[case]
    assert shown("a.ts", source) == expected


NAMES = {
    "constant": ("const T = 'projects'\nsupabase.from(T).select('a')", ["2 select projects(a)"]),
    "constants_object": (
        "const TABLES = { P: 'projects' } as const\nsupabase.from(TABLES.P).select('a')",
        ["2 select projects(a)"],
    ),
    "enumeration": ("enum T { P = 'projects' }\nsupabase.from(T.P).select('a')", ["2 select projects(a)"]),
    "class_field": (
        "class R {\n  private table = 'projects'\n  all() { return supabase.from(this.table).select('a') }\n}",
        ["3 select projects(a)"],
    ),
    "parameter": (
        "const f = (table) => supabase.from(table).select('a')",
        ["1 ? table name is a variable: `table`"],
    ),
    "imported": (
        "import { T } from './tables'\nsupabase.from(T).select('a')",
        ["2 ? table name is a variable: `T`"],
    ),
    "assigned_again": (
        "let t = 'a'\nt = pick()\nsupabase.from(t).select('x')",
        ["3 ? table name is a variable: `t`"],
    ),
    "template": (
        "supabase.from(`log_${year}`).insert({ a: 1 })",
        ["1 ? table name is a variable: `log_${...}`"],
    ),
    "variable_columns": (
        "supabase.from('t').select(columns).eq('a', 1)",
        ["1 select t(a)", "1 ? column list is a variable: `columns`"],
    ),
    "part_of_the_columns": (
        "supabase.from('t').select(`a, ${more}`)",
        ["1 select t(a)", "1 ? part of the column list of `t` is a variable"],
    ),
    "variable_schema": (
        "supabase.schema(s).from('t').select('a')",
        ["1 ? schema of `t` is a variable: `s`"],
    ),
    "variable_filter": (
        "supabase.from('t').select('a').eq(key, 1)",
        ["1 select t(a)", "1 ? column name in `eq` is a variable: `key`"],
    ),
}


@pytest.mark.parametrize("case", NAMES)
def test_names_are_followed_within_the_file_and_otherwise_told(case):
    source, expected = NAMES[case]
    assert shown("a.ts", source) == expected


CALLS = {
    "named": ("supabase.rpc('f', { a: 1, b })", ["1 call f(a, b)"]),
    "none": ("supabase.rpc('f')", ["1 call f()"]),
    "undefined": ("supabase.rpc('f', undefined, { head: true })", ["1 call f()"]),
    "schema": ("supabase.schema('s').rpc('f', {})", ["1 call s.f()"]),
    "cast": ("supabase.rpc('f' as any, { a: 1 } as any)", ["1 call f(a)"]),
    "constant_arguments": ("const args = { a: 1 }\nsupabase.rpc('f', args)", ["2 call f(a)"]),
    "variable_arguments": (
        "supabase.rpc('f', args)",
        ["1 call f(...)", "1 ? the arguments of `f` are not all known"],
    ),
    "spread_arguments": (
        "supabase.rpc('f', { a: 1, ...more })",
        ["1 call f(...)", "1 ? the arguments of `f` are not all known"],
    ),
    "variable_name": ("supabase.rpc(name, {})", ["1 ? function name is a variable: `name`"]),
    "several_lines": ("await supabase\n  .rpc(\n    'f',\n    { a: 1 },\n  )", ["3 call f(a)"]),
    "watch": (
        "ch.on('postgres_changes', { event: '*', schema: 'public', table: 't', filter: 'room=eq.1' }, cb)",
        ["1 watch public.t(room)"],
    ),
    "watch_a_whole_schema": ("ch.on('postgres_changes', { event: '*', schema: 'public' }, cb)", []),
    "types": (
        "type A = Tables<'projects'>\ntype B = Database['public']['Tables']['forms']['Insert']",
        ["1 mention projects()", "2 mention forms()"],
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_calls_subscriptions_and_types(case):
    source, expected = CALLS[case]
    assert shown("a.ts", source) == expected


NOTHING = {
    "storage": "supabase.storage.from('avatars').update('a.png', file)",
    "storage_variable": "const storage = supabase.storage\nstorage.from('avatars').remove(['a'])",
    "array": "Array.from('abc').filter('b')",
    "buffer": "const b = Buffer.from('abc', 'base64')",
    "typed_array": "Uint8Array.from('abc').select('a')",
    "knex": "knex.from('t').select('a')",
    "query_builder": "db.select().from('t').insert({ a: 1 })",
    "drizzle": "db.select().from(users).where(eq(users.id, 1))",
    "rxjs": "from('t').pipe(x)",
    "comment": "// supabase.from('t').select('a')\n/* supabase.rpc('f') */",
    "text": "const help = \"supabase.from('t').select('a')\"",
    "other_rpc": "provider.rpc('eth_call', { a: 1 })",
    "import": "import { a } from 'supabase'",
    "event": "socket.on('message', { table: 't' })",
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_only_looks_like_a_chain_gives_nothing(case):
    assert shown("a.ts", NOTHING[case]) == []


@pytest.mark.parametrize("suffix", ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"])
def test_every_suffix_is_read(suffix):
    assert shown(f"a.{suffix}", "supabase.from('t').select('a')") == ["1 select t(a)"]


def test_jsx_around_a_chain():
    source = "const C = () => <a onClick={() => supabase.from('t').delete().eq('id', 1)}>x</a>"
    assert shown("a.tsx", source) == ["1 delete t(id)"]


@pytest.mark.parametrize("suffix", ["vue", "svelte"])
def test_the_scripts_of_a_component_keep_their_lines(suffix):
    template = "<template>\n <p>.from('x').select('y')</p>\n</template>\n"
    source = template + "<script lang='ts'>\nsupabase.from('t').select('a')\n</script>\n"
    assert shown(f"a.{suffix}", source) == ["5 select t(a)"]
