"""A REINDEX that keeps writers, and most readers, waiting for the size of the table."""

import re
from collections.abc import Iterator

from midflight.catalog.cost_model import Cost, Work
from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.wording import named
from midflight.operations.model import Reindex
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text); CREATE INDEX projects_title ON projects (title);"
_HEAD = re.compile(r"REINDEX\s*(?:\([^)]*\)\s*)?(?:INDEX|TABLE|SCHEMA|DATABASE)\b", re.IGNORECASE)

rule = Rule(
    id="blocking-reindex",
    level=Level.ERROR,
    summary="REINDEX of an existing table without CONCURRENTLY",
    why=(
        "REINDEX holds SHARE on the table and ACCESS EXCLUSIVE on the index: every write waits until the index is"
        " built, and so does nearly every read, because the planner locks all indexes of a table (PostgreSQL"
        " documentation, REINDEX; measured on 12 to 18). Nothing is lost."
    ),
    instead=("Expand: rebuild it with CONCURRENTLY, in a migration of its own that runs outside a transaction.",),
    bad=(
        Example(
            "One index",
            schema=_HISTORY,
            migrations=("REINDEX INDEX projects_title;",),
            says="`projects`",
        ),
        Example(
            "All indexes of a table",
            schema=_HISTORY,
            migrations=("REINDEX (VERBOSE) TABLE projects;",),
            says="`projects`",
        ),
    ),
    good=(
        Example(
            "Concurrently",
            schema=_HISTORY,
            migrations=("REINDEX INDEX CONCURRENTLY projects_title;",),
            transactions=False,
        ),
        Example(
            "A table of the same change set",
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY); REINDEX TABLE notes;",),
        ),
    ),
    hazards=("reindex-blocking",),
    sized=True,
)


@rule.on_cost(Reindex)
def everybody_waits_for_the_rebuild(rebuild: Reindex, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a REINDEX under a lock on a table from before the change set."""
    tables = [held.relation for held in cost.held if held.lock.blocks_writes and held.work is Work.INDEX_BUILD]
    if not tables or step.problems:
        return
    statement = rebuild.statement
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Rebuilding `{rebuild.name.short}` blocks every write and nearly every read of"
            f" {named([table.short for table in tables])} until its indexes are built. Instead, rebuild it with"
            " CONCURRENTLY, in a migration that runs outside a transaction."
        ),
        place=Place(statement.path, statement.line),
        object=tables[0].short,
        statement=statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Rebuild it in a migration of its own, outside a transaction.",
                f"{_HEAD.sub(lambda head: f'{head[0]} CONCURRENTLY', statement.text, count=1)};",
            ),
        ),
        phase=Phase.EXPAND,
        cost=cost,
    )
