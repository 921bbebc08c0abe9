"""A statement needs a newer server than the one that runs."""

from collections.abc import Iterator

from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.newer import Newer, newer_than
from midflight.operations.model import Statement
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, size integer, label text, token uuid);"
    " CREATE TABLE events (id bigint, project_id bigint) PARTITION BY RANGE (id);"
)
_NOT_DISTINCT = "CREATE TABLE notes (id bigint PRIMARY KEY, title text, UNIQUE NULLS NOT DISTINCT (title));"
_VIRTUAL = "ALTER TABLE projects ADD COLUMN doubled integer GENERATED ALWAYS AS (size * 2) VIRTUAL;"

rule = Rule(
    id="unsupported-syntax",
    level=Level.ERROR,
    summary="A statement that needs a newer PostgreSQL than yours",
    why=(
        "The server refuses it, mostly with 42601, and the migration stops there. A newer server on the author's"
        " machine or in CI hides it (release notes of PostgreSQL 13 to 18; measured on 15 and 18). `postgres_version`"
        " in the configuration says which server runs."
    ),
    instead=("Expand: write it in the words of the server that runs, or upgrade that first.",),
    bad=(
        Example(
            "A virtual generated column before 18",
            schema=_HISTORY,
            migrations=(_VIRTUAL,),
            says="`postgres_version` is 15",
            fails="42601",
            postgres_version=15,
        ),
        Example(
            "NOT ENFORCED before 18",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD CONSTRAINT sized CHECK (size > 0) NOT ENFORCED;",),
            says="NOT ENFORCED",
            fails="42601",
            postgres_version=15,
        ),
        Example(
            "NOT NULL as a constraint of the table, before 18",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD CONSTRAINT sized NOT NULL size NOT VALID;",),
            says="NOT NULL as a constraint",
            fails="42601",
            postgres_version=15,
        ),
        Example(
            "A foreign key NOT VALID on a partitioned table, before 18",
            schema=_HISTORY,
            migrations=("ALTER TABLE events ADD FOREIGN KEY (project_id) REFERENCES projects NOT VALID;",),
            says="42809",
            fails="42809",
            postgres_version=15,
        ),
        Example(
            "A function that came with 18",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ALTER COLUMN token SET DEFAULT uuidv7();",),
            says="`uuidv7()`",
            fails="42883",
            postgres_version=15,
        ),
        Example(
            "NULLS NOT DISTINCT before 15",
            schema=_HISTORY,
            migrations=(_NOT_DISTINCT,),
            says="NULLS NOT DISTINCT",
            fails="42601",
            postgres_version=14,
        ),
    ),
    good=(
        Example("What 15 has", schema=_HISTORY, migrations=(_NOT_DISTINCT,), postgres_version=15),
        Example("What 18 has", schema=_HISTORY, migrations=(_VIRTUAL,), postgres_version=18),
        Example(
            "The words in a comment or a string",
            schema=_HISTORY,
            migrations=(
                "-- NOT ENFORCED comes later\nALTER TABLE projects ALTER COLUMN label SET DEFAULT 'NOT ENFORCED';",
            ),
            postgres_version=15,
        ),
    ),
    hazards=("syntax-or-version-unsupported",),
    recipe_differs="only the author knows which older form does what the statement was meant to do",
)


@rule.on_whole
def server_is_older(context: Context) -> Iterator[Finding]:
    """Report each pending statement that servers of the configured version refuse."""
    version = context.postgres_version
    found = ((step.operation.statement, newer) for step in context.steps for newer in newer_than(step, version))
    for statement, newer in dict.fromkeys(found):
        yield _finding(statement, newer, version)


def _finding(statement: Statement, newer: Newer, version: int) -> Finding:
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"The statement fails with {newer.sqlstate} when it is applied: {newer.what} needs PostgreSQL "
            f"{newer.since}, and `postgres_version` is {version}. Instead, write it in the words of {version}, or "
            "upgrade the server first."
        ),
        place=Place(statement.path, statement.line),
        object=newer.what,
        statement=statement,
        recipe=(RecipeStep(Phase.EXPAND, f"Use a form that PostgreSQL {version} has."),),
        phase=Phase.EXPAND,
    )
