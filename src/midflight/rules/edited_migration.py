"""A merged migration is changed, deleted or renumbered after databases have applied it."""

from collections.abc import Iterator

from midflight.inspection.finding import Confidence, Finding, Level, Phase, Step
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.past import history_problems
from midflight.migrations.order import HistoryProblem, ProblemKind
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
    hazards=("edited-applied-migration",),
)

_KINDS = {ProblemKind.EDITED, ProblemKind.DELETED, ProblemKind.RENUMBERED}


@rule.on_whole
def merged_migration_differs(context: Context) -> Iterator[Finding]:
    """Report every merged versioned migration that head has otherwise."""
    for problem in history_problems(context):
        if problem.kind in _KINDS:
            yield _finding(problem)


def _finding(problem: HistoryProblem) -> Finding:
    old = problem.other or problem.path
    return Finding(
        rule=rule.id,
        level=Level.WARNING if problem.cosmetic else rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"The merged migration `{old}` is changed: {problem.message} Instead, leave it as it was and put the "
            "change into a new migration."
        ),
        place=Place(problem.path, 1),
        object=old,
        recipe=(Step(Phase.EXPAND, "Restore the merged file and write a new migration for the difference."),),
        phase=Phase.EXPAND,
    )
