"""A merged migration is changed, deleted or renumbered after databases have applied it."""

from collections.abc import Iterator

from midflight.inspection.finding import Confidence, Finding, Level, Phase, Step
from midflight.inspection.model import Context, Example, Rule
from midflight.migrations.model import MigrationChange, Status
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY);"

rule = Rule(
    id="edited-migration",
    level=Level.ERROR,
    summary="Changing a migration that is already merged",
    why=(
        "Databases that applied it never see the edit: from now on they differ from new ones, and tools that keep"
        " checksums (Flyway, Prisma, sqlx) stop before any migration runs. Code that relies on the edit fails in"
        " production only."
    ),
    instead=("Expand: leave the merged file as it is, and put the change into a new migration.",),
    bad=(
        Example(
            "A column more in the merged file",
            schema=_HISTORY,
            edited="CREATE TABLE projects (id bigint PRIMARY KEY, title text);",
            says="20240101000000_schema.sql",
        ),
    ),
    good=(
        Example(
            "A new migration",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN title text;",),
        ),
    ),
    recipe_differs="the merged file stays as it is",
)

_SAYS = {
    Status.EDITED: ("Editing", "databases that have applied it keep the old schema"),
    Status.DELETED: ("Deleting", "databases that have applied it know a migration that the repository has not"),
    Status.MOVED: ("Renaming or renumbering", "databases that have applied it run it again under its new name"),
}


@rule.on_whole
def merged_migration_differs(context: Context) -> Iterator[Finding]:
    """Report every merged versioned migration that head has otherwise."""
    for change in context.database.changes:
        if change.status is not Status.ADDED and change.before is not None and not change.before.repeatable:
            yield _finding(change)


def _finding(change: MigrationChange) -> Finding:
    doing, effect = _SAYS[change.status]
    old = change.before.path if change.before else ""
    to = f" to `{change.migration.path}`" if change.status is Status.MOVED else ""
    cosmetic = bool(getattr(change, "cosmetic", False))
    return Finding(
        rule=rule.id,
        level=Level.WARNING if cosmetic else rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"{doing} the merged migration `{old}`{to} splits your databases: {effect}, and tools with checksums stop. "
            "Instead, leave it as it was and put the change into a new migration."
        ),
        place=Place(change.migration.path, 1),
        object=old,
        recipe=(Step(Phase.EXPAND, "Restore the merged file and write a new migration for the difference."),),
        phase=Phase.EXPAND,
    )
