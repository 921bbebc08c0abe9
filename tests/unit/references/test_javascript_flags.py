"""Feature flags and fallbacks around references in TypeScript."""

import pytest

from support.reference_lines import guards, shown

P0_1 = """\
const USE_ATOMIC_CREATION = Deno.env.get('USE_ATOMIC_CREATION') === 'true';

if (USE_ATOMIC_CREATION) {
  // New atomic approach
  await supabase.rpc('create_project_atomic', { p_title: title, p_user: user });
} else {
  // Old 3-insert approach (fallback)
  await supabase.from('projects').insert({ title });
  await supabase.from('project_forms').insert({ project_id });
  await supabase.from('project_metadata').insert({ project_id });
}
"""


def test_the_outage_itself_calls_the_routine_unguarded():
    source = "// Edge function calls it\nawait supabase.rpc('create_project_atomic', { p_title: 'x' });"
    assert shown("supabase/functions/create/index.ts", source) == ["2 call create_project_atomic(p_title)"]
    assert guards("supabase/functions/create/index.ts", source) == ["create_project_atomic always"]


def test_the_outage_behind_its_flag_has_both_branches():
    flag = "USE_ATOMIC_CREATION (environment Deno.env.get:1)"
    assert guards("index.ts", P0_1) == [
        f"create_project_atomic if {flag}",
        f"projects unless {flag}",
        f"project_forms unless {flag}",
        f"project_metadata unless {flag}",
    ]


def test_a_flag_in_an_object_of_features():
    source = """\
const FEATURES = {
  atomicProjectCreation: Deno.env.get('FEATURE_ATOMIC_PROJECTS') === 'true',
  enhancedValidation: Deno.env.get('FEATURE_VALIDATION') === 'true',
};
if (FEATURES.atomicProjectCreation) {
  await supabase.rpc('create_project_atomic', {});
} else {
  await supabase.from('projects').insert({ title });
}
"""
    flag = "FEATURE_ATOMIC_PROJECTS (environment Deno.env.get:2)"
    assert guards("index.ts", source) == [f"create_project_atomic if {flag}", f"projects unless {flag}"]


NEW = "supabase.rpc('f', {})"
OLD = "supabase.from('t').insert({ a })"
CONDITIONS = {
    "process_env": ("process.env.USE_X === 'true'", "if USE_X (environment process.env:1)"),
    "process_env_quoted": ("process.env['USE_X']", "if USE_X (environment process.env:1)"),
    "vite": ("import.meta.env.VITE_NEW_FLOW", "if VITE_NEW_FLOW (environment import.meta.env:1)"),
    "is_one": ("process.env.FF_X === '1'", "if FF_X (environment process.env:1)"),
    "is_not_false": ("process.env.USE_X !== 'false'", "if USE_X (environment process.env:1)"),
    "is_false": ("process.env.USE_X === 'false'", "unless USE_X (environment process.env:1)"),
    "literal_first": ("'true' === process.env.USE_X", "if USE_X (environment process.env:1)"),
    "default": ("(process.env.USE_X ?? 'false') === 'true'", "if USE_X (environment process.env:1)"),
    "or_default": ("(process.env.USE_X || 'false') === 'true'", "if USE_X (environment process.env:1)"),
    "lower_case": ("process.env.USE_X?.toLowerCase() === 'true'", "if USE_X (environment process.env:1)"),
    "one_of": ("['1', 'true'].includes(process.env.USE_X)", "if USE_X (environment process.env:1)"),
    "boolean": ("Boolean(process.env.USE_X)", "if USE_X (environment process.env:1)"),
    "double_negation": ("!!process.env.USE_X", "if USE_X (environment process.env:1)"),
    "negation": ("!process.env.USE_X", "unless USE_X (environment process.env:1)"),
    "and": ("user.ok && process.env.USE_X === 'true'", "if USE_X (environment process.env:1)"),
    "or_does_not_decide": ("user.ok || process.env.USE_X === 'true'", "always"),
    "launchdarkly": ("await ld.variation('new-flow', ctx, false)", "if new-flow (launchdarkly ld.variation:1)"),
    "launchdarkly_hook": ("useFlags().newFlow", "if newFlow (launchdarkly useFlags:1)"),
    "unleash": ("unleash.isEnabled('new-flow')", "if new-flow (unleash unleash.isEnabled:1)"),
    "growthbook": ("gb.isOn('new-flow')", "if new-flow (growthbook gb.isOn:1)"),
    "growthbook_off": ("gb.isOff('new-flow')", "unless new-flow (growthbook gb.isOff:1)"),
    "growthbook_feature": ("gb.feature('new-flow').on", "if new-flow (growthbook gb.feature:1)"),
    "posthog": (
        "await posthog.isFeatureEnabled('new-flow', id)",
        "if new-flow (posthog posthog.isFeatureEnabled:1)",
    ),
    "posthog_variant": (
        "posthog.getFeatureFlag('new-flow') === 'test'",
        "if new-flow (posthog posthog.getFeatureFlag:1)",
    ),
    "openfeature": (
        "await client.getBooleanValue('new-flow', false)",
        "if new-flow (openfeature client.getBooleanValue:1)",
    ),
    "statsig_or": ("statsig.checkGate('x') || user.ok", "always"),
    "statsig_gate": ("statsig.checkGate('new-flow')", "if new-flow (statsig statsig.checkGate:1)"),
    "setting": ("process.env.SUPABASE_URL", "always"),
    "node_env": ("process.env.NODE_ENV === 'production'", "always"),
    "rollout_by_number": ("bucket < rolloutPercentage", "always"),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_conditions(case):
    condition, expected = CONDITIONS[case]
    assert guards("a.ts", f"if ({condition}) {{ {NEW} }}") == [f"f {expected}"]


PLACES = {
    "ternary": (
        f"const F = process.env.USE_X;\nF ? {NEW} : {OLD}",
        ["f if USE_X (environment process.env:1)", "t unless USE_X (environment process.env:1)"],
    ),
    "short_circuit": (f"process.env.USE_X && {NEW}", ["f if USE_X (environment process.env:1)"]),
    "early_return": (
        f"function g() {{\n  if (!process.env.USE_X) return {OLD}\n  return {NEW}\n}}",
        ["t unless USE_X (environment process.env:2)", "f if USE_X (environment process.env:2)"],
    ),
    "else_if": (
        f"if (a) {{}} else if (process.env.USE_X) {{ {NEW} }} else {{ {OLD} }}",
        ["f if USE_X (environment process.env:1)", "t unless USE_X (environment process.env:1)"],
    ),
    "missing_setting_throws": (f"if (!process.env.THING) throw new Error()\n{NEW}", ["f always"]),
    "missing_flag_throws": (
        f"if (!process.env.USE_X) throw new Error()\n{NEW}",
        ["f if USE_X (environment process.env:1)"],
    ),
    "callback_inside": (
        f"if (process.env.USE_X) {{ xs.forEach(async () => {{ await {NEW} }}) }}",
        ["f if USE_X (environment process.env:1)"],
    ),
    "function_of_this_file": (
        f"const isOnNow = () => process.env.USE_X === 'true'\nif (isOnNow()) {{ {NEW} }}",
        ["f if USE_X (environment process.env:1)"],
    ),
    "destructured": (
        f"const {{ USE_X: on }} = process.env\nif (on) {{ {NEW} }}",
        ["f if USE_X (environment process.env:1)"],
    ),
    "flags_hook": (
        f"const {{ newFlow }} = useFlags()\nif (newFlow) {{ {NEW} }}",
        ["f if newFlow (launchdarkly useFlags:1)"],
    ),
    "after_the_branch": (f"if (process.env.USE_X) {{ log() }}\n{NEW}", ["f always"]),
    "sql": (
        "if (process.env.USE_X) { await pool.query('SELECT a FROM t') }",
        ["t if USE_X (environment process.env:1)"],
    ),
}


@pytest.mark.parametrize("case", PLACES)
def test_places(case):
    source, expected = PLACES[case]
    assert guards("a.ts", source) == expected


FALLBACKS = {
    "error_code": (
        f"const {{ error }} = await {NEW}\nif (error?.code === 'PGRST202') {{\n  await {OLD}\n}}",
        ["f if PGRST202 (fallback error.code:2)", "t unless PGRST202 (fallback error.code:2)"],
    ),
    "error_code_that_throws": (
        f"const {{ error }} = await {NEW}\nif (error?.code === 'PGRST202') throw error",
        ["f always"],
    ),
    "other_codes_throw": (
        f"const {{ error }} = await {NEW}\nif (error && error.code !== '42883') throw error",
        ["f if 42883 (fallback error.code:2)"],
    ),
    "no_rows_is_no_fallback": (
        f"const {{ error }} = await {NEW}\nif (error?.code === 'PGRST116') {{ {OLD} }}",
        ["f always", "t always"],
    ),
    "catch": (
        f"try {{\n  await {NEW}.throwOnError()\n}} catch (e) {{\n  await {OLD}\n}}",
        ["f if catch (fallback catch:3)", "t unless catch (fallback catch:3)"],
    ),
    "catch_notes_the_failure": (
        f"try {{ await {NEW}.throwOnError() }}\ncatch (e) {{ await supabase.from('error_logs').insert({{ a }}) }}",
        ["f always", "error_logs always"],
    ),
    "catch_sets_a_status": (
        f"try {{ await {NEW}.throwOnError() }}\ncatch (e) {{ await supabase.from('jobs').update({{ a }}) }}",
        ["f always", "jobs always"],
    ),
    "catch_throws_again": (
        f"try {{ await {NEW}.throwOnError() }} catch (e) {{ await {OLD}; throw e }}",
        ["f always", "t always"],
    ),
    "nothing_throws": (f"try {{ await {NEW} }} catch (e) {{ await {OLD} }}", ["f always", "t always"]),
    "sql_falls_back_to_sql": (
        "try {\n  await db.query('SELECT a, b FROM t')\n} catch {\n  await db.query('SELECT a FROM t')\n}",
        ["t if catch (fallback catch:3)", "t unless catch (fallback catch:3)"],
    ),
}


@pytest.mark.parametrize("case", FALLBACKS)
def test_fallbacks(case):
    source, expected = FALLBACKS[case]
    assert guards("a.ts", source) == expected
