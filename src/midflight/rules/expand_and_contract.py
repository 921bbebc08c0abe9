"""One pull request both adds the replacement and removes what it replaces."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.removal import expands_beside
from midflight.inspection.wording import breaks_at
from midflight.operations.model import DropColumn
from midflight.operations.shapes import Name
from midflight.references.model import Place

_HISTORY = "CREATE TABLE company_profiles (id bigint PRIMARY KEY, location text);"
_ADD = "ALTER TABLE company_profiles ADD COLUMN location_structured jsonb;"
_MIGRATION = (
    "UPDATE company_profiles SET location_structured = jsonb_build_object('city', location)"
    " WHERE location_structured IS NULL;\n"
    "ALTER TABLE company_profiles DROP COLUMN location;"
)

rule = Rule(
    id="expand-and-contract",
    level=Level.WARNING,
    summary="Adding a replacement and removing the original in one change",
    why=(
        "The new column wants the database first and the drop wants the code first, so no single deployment order fits"
        " both, and values written by old code after the copy are lost with the old column."
    ),
    instead=(
        "Expand: add the new column and copy the values in this pull request.",
        "Rollout: deploy code that writes both and reads the new one with a fallback; watch it for one to two weeks.",
        "Contract: drop the old column in a later pull request.",
    ),
    bad=(
        Example(
            "Replaced in one go", schema=_HISTORY, migrations=(_ADD, _MIGRATION), says="`company_profiles.location`"
        ),
    ),
    good=(
        Example(
            "Only the expansion",
            schema=_HISTORY,
            migrations=("ALTER TABLE company_profiles ADD COLUMN location_structured jsonb;",),
        ),
    ),
    hazards=("expand-and-contract-together",),
    covered_by=("drop-and-add",),
    confirms="dropping the old column deletes its values, so a person confirms the last step",
)


@rule.on(DropColumn)
def dropped_beside_an_addition(drop: DropColumn, step: Step, context: Context) -> Iterator[Finding]:
    """Report a drop in a table that the same change set gives a new column (breaks have a rule of their own)."""
    table = step.before.resolve(drop.table)
    relation = context.before.relations.get(table)
    if not existed(table, context) or not expands_beside(table, context):
        return
    if relation and relation.complete and relation.column(drop.column) is None:
        return
    name = f"{table.short}.{drop.column}"
    if breaks_at(context.matrix.old_new, drop.statement, (name,)):
        return
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Dropping `{name}` in the change set that adds to `{table.short}` leaves no time in which old and new "
            "code both work: what old code writes after the copy is lost. Instead, keep the addition here and drop the "
            "column in a later pull request."
        ),
        place=Place(drop.statement.path, drop.statement.line),
        object=name,
        statement=drop.statement,
        recipe=_recipe(table, drop, context),
        phase=Phase.CONTRACT,
    )


def _recipe(table: Name, drop: DropColumn, context: Context) -> tuple[RecipeStep, ...]:
    kept = "Keep the addition and the copy in this pull request, each in a migration of its own."
    return (
        *(RecipeStep(Phase.EXPAND, kept, f"{text};") for text in _others(table, drop, context)),
        RecipeStep(Phase.ROLLOUT, "Deploy code that writes both columns and reads the new one with a fallback."),
        RecipeStep(Phase.CONTRACT, "Drop the old column in a later pull request.", f"{drop.statement.text};"),
    )


def _others(table: Name, drop: DropColumn, context: Context) -> tuple[str, ...]:
    statements = (s.operation.statement for s in context.steps if s.operation.statement != drop.statement)
    return tuple(dict.fromkeys(statement.text for statement in statements))
