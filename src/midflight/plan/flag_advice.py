"""Finds new ways without a flag to go back by, and writes one down in the manner of the code around."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from midflight.inspection.finding import Finding
from midflight.inspection.model import Context
from midflight.plan.flags import FALLBACK, needs_new
from midflight.plan.model import FlagAdvice
from midflight.plan.words import code
from midflight.references.model import WRITES, Guard, Reference, RoutineReference

RULE = "change-without-flag"
_SCRIPT = "js"
_FAMILIES = dict.fromkeys((".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte"), _SCRIPT)
_ENVIRONMENT = {
    _SCRIPT: "process.env.{name} === 'true'",
    ".py": 'os.environ.get("{name}", "false") == "true"',
    ".rb": 'ENV.fetch("{name}", "false") == "true"',
    ".php": "getenv('{name}') === 'true'",
    ".go": 'os.Getenv("{name}") == "true"',
    ".java": '"true".equals(System.getenv("{name}"))',
    ".kt": 'System.getenv("{name}") == "true"',
    ".cs": 'Environment.GetEnvironmentVariable("{name}") == "true"',
    ".ex": 'System.get_env("{name}") == "true"',
    ".rs": 'std::env::var("{name}").is_ok_and(|value| value == "true")',
}
_BRACES = "if ({condition}) {{\n    // {new}\n}} else {{\n    // {old}\n}}"
_BARE = "if {condition} {{\n    // {new}\n}} else {{\n    // {old}\n}}"
_BRANCHES = {
    ".py": "if {condition}:\n    ...  # {new}\nelse:\n    ...  # {old}",
    ".rb": "if {condition}\n  # {new}\nelse\n  # {old}\nend",
    ".ex": "if {condition} do\n  # {new}\nelse\n  # {old}\nend",
    ".go": _BARE,
    ".rs": _BARE,
}
_AFTER_NAME = {"launchdarkly": ", context, false", "openfeature": ", false", "posthog": ", user.id"}


def advise(contexts: Sequence[Context], findings: Sequence[Finding]) -> Iterator[FlagAdvice]:
    """Yield where a flag is missing: routines replaced under their callers, and calls that took another way's place."""
    told: set[tuple[str, str]] = set()
    for advice in (*_replaced(contexts, findings), *_swapped(contexts)):
        key = (advice.place.path, advice.object)
        if key not in told:
            told.add(key)
            yield advice


def _replaced(contexts: Sequence[Context], findings: Sequence[Finding]) -> Iterator[FlagAdvice]:
    calls = {r.place: r for context in contexts for r in context.old_code.references}
    for finding in findings:
        if finding.rule != RULE or finding.suppressed is not None:
            continue
        for place in finding.code:
            if place in calls:
                why = f"{code(finding.object)} changes for this call in the moment the migration runs"
                new = f"the new way, under a name of its own beside {finding.object}"
                yield _advice(calls[place], finding.object, (why, new, _as_now(calls[place])), contexts, old=True)


def _swapped(contexts: Sequence[Context]) -> Iterator[FlagAdvice]:
    for context in contexts:
        kept = {(r.place.path, r.text) for r in context.new_code.references}
        away = [r for r in context.old_code.references if _does(r) and (r.place.path, r.text) not in kept]
        gone = {reference.place.path: reference for reference in reversed(away)}
        for reference in context.new_code.references:
            if not isinstance(reference, RoutineReference) or reference.guard is not None:
                continue
            if reference.place.path in gone and needs_new(reference, context):
                why = f"{code(reference.routine)} takes the place of another way, which only a deployment brings back"
                was = _as_now(gone[reference.place.path], "as it was")
                yield _advice(reference, reference.routine, (why, _as_now(reference, "the new way"), was), contexts)


def _does(reference: Reference) -> bool:
    return isinstance(reference, RoutineReference) or reference.verb in WRITES


def _advice(
    reference: Reference, named: str, said: tuple[str, str, str], contexts: Sequence[Context], *, old: bool = False
) -> FlagAdvice:
    path = reference.place.path
    language = _language(path)
    used = _most_used(language, (r.guard for c in contexts for r in (*c.new_code.references, *c.old_code.references)))
    name = _flag_name(named, used)
    condition = _condition(name, used, path)
    why, new, was = said
    written = _BRANCHES.get(language, _BRACES).format(condition=condition, new=new, old=was) if condition else ""
    return FlagAdvice(named, reference.place, why, name, written, old)


def _language(path: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    return _FAMILIES.get(suffix, suffix)


def _most_used(language: str, guards: Iterable[Guard | None]) -> Guard | None:
    """The first guard of the provider that code of a language reads most."""
    own = [g for g in guards if g is not None and g.provider != FALLBACK and _language(g.place.path) == language]
    counted = Counter(guard.provider for guard in own).most_common(1)
    return next((guard for guard in own if guard.provider == counted[0][0]), None) if counted else None


def _flag_name(named: str, used: Guard | None) -> str:
    words = re.findall(r"[A-Za-z0-9]+", named.rsplit(".", 1)[-1])[:8]
    if used is None or used.provider == "environment" or "_" in used.flag:
        spelled = "_".join(("use", "new", *words))
        return (
            spelled.upper()
            if used is None or used.flag.isupper() or used.provider == "environment"
            else spelled.lower()
        )
    return "-".join(("use", "new", *words)).lower()


def _condition(name: str, used: Guard | None, path: str) -> str:
    language = _language(path)
    if used is not None and used.provider != "environment":
        return _service_call(name, used)
    if language == _SCRIPT and ((used and "Deno" in used.set_by) or path.startswith("supabase/functions/")):
        return f"Deno.env.get('{name}') === 'true'"
    return _ENVIRONMENT.get(language, "").format(name=name)


def _service_call(name: str, used: Guard) -> str:
    if not re.fullmatch(r"[\w.$>:-]{1,80}", used.set_by):
        return ""
    waits = "await " if f"await {used.set_by}" in used.read else ""
    before = "user, " if used.provider == "statsig" else ""
    return f"{waits}{used.set_by}({before}'{name}'{_AFTER_NAME.get(used.provider, '')})"


def _as_now(reference: Reference, label: str = "as it is now") -> str:
    text = " ".join(reference.text.split())
    return f"{label}: {text}" if text and len(text) <= 120 and "*/" not in text else label
