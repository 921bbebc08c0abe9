"""A guarantee that readers rely on ends."""

from collections.abc import Iterator

from midflight.catalog.model import Catalog, Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.model import DropConstraint
from midflight.operations.shapes import Constraint, ConstraintKind, Name
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, CONSTRAINT title_once UNIQUE (title));"

rule = Rule(
    id="drop-constraint",
    level=Level.NOTE,
    summary="Dropping a constraint, and with it what readers rely on",
    why=(
        "From the moment the migration runs, rows are written that code was told cannot exist, and after a rollback"
        " the constraint cannot be added again until they are repaired (PostgreSQL documentation, ALTER TABLE). Who"
        " relies on it is not written in the code, so the rule is off by default; what fails at once, an upsert on the"
        " constraint, old-code-breaks reports. Nothing is lost."
    ),
    instead=(
        "Rollout: deploy code that does without the guarantee.",
        "Contract: drop the constraint in a later pull request, and keep a query that finds the rows it would refuse.",
    ),
    bad=(
        Example(
            "A unique constraint",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects DROP CONSTRAINT title_once;",),
            says="`title_once`",
        ),
    ),
    good=(
        Example(
            "A check gives way to another one",
            schema="CREATE TABLE notes (id bigint PRIMARY KEY, state text, CONSTRAINT known CHECK (state = 'a'));",
            migrations=(
                (
                    "ALTER TABLE notes DROP CONSTRAINT known;"
                    " ALTER TABLE notes ADD CONSTRAINT known CHECK (state IN ('a', 'b')) NOT VALID;"
                ),
            ),
        ),
        Example(
            "It was there twice",
            schema=f"{_HISTORY} CREATE UNIQUE INDEX title_unique ON projects (title);",
            migrations=("ALTER TABLE projects DROP CONSTRAINT title_once;",),
        ),
    ),
    hazards=("drop-constraint",),
    opt_in=True,
    confirms="what relied on the constraint is not visible, so a person confirms the last step",
)


@rule.on(DropConstraint)
def guarantee_ends(drop: DropConstraint, step: Step, context: Context) -> Iterator[Finding]:
    """Report a constraint from before the change set that nothing replaces."""
    table = step.before.resolve(drop.table)
    relation = context.before.relations.get(table)
    known = relation.constraint(drop.constraint) if relation else None
    if known is None or table not in context.after.relations or _held(known, table, context.after):
        return
    name, statement = f"{table.short}.{known.name}", drop.statement
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"Without {known.kind} constraint `{known.name}` on `{table.short}`, rows are written that code was told"
            " cannot exist, from the moment the migration runs, and they stand in the way of adding it again. Instead,"
            " deploy code that does without it first, and drop it in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that does without `{known.name}`."),
            RecipeStep(Phase.CONTRACT, "Drop it in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )


def _held(known: Constraint, table: Name, catalog: Catalog) -> bool:
    """Whether another constraint of the kind, or a unique index, speaks about the same columns."""
    relation = catalog.relations[table]
    same = any(c.kind is known.kind and set(c.columns) == set(known.columns) for c in relation.constraints)
    if known.kind not in {ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY}:
        return same
    uniques = (index for index in catalog.indexes_on(table) if index.unique and not index.predicate)
    return same or any(set(index.keys) <= set(known.columns) for index in uniques)
