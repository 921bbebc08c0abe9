"""A table changes its name or schema under running code."""

from collections.abc import Iterator

from midflight.catalog.model import RelationKind, Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Deploys, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.usage import lines, table_uses
from midflight.inspection.wording import breaks_at, listed, places
from midflight.operations.model import RenameTable, SetSchema
from midflight.operations.shapes import Name, ObjectKind
from midflight.references.model import Place, Verb

_HISTORY = "CREATE TABLE company_profiles (id bigint PRIMARY KEY, location text);"

_TABLES = {ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW, ObjectKind.FOREIGN_TABLE}

rule = Rule(
    id="rename-table",
    level=Level.ERROR,
    summary="Renaming or moving a table that existed before this change",
    why=(
        "Old code fails with 42P01 on the new name and new code fails with 42P01 on the old one, so no order of"
        " deployment is safe. Nothing is lost."
    ),
    instead=(
        "Expand: rename it and make a view with the old name in the same transaction.",
        "Rollout: deploy code that uses the new name.",
        "Contract: drop the view in a later pull request.",
    ),
    bad=(
        Example(
            "Both sides name it",
            schema=_HISTORY,
            migrations=("ALTER TABLE company_profiles RENAME TO profiles;",),
            base={"web/profile.ts": "await db.from('company_profiles').select('id');\n"},
            head={"web/profile.ts": "await db.from('profiles').select('id');\n"},
            says="`company_profiles`",
        ),
        Example(
            "A view in the old place, and old code empties the table",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE company_profiles RENAME TO profiles;"
                    " CREATE VIEW company_profiles WITH (security_invoker) AS SELECT id, location FROM profiles;"
                ),
            ),
            base={"web/empty.ts": "await pool.query('TRUNCATE TABLE company_profiles');\n"},
            head={"web/empty.ts": "await pool.query('TRUNCATE TABLE profiles');\n"},
            says="42809",
            deploys=Deploys.DATABASE_FIRST,
        ),
    ),
    good=(
        Example(
            "A table of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TABLE banner (id bigint);", "ALTER TABLE banner RENAME TO site_settings;"),
        ),
        Example(
            "With a view in the old place",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE company_profiles RENAME TO profiles;"
                    " CREATE VIEW company_profiles WITH (security_invoker) AS SELECT id, location FROM profiles;"
                ),
            ),
            base={"web/profile.ts": "await db.from('company_profiles').select('id');\n"},
            head={"web/profile.ts": "await db.from('company_profiles').select('id');\n"},
        ),
    ),
    hazards=("rename-table", "rename-compat-view-limits", "rename-or-move-object"),
    recipe_differs="a view with the old name stays until no code uses it",
)


def table_was_there_before(rename: RenameTable | SetSchema, step: Step, context: Context) -> Iterator[Finding]:
    """Report the rename or move of a relation that code may name."""
    written, kind = _renamed(rename)
    old = step.before.resolve(written)
    if kind not in _TABLES or not existed(old, context):
        return
    if old in context.after.relations:
        yield from _refused_by_the_view(old, step, context)
        return
    new = Name(rename.to, old.schema) if isinstance(rename, RenameTable) else Name(old.name, rename.schema)
    breaks = (
        *breaks_at(context.matrix.old_new, rename.statement),
        *breaks_at(context.matrix.new_old, rename.statement),
    )
    who = f"breaks code at {listed(places(breaks))}" if breaks else "breaks whatever names it"
    yield Finding(
        rule=rule.id,
        level=old_code_level(context) if breaks else Level.WARNING,
        confidence=Confidence.HIGH if breaks else Confidence.MEDIUM,
        message=(
            f"Renaming `{old.short}` to `{new.short}` {who}: old code from the moment the migration runs, new code "
            "until it has run. Instead, leave a view with the old name in its place and drop that view later."
        ),
        place=Place(rename.statement.path, rename.statement.line),
        object=old.short,
        statement=rename.statement,
        code=places(breaks),
        recipe=_recipe(old, new, rename.statement.text),
        phase=Phase.CONTRACT,
    )


rule.on(RenameTable)(table_was_there_before)
rule.on(SetSchema)(table_was_there_before)


def _refused_by_the_view(old: Name, step: Step, context: Context) -> Iterator[Finding]:
    """Report TRUNCATE in old code where a view now has the table's name; it serves all else (measured on 12 to 18)."""
    stands = context.after.relations[old]
    uses = table_uses(context, old, {Verb.DELETE})
    found = lines(use for use in uses if use.text.lstrip(" \t\r\n'\"`").upper().startswith("TRUNCATE"))
    if stands.kind is not RelationKind.VIEW or not found:
        return
    statement = step.operation.statement
    yield Finding(
        rule=rule.id,
        level=old_code_level(context),
        confidence=Confidence.HIGH,
        message=(
            f"The view `{old.short}` in the place of the renamed table refuses TRUNCATE of old code at {listed(found)} "
            "with 42809 from the moment the migration runs until the new code is everywhere. Instead, deploy code that "
            "deletes its rows with DELETE first."
        ),
        place=Place(statement.path, statement.line),
        object=old.short,
        statement=statement,
        code=found,
        recipe=(
            RecipeStep(Phase.ROLLOUT, "Deploy code that empties the table with DELETE."),
            RecipeStep(Phase.CONTRACT, "Rename it in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )


def _renamed(rename: RenameTable | SetSchema) -> tuple[Name, ObjectKind]:
    if isinstance(rename, RenameTable):
        return rename.name, rename.kind
    return rename.target.name, rename.target.kind


def _recipe(old: Name, new: Name, sql: str) -> tuple[RecipeStep, ...]:
    view = f"CREATE VIEW {old.short} WITH (security_invoker) AS SELECT * FROM {new.short};"
    return (
        RecipeStep(Phase.EXPAND, "Rename it and leave a view in the old place, in one transaction.", f"{sql};\n{view}"),
        RecipeStep(Phase.ROLLOUT, f"Deploy code that names `{new.short}`, and grant on the view what the table has."),
        RecipeStep(Phase.CONTRACT, "Drop the view in a later pull request."),
    )
