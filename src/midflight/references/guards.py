"""The words by which code reads a feature flag, and what a condition on flags says about a branch.

Sources: the SDK references of LaunchDarkly, Unleash, GrowthBook, PostHog, OpenFeature and Statsig.
"""

import re
from dataclasses import dataclass

from midflight.references.model import Guard, Place

FALLBACK = "fallback"

# PostgREST and PostgreSQL codes for "there is no such routine, column, table or relationship"
MISSING_CODES = frozenset({"PGRST200", "PGRST202", "PGRST204", "PGRST205", "42883", "42703", "42P01"})

_ENVIRONMENT_CALLS = frozenset(
    {"Deno.env.get", "Bun.env.get", "Netlify.env.get", "os.environ.get", "os.getenv", "environ.get", "getenv"}
)
_ENVIRONMENT_MAPS = frozenset({"process.env", "import.meta.env", "Bun.env", "os.environ", "environ", "env"})

# by the method's name with underscores and case taken off, then the provider
_METHODS = {
    "variation": "launchdarkly",
    "boolvariation": "launchdarkly",
    "variationdetail": "launchdarkly",
    "boolvariationdetail": "launchdarkly",
    "stringvariation": "launchdarkly",
    "usevariation": "launchdarkly",
    "useboolvariation": "launchdarkly",
    "usestringvariation": "launchdarkly",
    "isenabled": "unleash",
    "useflag": "unleash",
    "getvariant": "unleash",
    "usevariant": "unleash",
    "ison": "growthbook",
    "isoff": "growthbook",
    "feature": "growthbook",
    "evalfeature": "growthbook",
    "getfeaturevalue": "growthbook",
    "usefeature": "growthbook",
    "usefeatureison": "growthbook",
    "usefeaturevalue": "growthbook",
    "isfeatureenabled": "posthog",
    "featureenabled": "posthog",
    "getfeatureflag": "posthog",
    "usefeatureflagenabled": "posthog",
    "usefeatureflagvariantkey": "posthog",
    "getfeatureflagpayload": "posthog",
    "usefeatureflagpayload": "posthog",
    "getbooleanvalue": "openfeature",
    "getbooleandetails": "openfeature",
    "usebooleanflagvalue": "openfeature",
    "usebooleanflagdetails": "openfeature",
    "getstringvalue": "openfeature",
    "usestringflagvalue": "openfeature",
    "checkgate": "statsig",
    "checkgatesync": "statsig",
    "getfeaturegate": "statsig",
    "usegate": "statsig",
    "usegatevalue": "statsig",
    "getexperiment": "statsig",
    "useexperiment": "statsig",
    "usefeaturegate": "statsig",
}
_FLAG_OBJECTS = {"useflags": "launchdarkly"}
_FLAGS = re.compile(r"(?:^|\.)(?:feature_?flags?|flags|feature_?toggles|toggles)\Z", re.IGNORECASE)
_USER_FIRST = frozenset({"checkgate", "checkgatesync", "getfeaturegate", "getexperiment"})
_CONSTANT = re.compile(r"(?:[A-Z]\w*\.)+\w+\Z|[A-Z][A-Z0-9_]+\Z")
_OFF_WORDS = frozenset({"false", "0", "off", "no", "disabled", "", "null", "undefined", "none"})
_SAYS_OFF = frozenset({"isoff"})

# an environment variable that holds a setting decides how code reaches something, not whether new code runs
_SETTING = re.compile(
    r"(?:URL|URI|KEY|SECRET|TOKEN|HOST|PORT|PASSWORD|PASS|USER|USERNAME|DSN|ID|ENDPOINT|EMAIL|DOMAIN|REGION|BUCKET|PATH"
    r"|DIR|NAME|DATABASE|LEVEL|ENV|ENVIRONMENT|STAGE|CI|DEBUG|TEST|VITEST|RUNTIME|PROD|DEV|MODE|SSR|CERT|PROJECT|CREDENTIALS)\Z"
)
_FLAG_WORD = re.compile(
    r"(?:\A|_)(?:USE|USES|ENABLED?|ENABLES?|DISABLED?|FEATURES?|FF|FLAGS?|TOGGLE|EXPERIMENTS?|NEW|ROLLOUT|BETA|LEGACY)(?:_|\Z)"
)


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag that a condition reads."""

    name: str
    provider: str
    set_by: str
    line: int


@dataclass(frozen=True, slots=True)
class Not:
    """The other way round."""

    of: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    """`a && b`."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """`a || b`."""

    parts: tuple["Condition", ...]


Condition = Flag | Not | Every | Either | None


def flag_called(callee: str, first: str | None, line: int) -> Condition:
    """The flag that a call reads, from the callee's dotted name and its first argument's text."""
    if first is None:
        return None
    callee = callee.replace("?.", ".")
    if callee in _ENVIRONMENT_CALLS:
        return _environment(first, callee, line)
    method = callee.rsplit(".", 1)[-1].replace("_", "").lower()
    provider = _METHODS.get(method)
    if provider is None:
        return None
    flag = Flag(first, provider, callee, line)
    return Not(flag) if method in _SAYS_OFF else flag


def names_user_first(callee: str) -> bool:
    """Whether a method takes the user before the flag (Statsig's server SDKs)."""
    return callee.replace("?.", ".").rsplit(".", 1)[-1].replace("_", "").lower() in _USER_FIRST


def constant(source: str) -> str | None:
    """The flag's name where another file keeps it: `FLAGS.newFlow`, `NEW_FLOW`."""
    return source if _CONSTANT.match(source) else None


def holds_flags(owner: str) -> bool:
    """Whether an object is called after flags, so that its properties are some."""
    return bool(_FLAGS.search(owner.replace("?.", ".")))


def flag_read(owner: str, name: str, line: int) -> Flag | None:
    """The flag that `owner.name` or `owner["name"]` reads."""
    owner = owner.replace("?.", ".").removesuffix(".")
    return _environment(name, owner, line) if owner in _ENVIRONMENT_MAPS else None


def _environment(name: str, set_by: str, line: int) -> Flag | None:
    if _SETTING.search(name.upper()) and not sounds_like_flag(name):
        return None
    return Flag(name, "environment", set_by, line)


def sounds_like_flag(name: str) -> bool:
    """Whether an environment variable's name says that it switches something (`USE_X`, `FEATURE_X`)."""
    return bool(_FLAG_WORD.search(name.upper()))


def flags_object(callee: str) -> str:
    """The provider of a call whose result holds every flag as a property, or nothing."""
    return _FLAG_OBJECTS.get(callee.rsplit(".", 1)[-1].replace("_", "").lower(), "")


def compared(condition: Condition, operator: str, literal: str) -> Condition:
    """What `condition == "true"`, `!== 'false'`, `is None` and the like say."""
    if condition is None:
        return None
    off = literal.strip().lower() in _OFF_WORDS
    different = operator in {"!=", "!==", "is not", "not in"}
    return Not(condition) if off != different else condition


def guard_when(condition: Condition, outcome: bool, path: str) -> Guard | None:
    """The guard of the branch that runs when the condition came out as `outcome`."""
    match condition:
        case Flag(name, provider, set_by, line):
            return Guard(name, provider, Place(path, line), set_by, negated=not outcome)
        case Not(of):
            return guard_when(of, not outcome, path)
        case Every(parts):
            return _first(parts, outcome, path)
        case Either(parts):
            every = all(guard_when(part, outcome, path) for part in parts)
            return _first(parts, outcome, path) if every or not outcome else None
        case _:
            return None


def _first(parts: tuple[Condition, ...], outcome: bool, path: str) -> Guard | None:
    return next((guard for part in parts if (guard := guard_when(part, outcome, path))), None)


def after_exit(condition: Condition, *, thrown: bool, path: str) -> Guard | None:
    """The guard of what follows `if (condition) return`; `thrown` where it throws, as checks of settings do."""
    guard = guard_when(condition, False, path)
    if guard and thrown and guard.provider == "environment" and not sounds_like_flag(guard.flag):
        return None
    return guard


def missing_code(text: str) -> str:
    """The "does not exist" error code that a piece of source compares with, or nothing."""
    return next((code for code in sorted(MISSING_CODES) if f"'{code}'" in text or f'"{code}"' in text), "")
