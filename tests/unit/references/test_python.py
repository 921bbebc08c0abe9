"""supabase-py chains, flags and SQL in Python."""

import pytest

from support.reference_lines import guards, shown

CHAINS = {
    "select": ('supabase.table("t").select("a", "b, c").execute()', ["1 select t(a b c)"]),
    "from": ('supabase.from_("t").select("*").execute()', ["1 select t() *"]),
    "schema": ('client.schema("s").table("t").select("a").execute()', ["1 select s.t(a)"]),
    "awaited": ('r = await (await get_client()).table("t").select("a").execute()', ["1 select t(a)"]),
    "filters": (
        'db.table("t").select("a").eq("b", 1).in_("c", []).not_.is_("d", None).order("e", desc=True).execute()',
        ["1 select t(a b c d e)"],
    ),
    "or": ('db.table("t").select("a").or_("b.eq.1,c.gt.2").execute()', ["1 select t(a b c)"]),
    "match": ('db.table("t").select("a").match({"b": 1}).execute()', ["1 select t(a b)"]),
    "embedded": ('db.table("t").select("a, rel(b)").execute()', ["1 select t(a)", "1 select rel(b) embedded"]),
    "insert": ('db.table("t").insert({"a": 1, "b": x}).execute()', ["1 insert t(+a +b) complete"]),
    "insert_rows": ('db.table("t").insert([{"a": 1}, {"b": 2}]).execute()', ["1 insert t(+a +b) complete"]),
    "comprehension": ('db.table("t").insert([{"a": x} for x in xs]).execute()', ["1 insert t(+a) complete"]),
    "dict_call": ('db.table("t").insert(dict(a=1, b=2)).execute()', ["1 insert t(+a +b) complete"]),
    "splat": ('db.table("t").insert({"a": 1, **more}).execute()', ["1 insert t(+a)"]),
    "update": ('db.table("t").update({"a": 1}).eq("id", 1).execute()', ["1 update t(+a id) complete"]),
    "delete": ('db.table("t").delete().eq("id", 1).execute()', ["1 delete t(id)"]),
    "upsert": (
        'db.table("t").upsert({"a": 1}, on_conflict="a,b").execute()',
        ["1 upsert t(+a) complete conflict=a,b"],
    ),
    "several_lines": (
        'r = (\n    supabase.table("t")\n    .select("a")\n    .eq("b", 1)\n    .execute()\n)',
        ["2 select t(a@3 b@4)"],
    ),
    "constant": ('TABLE = "t"\nsupabase.table(TABLE).select("a").execute()', ["2 select t(a)"]),
    "class_attribute": (
        'class R:\n    table = "t"\n    def all(self):\n        return db.table(self.table).select("a").execute()',
        ["4 select t(a)"],
    ),
    "payload_variable": (
        'def f(x):\n    row = {"a": x}\n    supabase.table("t").insert(row).execute()',
        ["3 insert t(+a@2) complete"],
    ),
    "payload_variable_extended": (
        'row = {"a": 1}\nrow["b"] = 2\nsupabase.table("t").insert(row).execute()',
        ["3 insert t(+a@1 +b@2)"],
    ),
    "continued": (
        'query = supabase.table("t").select("a")\nif x:\n    query = query.eq("b", x)\nquery.execute()',
        ["1 select t(a b@3)"],
    ),
    "parameter": (
        'def f(table):\n    supabase.table(table).select("a").execute()',
        ["2 ? table name is a variable: `table`"],
    ),
    "payload_parameter": (
        'def f(row):\n    supabase.table("t").insert(row).execute()',
        ["2 insert t()", "2 ? what is written to `t` is a variable: `row`"],
    ),
    "f_string": (
        'supabase.table(f"log_{year}").select("a").execute()',
        ["1 ? table name is a variable: `log_${...}`"],
    ),
    "rpc": ('supabase.rpc("f", {"a": 1, "b": 2}).execute()', ["1 call f(a, b)"]),
    "rpc_params": ('supabase.rpc("f", params={"a": 1}).execute()', ["1 call f(a)"]),
    "rpc_none": ('supabase.rpc("f").execute()', ["1 call f()"]),
    "rpc_variable": (
        'supabase.rpc("f", p).execute()',
        ["1 call f(...)", "1 ? the arguments of `f` are not all known"],
    ),
    "storage": ('supabase.storage.from_("b").update("a", f)', []),
    "other_tables": ('boto3.resource("x").Table("t").delete()', []),
    "comment": ('# supabase.table("t").select("a")', []),
}


@pytest.mark.parametrize("case", CHAINS)
def test_chains(case):
    source, expected = CHAINS[case]
    assert shown("a.py", source) == expected


SQL = {
    "driver": ('cur.execute("SELECT a FROM t WHERE b = %s", (1,))', ["1 select t(a b)"]),
    "named_parameters": ('cur.execute("select a from t where b = %(b)s", {})', ["1 select t(a b)"]),
    "triple_quotes": (
        'cur.execute("""\n    UPDATE t\n    SET a = 1\n    WHERE b = 2\n""")',
        ["2 update t(+a@3 b@4) complete"],
    ),
    "pieces": ('cur.execute("SELECT a "\n            "FROM t")', ["2 select t(a@1)"]),
    "added": ('cur.execute("SELECT a FROM t WHERE b = " + str(x))', ["1 select t(a b)"]),
    "f_string_value": ('cur.execute(f"SELECT a FROM t WHERE b = {x}")', ["1 select t(a b)"]),
    "f_string_table": ('cur.execute(f"SELECT a FROM {t}")', ["1 ? table name is put in by the code"]),
    "f_string_constant": ('T = "users"\ncur.execute(f"SELECT a FROM {T}")', ["2 select users(a)"]),
    "format": ('cur.execute("SELECT a FROM {}".format(t))', ["1 ? table name is put in by the code"]),
    "sqlalchemy_text": ('session.execute(text("SELECT a FROM t WHERE b = :b"))', ["1 select t(a b)"]),
    "docstring": ('def f():\n    """SELECT a FROM t"""', []),
    "prose": ('print("Select a file from the list")', []),
    "constant_statement": ('QUERY = "SELECT a FROM t"', ["1 select t(a)"]),
}


@pytest.mark.parametrize("case", SQL)
def test_sql(case):
    source, expected = SQL[case]
    assert shown("a.py", source) == expected


NEW = 'supabase.rpc("f", {}).execute()'
OLD = 'supabase.table("t").insert({"a": 1}).execute()'
FLAGS = {
    "environ_get": ('os.environ.get("USE_X") == "true"', "if USE_X (environment os.environ.get:1)"),
    "getenv_lower": ('os.getenv("USE_X", "false").lower() == "true"', "if USE_X (environment os.getenv:1)"),
    "environ_item": ('os.environ["USE_X"] == "1"', "if USE_X (environment os.environ:1)"),
    "one_of": ('os.getenv("USE_X") in ("1", "true")', "if USE_X (environment os.getenv:1)"),
    "not": ('not os.getenv("USE_X")', "unless USE_X (environment os.getenv:1)"),
    "is_none": ('os.getenv("USE_X") is None', "unless USE_X (environment os.getenv:1)"),
    "boolean": ('bool(os.getenv("USE_X"))', "if USE_X (environment os.getenv:1)"),
    "launchdarkly": ('ld.variation("new-flow", ctx, False)', "if new-flow (launchdarkly ld.variation:1)"),
    "unleash": ('unleash.is_enabled("new-flow")', "if new-flow (unleash unleash.is_enabled:1)"),
    "posthog": (
        'posthog.feature_enabled("new-flow", user)',
        "if new-flow (posthog posthog.feature_enabled:1)",
    ),
    "openfeature": (
        'client.get_boolean_value("new-flow", False)',
        "if new-flow (openfeature client.get_boolean_value:1)",
    ),
    "statsig": ('statsig.check_gate(user, "x")', "if x (statsig statsig.check_gate:1)"),
    "setting": ('os.getenv("DATABASE_URL")', "always"),
}


@pytest.mark.parametrize("case", FLAGS)
def test_flags(case):
    condition, expected = FLAGS[case]
    assert guards("a.py", f"if {condition}:\n    {NEW}") == [f"f {expected}"]


PLACES = {
    "both_branches": (
        f'NEW = os.getenv("USE_X") == "true"\nif NEW:\n    {NEW}\nelse:\n    {OLD}',
        ["f if USE_X (environment os.getenv:1)", "t unless USE_X (environment os.getenv:1)"],
    ),
    "elif": (
        f'if a:\n    pass\nelif os.getenv("USE_X"):\n    {NEW}\nelse:\n    {OLD}',
        ["f if USE_X (environment os.getenv:3)", "t unless USE_X (environment os.getenv:3)"],
    ),
    "features": (
        f'FEATURES = {{"atomic": os.getenv("FEATURE_ATOMIC") == "true"}}\nif FEATURES["atomic"]:\n    {NEW}',
        ["f if FEATURE_ATOMIC (environment os.getenv:1)"],
    ),
    "early_return": (
        f'def g():\n    if not os.getenv("USE_X"):\n        return {OLD}\n    {NEW}',
        ["t unless USE_X (environment os.getenv:2)", "f if USE_X (environment os.getenv:2)"],
    ),
    "expression": (
        f'r = {NEW} if os.getenv("USE_X") else {OLD}',
        ["f if USE_X (environment os.getenv:1)", "t unless USE_X (environment os.getenv:1)"],
    ),
    "and": (f'os.getenv("USE_X") and {NEW}', ["f if USE_X (environment os.getenv:1)"]),
    "fallback_code": (
        f'try:\n    {NEW}\nexcept APIError as e:\n    if e.code == "PGRST202":\n        {OLD}\n    raise',
        ["f if PGRST202 (fallback error.code:3)", "t unless PGRST202 (fallback error.code:3)"],
    ),
    "fallback": (
        f"try:\n    {NEW}\nexcept APIError:\n    {OLD}",
        ["f if catch (fallback catch:3)", "t unless catch (fallback catch:3)"],
    ),
    "raised_again": (f"try:\n    {NEW}\nexcept APIError:\n    {OLD}\n    raise", ["f always", "t always"]),
}


@pytest.mark.parametrize("case", PLACES)
def test_places(case):
    source, expected = PLACES[case]
    assert guards("a.py", source) == expected
