"""How the SDK of each provider reads a flag, and the shapes in which code asks for it."""

import pytest

from support.reference_lines import guards

NEW = "supabase.rpc('f', {})"
OLD = "supabase.from('t').insert({ a })"
READ = {
    "launchdarkly": (
        "await client.boolVariation('x', ctx, false)",
        "client.stringVariation('x', ctx, 'off') === 'on'",
        "client.variationDetail('x', ctx, false).value",
        "useBoolVariation('x', false)",
    ),
    "unleash": ("unleash.isEnabled('x')", "useFlag('x')", "unleash.getVariant('x').enabled", "useVariant('x').enabled"),
    "growthbook": (
        "gb.isOn('x')",
        "useFeatureIsOn('x')",
        "useFeature('x').on",
        "gb.evalFeature('x').on",
        "gb.getFeatureValue('x', false)",
    ),
    "posthog": (
        "await posthog.isFeatureEnabled('x', id)",
        "useFeatureFlagEnabled('x')",
        "useFeatureFlagVariantKey('x') === 'test'",
        "await posthog.getFeatureFlagPayload('x', id)",
    ),
    "openfeature": (
        "await client.getBooleanValue('x', false)",
        "useBooleanFlagValue('x', false)",
        "useBooleanFlagDetails('x', false).value",
        "(await client.getStringValue('x', 'off')) === 'on'",
    ),
    "statsig": (
        "statsig.checkGate('x')",
        "statsig.checkGate(user, 'x')",
        "useGate('x').value",
        "useGateValue('x')",
        "statsig.getFeatureGate(user, 'x').value",
        "statsig.getExperiment('x').get('on', false)",
    ),
}
CASES = [(provider, condition) for provider, conditions in READ.items() for condition in conditions]


def flags(path: str, source: str) -> list[str]:
    """The object and its guard without the place that reads the flag."""
    split = (each.partition(" (") for each in guards(path, source))
    return [f"{head} {tail.partition(' ')[0]}".strip() for head, _, tail in split]


@pytest.mark.parametrize(("provider", "condition"), CASES)
def test_a_provider_s_call_is_its_flag(provider, condition):
    assert flags("a.ts", f"if ({condition}) {{ {NEW} }}") == [f"f if x {provider}"]


@pytest.mark.parametrize(("provider", "condition"), CASES)
def test_an_early_return_covers_what_follows(provider, condition):
    source = f"async function g() {{ if (!({condition})) {{ return {OLD} }}\nreturn {NEW} }}"
    assert flags("a.ts", source) == [f"t unless x {provider}", f"f if x {provider}"]


@pytest.mark.parametrize(("provider", "condition"), CASES)
def test_a_function_of_the_file_asks_for_the_flag(provider, condition):
    source = f"const useNew = async () => {condition};\nif (await useNew()) {{ {NEW} }} else {{ {OLD} }}"
    assert flags("a.ts", source) == [f"f if x {provider}", f"t unless x {provider}"]


def test_the_hook_of_openfeature_is_told_from_that_of_unleash():
    source = f"import {{ useFlag }} from '@openfeature/react-sdk';\nif (useFlag('x', false).value) {{ {NEW} }}"
    assert flags("a.ts", source) == ["f if x openfeature"]


SHAPES = {
    "flags_of_elsewhere": (f"if (!flags.newCheckout) return old();\n{NEW}", ["f if newCheckout own"]),
    "flags_of_a_command_line": (
        f"const {{ flags }} = await this.parse(Command);\nif (flags.force) {{ {NEW} }}",
        ["f always"],
    ),
    "constant_of_elsewhere": (
        f"if (ld.variation(FLAGS.newFlow, ctx, false)) {{ {NEW} }}",
        ["f if FLAGS.newFlow launchdarkly"],
    ),
    "helper_with_a_constant": (
        f"async function on(u) {{ const y = await unleash.isEnabled('x', u); return y }}\nif (await on(1)) {{ {NEW} }}",
        ["f if x unleash"],
    ),
    "helper_with_an_early_return": (
        f"function on() {{ if (process.env.USE_X !== 'true') return false; return true }}\nif (on()) {{ {NEW} }}",
        ["f if USE_X environment"],
    ),
    "helper_that_says_off": (
        f"function off() {{ if (process.env.USE_X === 'true') return false; return true }}\nif (off()) {{ {OLD} }}",
        ["t unless USE_X environment"],
    ),
    "method": (
        f"class S {{ on() {{ return this.gb.isOn('x') }} g() {{ if (!this.on()) return {OLD}; return {NEW} }} }}",
        ["t unless x growthbook", "f if x growthbook"],
    ),
    "getter": (
        f"class S {{ get on() {{ return process.env.USE_X === 'true' }} g() {{ if (this.on) {{ {NEW} }} }} }}",
        ["f if USE_X environment"],
    ),
    "switch": (
        f"switch (ld.variation('x', c, 'off')) {{ case 'off': {OLD}; break; case 'on': {NEW}; break }}",
        ["t unless x launchdarkly", "f if x launchdarkly"],
    ),
    "functions_that_are_called_under_a_flag": (
        (
            f"async function now() {{ await {NEW} }}\nconst before = async () => {{ await {OLD} }}\n"
            "async function run() { if (process.env.USE_X) return now(); return before() }"
        ),
        ["f if USE_X environment", "t unless USE_X environment"],
    ),
    "exported_function": (
        f"export async function now() {{ await {NEW} }}\nif (process.env.USE_X) now()",
        ["f always"],
    ),
    "function_that_is_also_called_elsewhere": (
        f"async function now() {{ await {NEW} }}\nif (process.env.USE_X) now()\nnow()",
        ["f always"],
    ),
    "function_that_is_passed_on": (
        f"async function now() {{ await {NEW} }}\nif (process.env.USE_X) now()\nschedule(now)",
        ["f always"],
    ),
    "function_that_nobody_calls": (f"async function now() {{ await {NEW} }}", ["f always"]),
    "function_that_calls_itself": (f"function now() {{ {NEW}; now() }}", ["f always"]),
}


@pytest.mark.parametrize("case", SHAPES)
def test_shapes(case):
    source, expected = SHAPES[case]
    assert flags("a.ts", source) == expected


CALL = "supabase.rpc('f', {}).execute()"
PYTHON = {
    "statsig": (f"if statsig.check_gate(user, 'x'):\n    {CALL}\n", ["f if x statsig"]),
    "method": (
        (
            "class S:\n    def on(self):\n        return self.ld.variation('x', c, False)\n"
            f"    def g(self):\n        if not self.on():\n            return\n        {CALL}\n"
        ),
        ["f if x launchdarkly"],
    ),
    "lambda": (f"on = lambda: os.environ.get('USE_X') == '1'\nif on():\n    {CALL}\n", ["f if USE_X environment"]),
    "helper_with_an_early_return": (
        f"def on():\n    if os.getenv('USE_X') != '1':\n        return False\n    return True\nif on():\n    {CALL}\n",
        ["f if USE_X environment"],
    ),
    "helper_with_other_answers": (
        f"def on():\n    if os.getenv('USE_X') != '1':\n        return ask()\n    return True\nif on():\n    {CALL}\n",
        ["f always"],
    ),
    "constant_of_elsewhere": (
        f"if gb.is_on(flags.NEW):\n    {CALL}\nelif gb.is_on(Flags.NEW):\n    {CALL}\n",
        ["f always", "f if Flags.NEW growthbook"],
    ),
}


@pytest.mark.parametrize("case", PYTHON)
def test_shapes_in_python(case):
    source, expected = PYTHON[case]
    assert flags("a.py", source) == expected
