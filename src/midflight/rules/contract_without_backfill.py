"""Rows from before the change may not satisfy what the change demands."""

from collections.abc import Iterator

from midflight.catalog.cost_proofs import proves_not_null, required_columns, unproven_not_null
from midflight.catalog.model import Relation, Step
from midflight.inspection.constraining import required_steps, validate
from midflight.inspection.filling import fill_step, is_filled
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.model import SetNotNull, ValidateConstraint
from midflight.operations.shapes import ConstraintKind
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text);"
_PROOF = "ALTER TABLE projects ADD CONSTRAINT state_given CHECK (state IS NOT NULL)"
_FILL = "UPDATE projects SET state = 'new' WHERE state IS NULL;"
_VALIDATE = "ALTER TABLE projects VALIDATE CONSTRAINT state_given;"

rule = Rule(
    id="contract-without-backfill",
    level=Level.WARNING,
    summary="Requiring a column without having filled its old rows",
    why=(
        "No migration fills the column, so rows from before it may be NULL: then the migration fails with 23502, that"
        " of a CHECK with 23514, and the deployment stops halfway. Nothing is lost."
    ),
    instead=(
        "Expand: fill the rows that are NULL, in batches, and verify that none is left.",
        "Contract: set NOT NULL in a later pull request.",
    ),
    bad=(
        Example(
            "No UPDATE ever filled what is validated",
            schema=f"{_HISTORY} {_PROOF} NOT VALID;",
            migrations=(_VALIDATE,),
            says="`projects.state`",
        ),
        Example(
            "Nor a NOT NULL of its own",
            schema=f"{_HISTORY} ALTER TABLE projects ADD CONSTRAINT state_given NOT NULL state NOT VALID;",
            migrations=(_VALIDATE,),
            says="23502",
            postgres_version=18,
        ),
    ),
    good=(
        Example(
            "Filled before it is required",
            schema=_HISTORY,
            migrations=(
                f"{_PROOF} NOT VALID;",
                _FILL,
                _VALIDATE,
                "ALTER TABLE projects ALTER COLUMN state SET NOT NULL;",
                "ALTER TABLE projects DROP CONSTRAINT state_given;",
            ),
        ),
        Example(
            "A checked constraint proves it",
            schema=f"{_HISTORY} {_PROOF};",
            migrations=("ALTER TABLE projects ALTER COLUMN state SET NOT NULL;",),
        ),
        Example(
            "The constraint is about something else",
            schema=f"{_HISTORY} ALTER TABLE projects ADD CONSTRAINT state_given CHECK (state <> '') NOT VALID;",
            migrations=(_VALIDATE,),
        ),
    ),
    hazards=("backfill-missing-before-contract",),
    covered_by=("set-not-null", "not-null-scan"),
)


@rule.on(SetNotNull)
def nothing_filled_it(change: SetNotNull, step: Step, context: Context) -> Iterator[Finding]:
    """Report SET NOT NULL on an old column that no migration fills and no constraint proves."""
    relation = step.before.relations.get(step.before.resolve(change.table))
    if relation is None or proves_not_null(relation, change.column):
        return
    if _may_be_null(relation, change.column, context):
        recipe = required_steps(relation, change.column, step.before, fill=True)
        yield _finding(relation, change.column, step, "23502", recipe)


@rule.on(ValidateConstraint)
def nothing_filled_what_is_validated(change: ValidateConstraint, step: Step, context: Context) -> Iterator[Finding]:
    """Report VALIDATE of a NOT NULL, or of a CHECK that says so, on a column that no migration fills."""
    relation = step.before.relations.get(step.before.resolve(change.table))
    known = relation.constraint(change.constraint) if relation else None
    if relation is None or known is None or not known.not_valid:
        return
    for column in sorted(required_columns(known)):
        if not proves_not_null(relation, column) and _may_be_null(relation, column, context):
            fill = fill_step(relation.name, column, Phase.CONTRACT)
            sqlstate = "23502" if known.kind is ConstraintKind.NOT_NULL else "23514"
            yield _finding(relation, column, step, sqlstate, (fill, validate(relation.name, known.name)))


def _may_be_null(relation: Relation, column: str, context: Context) -> bool:
    before = context.before.relations.get(relation.name)
    known = before.column(column) if before else None
    if before is None or known is None or is_filled(relation.name, column, context):
        return False
    return not known.not_null or unproven_not_null(before, column)


def _finding(relation: Relation, column: str, step: Step, sqlstate: str, recipe: tuple[RecipeStep, ...]) -> Finding:
    name, statement = f"{relation.name.short}.{column}", step.operation.statement
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"Requiring `{name}` fails with {sqlstate} when a row from before is NULL, and no migration fills it. "
            "Instead, fill the rows first, verify that none is left, and require it after that."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        recipe=recipe,
        phase=Phase.CONTRACT,
    )
