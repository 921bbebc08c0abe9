"""A column changes its name under running code."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.wording import breaks_at, listed, places
from midflight.operations.model import RenameColumn
from midflight.operations.shapes import Name, quote
from midflight.references.model import Place

_HISTORY = "CREATE TABLE company_profiles (id bigint PRIMARY KEY, location text);"
_RENAME = "ALTER TABLE company_profiles RENAME COLUMN location TO city;"

rule = Rule(
    id="rename-column",
    level=Level.ERROR,
    summary="Renaming a column that existed before this change",
    why=(
        "Old code fails with 42703 on the new name and new code fails with 42703 on the old one, so no order of"
        " deployment is safe. Nothing is lost."
    ),
    instead=(
        "Expand: add the new column, copy the values, and write both.",
        "Rollout: deploy code that reads the new column and falls back to the old one.",
        "Contract: drop the old column in a later pull request.",
    ),
    bad=(
        Example(
            "Both sides name it",
            schema=_HISTORY,
            migrations=(_RENAME,),
            base={"web/profile.ts": "await db.from('company_profiles').select('id, location');\n"},
            head={"web/profile.ts": "await db.from('company_profiles').select('id, city');\n"},
            says="`company_profiles.location`",
        ),
        Example("No code that we can read names it", schema=_HISTORY, migrations=(_RENAME,), says="`city`"),
    ),
    good=(
        Example(
            "A column of the same change set",
            schema=_HISTORY,
            migrations=(
                "ALTER TABLE company_profiles ADD COLUMN enabled_typed boolean;",
                "ALTER TABLE company_profiles RENAME COLUMN enabled_typed TO typed_enabled;",
            ),
        ),
    ),
    recipe_differs="the new column stands at the end of the table",
    hazards=("rename-column",),
    confirms="dropping the old column deletes its values, so a person confirms the last step",
)


@rule.on(RenameColumn)
def column_was_there_before(rename: RenameColumn, step: Step, context: Context) -> Iterator[Finding]:
    """Report the rename of a column that code may name."""
    table = step.before.resolve(rename.table)
    relation = context.before.relations.get(table)
    if not existed(table, context) or (relation and relation.complete and relation.column(rename.column) is None):
        return
    old, new = f"{table.short}.{rename.column}", f"{table.short}.{rename.to}"
    breaks = (
        *breaks_at(context.matrix.old_new, rename.statement, (old,)),
        *breaks_at(context.matrix.new_old, rename.statement, (new,)),
    )
    who = f"breaks code at {listed(places(breaks))}" if breaks else "breaks whatever names it"
    yield Finding(
        rule=rule.id,
        level=old_code_level(context) if breaks else Level.WARNING,
        confidence=Confidence.HIGH if breaks else Confidence.MEDIUM,
        message=(
            f"Renaming `{old}` to `{rename.to}` {who}: old code from the moment the migration runs, new code until it "
            "has run. Instead, add the new column, write both, move the readers, and drop the old column later."
        ),
        place=Place(rename.statement.path, rename.statement.line),
        object=old,
        statement=rename.statement,
        code=places(breaks),
        recipe=_recipe(table, rename, _type(step, table, rename.column)),
        phase=Phase.CONTRACT,
    )


def _type(step: Step, table: Name, column: str) -> str:
    relation = step.before.relations.get(table)
    known = relation.column(column) if relation else None
    return known.type if known else "text"


def _recipe(table: Name, rename: RenameColumn, column_type: str) -> tuple[RecipeStep, ...]:
    old, new = quote(rename.column), quote(rename.to)
    return (
        RecipeStep(Phase.EXPAND, "Add the new column.", f"ALTER TABLE {table.short} ADD COLUMN {new} {column_type};"),
        RecipeStep(Phase.ROLLOUT, "Deploy code that writes both columns and reads the old one."),
        RecipeStep(
            Phase.EXPAND,
            "Copy the values, in batches on a large table.",
            f"UPDATE {table.short} SET {new} = {old} WHERE {new} IS NULL AND {old} IS NOT NULL;",
        ),
        RecipeStep(Phase.ROLLOUT, "Deploy code that names only the new column."),
        RecipeStep(Phase.CONTRACT, "Drop the old column.", f"ALTER TABLE {table.short} DROP COLUMN {old};"),
    )
