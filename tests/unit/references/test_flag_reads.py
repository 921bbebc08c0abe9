import pytest

from midflight.references.flag_reads import Unset, unset
from midflight.references.languages import extract
from midflight.references.model import Guard, Place

ON, OFF, UNKNOWN = Unset.ON, Unset.OFF, Unset.UNKNOWN
CALL = "{ supabase.rpc('f', {}) }"


def read(path, source):
    (reference,) = (r for r in extract(path, source.encode()).references if r.guard)
    return unset(reference.guard)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Deno.env.get('USE_X') === 'true'", OFF),
        ("'true' === process.env.USE_X", OFF),
        ("process.env.USE_X", OFF),
        ("env.USE_X", UNKNOWN),
        ("env.USE_X === 'true'", UNKNOWN),
        ("(env.USE_X ?? 'true') === 'true'", ON),
        ("!!process.env.USE_X", OFF),
        ("process.env.USE_X !== 'false'", ON),
        ("process.env.USE_X === 'false'", ON),
        ("'false' !== process.env.USE_X", ON),
        ("(process.env.USE_X ?? 'false') === 'true'", OFF),
        ("(process.env.USE_X ?? 'true') === 'true'", ON),
        ("(process.env.USE_X || 'true') !== 'false'", ON),
        ("process.env['USE_X']?.toLowerCase() === '1'", OFF),
        ("['1', 'true'].includes(process.env.USE_X)", OFF),
        ("await client.variation('use-x', context, false)", OFF),
        ("await client.boolVariation('use-x', { key: user.id }, true)", ON),
        ("await client.variation('use-x', contextOf(user), fallback)", UNKNOWN),
        ("unleash.isEnabled('use-x')", OFF),
        ("unleash.isEnabled('use-x', context, true)", ON),
        ("await client.getBooleanValue('use-x', true, context)", ON),
        ("await client.getBooleanValue('use-x', preset)", UNKNOWN),
        ("gb.isOn('use-x')", OFF),
        ("gb.getFeatureValue('use-x', true)", ON),
        ("await posthog.isFeatureEnabled('use-x', user.id)", OFF),
        ("statsig.checkGate(user, 'use_x')", OFF),
    ],
)
def test_a_condition_says_what_holds_where_nothing_sets_its_flag(condition, expected):
    assert read("a.ts", f"if ({condition}) {CALL}") is expected


def test_a_default_is_found_where_the_flag_is_read_and_not_where_it_decides():
    assert read("a.ts", f"const USE_X = Deno.env.get('USE_X') !== 'false';\nif (USE_X) {CALL}") is ON


def test_a_default_on_the_next_line_is_found():
    assert read("a.ts", f"if (await client.variation(\n  'use-x',\n  context, true)) {CALL}") is ON


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("os.environ.get('USE_X', 'false') == 'true'", OFF),
        ("os.environ.get('USE_X', 'true') == 'true'", ON),
        ("os.getenv('USE_X', '1') != '0'", ON),
        ("os.getenv('USE_X')", OFF),
        ("os.getenv('USE_X') is None", OFF),
    ],
)
def test_python_says_it_with_the_second_argument(condition, expected):
    source = f"import os\nif {condition}:\n    cursor.execute('SELECT a FROM t')\n"
    assert read("a.py", source) is expected


def test_a_flag_of_which_only_the_name_is_known_is_not_guessed():
    assert unset(Guard("FLAGS.newFlow", "launchdarkly", Place("a.ts", 1))) is UNKNOWN


@pytest.mark.parametrize(
    ("flag", "set_by", "source", "expected"),
    [
        ("USE_X", "env", "if (env('USE_X')) {", OFF),
        ("USE_X", "env", "if (env('USE_X', true)) {", ON),
        ("features.new", "config", "if (config('features.new')) {", UNKNOWN),
        ("features.new", "config", "if (config('features.new', true)) {", UNKNOWN),
    ],
)
def test_a_configuration_file_may_set_what_its_reader_does_not_show(flag, set_by, source, expected):
    assert unset(Guard(flag, "environment", Place("a.php", 1), set_by, read=source)) is expected
