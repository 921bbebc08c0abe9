"""The feature flags that cover what a change set adds, and the command that switches one off."""

import shlex
from collections.abc import Iterator, Sequence

from midflight.catalog.model import Catalog
from midflight.compatibility.model import Matrix
from midflight.inspection.model import Context
from midflight.operations.shapes import Name
from midflight.plan.options import FLAG_COMMAND, PlanOptions
from midflight.plan.words import code
from midflight.references.model import Guard, Reference, RoutineReference

FALLBACK = "fallback"
_SERVICES = {
    "launchdarkly": "LaunchDarkly",
    "unleash": "Unleash",
    "growthbook": "GrowthBook",
    "posthog": "PostHog",
    "openfeature": "the OpenFeature provider",
    "statsig": "Statsig",
    "own": "the flags of your application",
}


def find_flags(contexts: Sequence[Context], matrix: Matrix) -> tuple[Guard, ...]:
    """Return the guards around new code that needs the new schema, each flag once; error fallbacks come last.

    A flag that covers some of the code that fails, and no object of it wholly, is none: switching it off helps nobody.
    """
    found: dict[str, Guard] = {}
    vain = _vain(matrix)
    for guard in (*_of_breaks(matrix), *_of_new_references(contexts)):
        if guard.flag not in vain:
            found.setdefault(guard.flag, guard)
    return tuple(sorted(found.values(), key=lambda guard: guard.provider == FALLBACK))


def _vain(matrix: Matrix) -> frozenset[str]:
    """The flags of code that fails of which every object is named by failing code without a flag too."""
    open_ = {found.object for found in matrix.new_old.breaks if found.reference.guard is None}
    covers: dict[str, set[str]] = {}
    for found in matrix.new_old.breaks:
        if found.reference.guard is not None:
            covers.setdefault(found.reference.guard.flag, set()).add(found.object)
    return frozenset(flag for flag, objects in covers.items() if objects <= open_)


def _of_breaks(matrix: Matrix) -> Iterator[Guard]:
    yield from (b.reference.guard for b in matrix.new_old.breaks if b.reference.guard is not None)


def _of_new_references(contexts: Sequence[Context]) -> Iterator[Guard]:
    for context in contexts:
        for reference in context.new_code.references:
            if reference.guard is not None and needs_new(reference, context):
                yield reference.guard


def needs_new(reference: Reference, context: Context) -> bool:
    """Return whether the reference names something that only the catalog after has."""
    before, after = context.before, context.after
    if isinstance(reference, RoutineReference):
        name = Name(reference.routine, reference.schema)
        return not before.routines_named(name) and bool(after.routines_named(name))
    name = Name(reference.table, reference.schema)
    old, new = before.relation(name), after.relation(name)
    if old is None or new is None:
        return new is not None
    return any(old.column(c.name) is None and new.column(c.name) is not None for c in reference.columns)


def old_path(flag: Guard, catalog: Catalog, references: Sequence[Reference]) -> tuple[Reference, ...]:
    """Return the references that run when the flag is off and whose objects the catalog before has."""
    return tuple(
        r
        for r in references
        if r.guard is not None
        and r.guard.flag == flag.flag
        and r.guard.negated != flag.negated
        and (isinstance(r, RoutineReference) or catalog.relation(Name(r.table, r.schema)) is not None)
    )


def toggle(flag: Guard, options: PlanOptions) -> tuple[str, str]:
    """Return what to do to switch the new path off, and the command (empty where a person uses a dashboard)."""
    off = "true" if flag.negated else "false"
    do = f"Set {code(flag.flag)} to {off}"
    if options.flag_command != FLAG_COMMAND:
        command = options.flag_command.replace("{flag}", shlex.quote(flag.flag))
        return f"{do}.", command.replace("=false", f"={off}")
    if flag.provider != "environment":
        return f"{do} in {_SERVICES.get(flag.provider, flag.provider)}.", ""
    setting = shlex.quote(f"{flag.flag}={off}")
    if "Deno" in flag.set_by:
        return f"{do}.", f"supabase secrets set {setting}"
    return f"{do} in the environment of the service, and let it read its environment again.", f"export {setting}"
