"""What a routine or a view gives changes for every caller at once."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.compatibility.resolve import name_of
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.usage import READS, lines, table_uses
from midflight.inspection.wording import listed
from midflight.operations.model import AlterRoutine, CreateRoutine, Statement
from midflight.operations.shapes import Name, Routine, RoutineKey
from midflight.references.model import Place, RoutineReference

_OLD = "CREATE FUNCTION price(amount numeric) RETURNS numeric LANGUAGE sql AS $$ SELECT amount $$;"
_NEW = "CREATE OR REPLACE FUNCTION price(amount numeric) RETURNS numeric LANGUAGE sql AS $$ SELECT amount * 1.2 $$;"
_DEFINER = _OLD.replace("LANGUAGE sql", "LANGUAGE sql SECURITY DEFINER SET search_path = ''")
_CALL = {"web/price.ts": "await supabase.rpc('price', { amount });\n"}

rule = Rule(
    id="change-without-flag",
    level=Level.WARNING,
    summary="Replacing a routine or view that running code uses, or a routine's rights",
    why=(
        "Every caller gets the new behaviour in the moment the migration runs: there is no gradual rollout, and a code"
        " rollback does not bring the old behaviour back. Nothing is lost."
    ),
    instead=(
        "Expand: create the new behaviour under a new name and keep the old routine.",
        "Rollout: call the new one behind a feature flag, for 10 %, 50 %, then all requests.",
        "Contract: drop the old routine in a later pull request.",
    ),
    bad=(
        Example("Same name, other body", schema=_OLD, migrations=(_NEW,), base=_CALL, head=_CALL, says="`price`"),
        Example(
            "Same body, NULL is no longer passed",
            schema=_OLD,
            migrations=("ALTER FUNCTION price(numeric) STRICT;",),
            base=_CALL,
            head=_CALL,
            says="NULL",
        ),
        Example(
            "Same body, other rights",
            schema=_DEFINER,
            migrations=("ALTER FUNCTION price(numeric) SECURITY INVOKER;",),
            base=_CALL,
            head=_CALL,
            says="its caller's rights",
        ),
    ),
    good=(
        Example(
            "A new routine beside the old one",
            schema=_OLD,
            migrations=(_NEW.replace("price(", "price_with_tax("),),
            base=_CALL,
            head=_CALL,
        ),
        Example(
            "A search_path of its own",
            schema=_OLD,
            migrations=("ALTER FUNCTION price(numeric) SET search_path = '';",),
            base=_CALL,
            head=_CALL,
        ),
        Example("No code calls it", schema=_OLD, migrations=(_NEW,)),
    ),
    recipe_differs="the new behaviour gets a new name, and the old routine stays until nothing calls it",
    hazards=("function-body-or-options-change",),
)


@rule.on(CreateRoutine)
def body_changes_under_callers(create: CreateRoutine, step: Step, context: Context) -> Iterator[Finding]:
    """Report another body for a routine that old code calls."""
    key = _key(create.routine, step)
    old, new = context.before.routines.get(key), create.routine
    if old is None:
        return
    if old.body.split() != new.body.split():
        yield from _finding(key, "changes what running code gets", step, context)
    elif _options(old) != _options(new):
        yield from _finding(key, _effect(old, new), step, context)


@rule.on(AlterRoutine)
def options_change_under_callers(change: AlterRoutine, step: Step, context: Context) -> Iterator[Finding]:
    """Report other rights, or another answer to NULL, for a routine that old code calls."""
    for key, new in step.after.routines.items():
        old, known = step.before.routines.get(key), context.before.routines.get(key)
        if old is not None and known is not None and old != new and _options(known) != _options(new):
            yield from _finding(key, _effect(known, new), step, context)


@rule.on_whole
def view_gives_fewer_rows(context: Context) -> Iterator[Finding]:
    """Report a view that running code reads and that gave fewer rows on a server than before the change."""
    for each in context.shown.fewer:
        readers = lines(tuple(r for r in table_uses(context, each.name, READS) if r.guard is None))
        if readers and each.name in context.after.relations:
            yield _of_view(each.name, readers, each.statement, context)


def _of_view(name: Name, readers: tuple[Place, ...], statement: Statement, context: Context) -> Finding:
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.PROVEN,
        message=(
            f"Replacing `{name.short}` changes what running code reads at {listed(readers)} in the moment the migration"
            f" runs, with no flag to turn it off{_counted(name, context)}. Instead, create the new view under a new"
            " name and switch the readers over behind a feature flag."
        ),
        place=Place(statement.path, statement.line),
        object=name.short,
        statement=statement,
        code=readers,
        recipe=(
            RecipeStep(Phase.EXPAND, f"Create the new view beside `{name.short}`, under a new name."),
            RecipeStep(Phase.ROLLOUT, "Read it behind a feature flag, for 10 %, 50 %, then all requests."),
            RecipeStep(Phase.CONTRACT, "Drop the old view when nothing reads it."),
        ),
        phase=Phase.EXPAND,
    )


def _counted(name: Name, context: Context) -> str:
    """What a server showed: how many rows it gave before and after the change."""
    for each in context.shown.fewer:
        if each.name == name:
            role = f" to role `{each.role}`" if each.role else ""
            return f": on generated rows it gives {each.after:,}{role}, where it gave {each.before:,}"
    return ""


def _options(routine: Routine) -> tuple[bool, bool]:
    return (routine.security_definer, routine.strict)


def _effect(old: Routine, new: Routine) -> str:
    if old.security_definer != new.security_definer:
        rights = "its owner's" if new.security_definer else "its caller's"
        return f"makes it run with {rights} rights for running code"
    return f"makes it {'answer NULL to' if new.strict else 'run with'} a NULL argument of running code"


def _finding(key: RoutineKey, effect: str, step: Step, context: Context) -> Iterator[Finding]:
    callers = tuple(
        r.place
        for r in context.old_code.references
        if isinstance(r, RoutineReference) and name_of(r).name == key.name.name and r.guard is None
    )
    if not callers:
        return
    statement = step.operation.statement
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Replacing `{key.name.short}` {effect} at {listed(callers)} in the moment the migration runs, with no flag"
            f" to turn it off{_counted(key.name, context)}. Instead, create the new behaviour under a new name and"
            " switch the callers over behind a feature flag."
        ),
        place=Place(statement.path, statement.line),
        object=key.name.short,
        statement=statement,
        code=callers,
        recipe=(
            RecipeStep(Phase.EXPAND, f"Create the new behaviour beside `{key.name.short}`, under a new name."),
            RecipeStep(Phase.ROLLOUT, "Call it behind a feature flag, for 10 %, 50 %, then all requests."),
            RecipeStep(Phase.CONTRACT, "Drop the old routine when nothing calls it."),
        ),
        phase=Phase.EXPAND,
    )


def _key(routine: Routine, step: Step) -> RoutineKey:
    found = next((r.key for r in step.after.routines_named(routine.name) if r.key.types == routine.key.types), None)
    return found or routine.key
