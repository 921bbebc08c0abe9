"""SET NOT NULL that reads the whole table while nobody can use it."""

from collections.abc import Iterator

from midflight.catalog.cost_model import Cost, Work
from midflight.catalog.cost_proofs import proves_not_null, required_columns, unproven_not_null
from midflight.catalog.definitions import constraint_clause
from midflight.catalog.model import Relation, Step
from midflight.inspection.constraining import new_constraints, required_steps, validate
from midflight.inspection.filling import is_filled
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.model import AddConstraint, SetNotNull
from midflight.operations.shapes import ConstraintKind, quote
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text DEFAULT 'new');"
_PROVED = f"{_HISTORY} ALTER TABLE projects ADD CONSTRAINT state_given CHECK (state IS NOT NULL);"
_WAITING = f"{_HISTORY} ALTER TABLE projects ADD CONSTRAINT state_given CHECK (state IS NOT NULL) NOT VALID;"
_NEWER = f"{_HISTORY} ALTER TABLE projects ADD CONSTRAINT state_given NOT NULL state NOT VALID;"
_REQUIRE = "ALTER TABLE projects ALTER COLUMN state SET NOT NULL"

rule = Rule(
    id="not-null-scan",
    level=Level.ERROR,
    summary="SET NOT NULL that reads the table under ACCESS EXCLUSIVE to see that it holds",
    why=(
        "Without a valid CHECK (column IS NOT NULL) the server reads every row under ACCESS EXCLUSIVE: all reads and "
        "writes of running code wait for the size of the table. A CHECK that is NOT VALID, or that the same statement "
        "drops, proves nothing, and neither does a NOT NULL that is NOT VALID on 18 (PostgreSQL documentation, ALTER "
        "TABLE; measured on 12 to 18). Nothing is lost."
    ),
    instead=(
        "Contract: add CHECK (column IS NOT NULL) NOT VALID, and validate it in another transaction.",
        "Contract: set NOT NULL, then drop the CHECK in a statement of its own.",
        "Contract, from PostgreSQL 18: ADD CONSTRAINT ... NOT NULL column NOT VALID, then VALIDATE CONSTRAINT.",
    ),
    bad=(
        Example("Nothing proves it", schema=_HISTORY, migrations=(f"{_REQUIRE};",), says="`projects.state`"),
        Example(
            "The proof goes in the same statement",
            schema=_PROVED,
            migrations=(f"{_REQUIRE}, DROP CONSTRAINT state_given;",),
            says="drops `state_given`",
        ),
        Example("The proof was never validated", schema=_WAITING, migrations=(f"{_REQUIRE};",), says="is NOT VALID"),
        Example(
            "NOT NULL that was never validated",
            schema=_NEWER,
            migrations=(f"{_REQUIRE};",),
            says="VALIDATE CONSTRAINT",
            postgres_version=18,
        ),
        Example(
            "A named NOT NULL",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD CONSTRAINT state_given NOT NULL state;",),
            says="NOT VALID",
            postgres_version=18,
        ),
        Example(
            "No row was ever filled, so it can fail as well",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ALTER COLUMN title SET NOT NULL;",),
            says="23502",
        ),
    ),
    good=(
        Example("A valid check proves it", schema=_PROVED, migrations=(f"{_REQUIRE};",)),
        Example(
            "One of the parts of a check proves it",
            schema=f"{_HISTORY} ALTER TABLE projects ADD CHECK (state <> '' AND (state IS NOT NULL));",
            migrations=(f"{_REQUIRE};",),
        ),
        Example(
            "The proof goes in the next statement",
            schema=_PROVED,
            migrations=(f"{_REQUIRE}; ALTER TABLE projects DROP CONSTRAINT state_given;",),
        ),
        Example(
            "The column is NOT NULL already",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ALTER COLUMN id SET NOT NULL;",),
        ),
        Example(
            "On a table of the same change set",
            schema=_HISTORY,
            migrations=(
                "CREATE TABLE notes (id bigint, body text); ALTER TABLE notes ALTER COLUMN body SET NOT NULL;",
            ),
        ),
        Example(
            "Not valid at first, then validated alone",
            schema=_HISTORY,
            migrations=(
                "ALTER TABLE projects ADD CONSTRAINT state_given NOT NULL state NOT VALID;",
                "ALTER TABLE projects VALIDATE CONSTRAINT state_given;",
            ),
            postgres_version=18,
        ),
    ),
    hazards=("set-not-null-scan", "set-not-null-proof-dropped", "pg18-not-null-not-valid"),
    sized=True,
    covered_by=("set-not-null",),
)


@rule.on_cost(SetNotNull)
def required_without_a_proof(change: SetNotNull, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report SET NOT NULL that has to read the table."""
    table = step.before.resolve(change.table)
    relation = step.before.relations.get(table) or step.after.relations.get(table)
    if cost.work is not Work.SCAN or relation is None:
        return
    filled = is_filled(table, change.column, context) or proves_not_null(relation, change.column)
    because, instead, recipe = _why(relation, change.column, step, filled=filled)
    fails = "" if filled else "; it fails with 23502 when a row is NULL, and no migration fills it"
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Requiring `{table.short}.{change.column}` reads every row of `{table.short}` under ACCESS EXCLUSIVE "
            f"{because}, and all reads and writes of running code wait until that is over{fails}. Instead, {instead}."
        ),
        place=Place(change.statement.path, change.statement.line),
        object=f"{table.short}.{change.column}",
        statement=change.statement,
        recipe=recipe,
        phase=Phase.CONTRACT,
        cost=cost,
    )


@rule.on_cost(AddConstraint)
def named_and_checked(change: AddConstraint, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report ADD CONSTRAINT ... NOT NULL (from 18) that has to read the table."""
    made = change.constraint
    if made.kind is not ConstraintKind.NOT_NULL or cost.work is not Work.SCAN:
        return
    table = step.before.resolve(change.table)
    name = next((c.name for c in new_constraints(table, step)), made.name)
    name = name or f"{table.name}_{made.columns[0]}_not_null"
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Requiring `{table.short}.{made.columns[0]}` reads every row of `{table.short}` under ACCESS EXCLUSIVE, "
            "and all reads and writes of running code wait until that is over. Instead, add it NOT VALID and validate "
            "it in another transaction."
        ),
        place=Place(change.statement.path, change.statement.line),
        object=f"{table.short}.{made.columns[0]}",
        statement=change.statement,
        recipe=(
            RecipeStep(
                Phase.CONTRACT,
                "Add it NOT VALID, which looks at new rows alone.",
                f"ALTER TABLE {table.short} ADD {constraint_clause(made)} NOT VALID;",
            ),
            validate(table, name),
        ),
        phase=Phase.CONTRACT,
        cost=cost,
    )


def _why(relation: Relation, column: str, step: Step, *, filled: bool) -> tuple[str, str, tuple[RecipeStep, ...]]:
    """Why the server reads the table, what to do instead, and how."""
    table = relation.name
    require = RecipeStep(
        Phase.CONTRACT,
        "Set NOT NULL in another transaction: no row is read.",
        f"ALTER TABLE {table.short} ALTER COLUMN {quote(column)} SET NOT NULL;",
    )
    waiting = next((c.name for c in relation.constraints if c.not_valid and column in required_columns(c)), None)
    if waiting is not None and unproven_not_null(relation, column):
        because = f"although `{waiting}` is there, because that is NOT VALID"
        return because, "use VALIDATE CONSTRAINT, which lets everybody work on", (validate(table, waiting),)
    if waiting is not None:
        instead = "validate it first, in another transaction"
        return f"because `{waiting}` is NOT VALID and proves nothing", instead, (validate(table, waiting), require)
    if proves_not_null(relation, column):
        gone = next((c.name for c in relation.constraints if column in required_columns(c)), "")
        drop = f"ALTER TABLE {table.short} DROP CONSTRAINT {quote(gone)};"
        then = RecipeStep(Phase.CONTRACT, "Drop the CHECK in a statement of its own.", drop)
        because = f"because the same statement drops `{gone}`, which proves it"
        return because, "drop it in a statement of its own", (require, then)
    instead = "prove it by a CHECK that is added NOT VALID and validated in another transaction"
    return "as nothing proves it", instead, required_steps(relation, column, step.before, fill=not filled)
