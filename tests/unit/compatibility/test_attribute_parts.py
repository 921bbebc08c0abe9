"""Which files are of which database, as the configuration says."""

import pytest

from midflight.compatibility.attribute import Part


@pytest.mark.parametrize(
    ("part", "path", "mine"),
    [
        (Part(), "anything/at/all.ts", True),
        (Part(roots=("apps/shop",)), "apps/shop/a.ts", True),
        (Part(roots=("apps/shop",)), "apps/shopping/a.ts", False),
        (Part(roots=("apps/*/billing",)), "apps/shop/billing/a.ts", True),
        (Part(roots=("apps/*/billing",)), "apps/shop/other/a.ts", False),
        (Part(roots=("apps",), ignore=("apps/shop/**",)), "apps/shop/a.ts", False),
        (Part(ignore=("legacy/",)), "legacy/a.ts", False),
    ],
)
def test_roots_and_globs_say_which_file_is_of_a_database(part, path, mine):
    assert part.has(path) is mine
