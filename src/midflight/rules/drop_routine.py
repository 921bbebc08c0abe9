"""A running copy of the old code may still call the routine."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import removed_routines
from midflight.inspection.removal import removal
from midflight.operations.model import DropRoutine

_FUNCTION = "CREATE FUNCTION list_projects() RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;"

rule = Rule(
    id="drop-routine",
    level=Level.ERROR,
    summary="Dropping a routine that existed before this change",
    why=(
        "Old code that still calls it fails with 42883 (PGRST202 through PostgREST) between the migration and the end "
        "of the rollout, and again after a rollback of the code. No rows are lost; grants and comments are."
    ),
    instead=(
        "Rollout: deploy code that no longer calls it, and watch it for a release.",
        "Contract: drop it in a later pull request.",
    ),
    bad=(
        Example(
            "Old code still calls it",
            schema=_FUNCTION,
            migrations=("DROP FUNCTION list_projects();",),
            base={"web/list.ts": "await supabase.rpc('list_projects');\n"},
            head={"web/list.ts": "export {};\n"},
            says="`list_projects`",
        ),
    ),
    good=(
        Example(
            "Dropped and made again with the same signature",
            schema=_FUNCTION,
            migrations=(f"DROP FUNCTION list_projects(); {_FUNCTION}",),
            base={"web/list.ts": "await supabase.rpc('list_projects');\n"},
            head={"web/list.ts": "await supabase.rpc('list_projects');\n"},
        ),
    ),
    confirms="callers outside this repository cannot be seen, so a person confirms the last step",
    hazards=("drop-function",),
    covered_by=("drop-cascade", "contract-too-early"),
)


@rule.on(DropRoutine)
def routine_was_there_before(drop: DropRoutine, step: Step, context: Context) -> Iterator[Finding]:
    """Report the drop of a routine whose name does not stay."""
    removed = {key for key in removed_routines(step) if key in context.before.routines}
    names = {key.name for key in removed}
    kept = {key.name for key in context.after.routines}
    for name in sorted(names - kept):
        yield from removal(rule.id, f"routine `{name.short}`", (name.short,), step, context)
