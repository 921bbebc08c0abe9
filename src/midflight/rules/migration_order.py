"""A new migration that tools pass over, refuse, or apply in another order than on a new database."""

from collections.abc import Iterator

from midflight.inspection.finding import Confidence, Finding, Level, Phase, Step
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.past import history_problems
from midflight.migrations.format import Reaction
from midflight.migrations.order import HistoryProblem, ProblemKind
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY);"
_ADD = "ALTER TABLE projects ADD COLUMN title text;"

rule = Rule(
    id="migration-order",
    level=Level.ERROR,
    summary="A migration whose version is taken or comes before a merged one",
    why=(
        "Databases that already applied a later version skip the migration, refuse it, or apply it out of order, by "
        "tool: the code that needs it meets a schema without it, although the deployment looked complete."
    ),
    instead=("Expand: give the migration a version behind the last merged one.",),
    bad=(
        Example(
            "Sorts before a merged migration",
            schema=_HISTORY,
            migrations=(_ADD,),
            names=("20230101000000_late.sql",),
            says="20240101000000",
        ),
        Example(
            "The version of a merged migration",
            schema=_HISTORY,
            migrations=(_ADD,),
            names=("20240101000000_same.sql",),
            says="20240101000000",
        ),
    ),
    good=(Example("Behind the last one", schema=_HISTORY, migrations=(_ADD,), names=("20250101000000_later.sql",)),),
    recipe_differs="the file gets another name, its SQL stays",
    hazards=("migration-out-of-order", "duplicate-migration-version"),
)

_KINDS = {ProblemKind.DUPLICATE_VERSION, ProblemKind.OUT_OF_ORDER, ProblemKind.UNRECOGNISED_NAME}


@rule.on_whole
def order_is_not_certain(context: Context) -> Iterator[Finding]:
    """Report new migrations that some database will not apply where they stand."""
    for problem in history_problems(context):
        if problem.kind in _KINDS:
            yield _finding(problem)


def _finding(problem: HistoryProblem) -> Finding:
    applied = problem.reaction is Reaction.APPLIES
    return Finding(
        rule=rule.id,
        level=Level.NOTE if applied else rule.level,
        confidence=Confidence.MEDIUM if problem.reaction is Reaction.UNKNOWN else Confidence.HIGH,
        message=(
            f"The migration `{problem.path}` does not arrive in order: {problem.message} Instead, give it a version of "
            "its own behind the last merged migration."
        ),
        place=Place(problem.path, 1),
        object=problem.path,
        recipe=(Step(Phase.EXPAND, "Rename the file to a version behind the last merged migration."),),
        phase=Phase.EXPAND,
    )
