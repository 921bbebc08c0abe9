"""supabase-dart chains."""

import pytest

from midflight.references.languages import extract


def test_functions_and_buckets():
    source = b"f() { supabase.functions.invoke('g', body: b); supabase.storage.from('files').list(); }"
    assert [use.name for use in extract("a.dart", source).services] == ["g", "files"]


@pytest.mark.parametrize("piece", ["supabase.from(", "{'a': ", "[", "supabase.rpc('f', params: {"])
def test_hostile_nesting_ends(piece):
    extract("a.dart", ("f() { supabase.from('t').insert(" + piece * 5_000).encode())
