"""Feature flags and fallbacks around references in TypeScript."""

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
