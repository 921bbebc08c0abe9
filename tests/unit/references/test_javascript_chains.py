"""supabase-js chains in TypeScript and JavaScript."""

import pytest

from support.reference_lines import shown


def test_jsx_around_a_chain():
    source = "const C = () => <a onClick={() => supabase.from('t').delete().eq('id', 1)}>x</a>"
    assert shown("a.tsx", source) == ["1 delete t(id)"]


@pytest.mark.parametrize("suffix", ["vue", "svelte"])
def test_the_scripts_of_a_component_keep_their_lines(suffix):
    template = "<template>\n <p>.from('x').select('y')</p>\n</template>\n"
    source = template + "<script lang='ts'>\nsupabase.from('t').select('a')\n</script>\n"
    assert shown(f"a.{suffix}", source) == ["5 select t(a)"]
