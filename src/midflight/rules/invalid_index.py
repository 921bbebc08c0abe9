"""A concurrent build with IF NOT EXISTS takes the invalid index of a failed build for the real one."""

import re
from collections.abc import Iterator
from itertools import takewhile

from midflight.catalog.fold_indexes import find_index
from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import is_new
from midflight.operations.model import CreateIndex, DropIndex
from midflight.operations.shapes import Name
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_GUARD = re.compile(r"\s+IF\s+NOT\s+EXISTS\b", re.IGNORECASE)

rule = Rule(
    id="invalid-index",
    level=Level.WARNING,
    summary="CREATE INDEX CONCURRENTLY IF NOT EXISTS after a build that can have failed",
    why=(
        "A concurrent build that fails leaves an INVALID index behind, which no query uses and whose uniqueness holds"
        " for no old row. IF NOT EXISTS looks at the name alone, so the next run does nothing and succeeds (PostgreSQL"
        " documentation, CREATE INDEX; measured on 12 to 18)."
    ),
    instead=(
        "Expand: drop what a failed build left with DROP INDEX CONCURRENTLY IF EXISTS, in a migration of its own.",
        "Expand: build the index with CONCURRENTLY and without IF NOT EXISTS.",
    ),
    bad=(
        Example(
            "A unique index",
            schema=_HISTORY,
            migrations=("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS projects_title ON projects (title);",),
            transactions=False,
            says="`projects_title`",
        ),
        Example(
            "An index for reads alone",
            schema=_HISTORY,
            migrations=("CREATE INDEX CONCURRENTLY IF NOT EXISTS projects_title ON projects (title);",),
            transactions=False,
            says="no query uses",
        ),
    ),
    good=(
        Example(
            "What a failed build left is dropped first",
            schema=_HISTORY,
            migrations=(
                "DROP INDEX CONCURRENTLY IF EXISTS projects_title;",
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS projects_title ON projects (title);",
            ),
            transactions=False,
        ),
        Example(
            "Without IF NOT EXISTS the next run fails, and says so",
            schema=_HISTORY,
            migrations=("CREATE INDEX CONCURRENTLY projects_title ON projects (title);",),
            transactions=False,
        ),
        Example(
            "A table of the same change set",
            migrations=(
                "CREATE TABLE notes (id bigint, body text);",
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS notes_body ON notes (body);",
            ),
            transactions=False,
        ),
    ),
    hazards=("concurrent-index-left-invalid",),
)


@rule.on(CreateIndex)
def leftover_passes_for_the_index(create: CreateIndex, step: Step, context: Context) -> Iterator[Finding]:
    """Report a guarded concurrent build whose leftover nothing of the change set drops first."""
    name = create.index.name
    if not (create.concurrently and create.if_not_exists) or not name.name or step.problems:
        return
    known = find_index(step.before, name) is not None
    if known or is_new(step, context) or _dropped_before(name, step, context):
        return
    statement = create.statement
    failing = "holds for no row that is there" if create.index.unique else "no query uses"
    plain = _GUARD.sub("", statement.text, count=1)
    yield Finding(
        rule=rule.id,
        level=rule.level if create.index.unique else Level.NOTE,
        confidence=Confidence.MEDIUM,
        message=(
            f"Building `{name.short}` with IF NOT EXISTS does nothing where an earlier build failed: the deployment"
            f" succeeds with an invalid index, which {failing}. Instead, drop what a failed build left, and build it"
            " without IF NOT EXISTS."
        ),
        place=Place(statement.path, statement.line),
        object=name.short,
        statement=statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Drop what a failed build left, in a migration of its own, outside a transaction.",
                f"DROP INDEX CONCURRENTLY IF EXISTS {_in_schema(create, step)};",
            ),
            RecipeStep(Phase.EXPAND, "Build it in the next migration, outside a transaction.", f"{plain};"),
        ),
        phase=Phase.EXPAND,
    )


def _dropped_before(name: Name, step: Step, context: Context) -> bool:
    earlier = takewhile(lambda other: other is not step, context.steps)
    return any(isinstance(s.operation, DropIndex) and s.operation.name.name == name.name for s in earlier)


def _in_schema(create: CreateIndex, step: Step) -> str:
    """The index's name as DROP INDEX finds it: an index is in the schema of its table."""
    return Name(create.index.name.name, step.before.resolve(create.index.table).schema).short
