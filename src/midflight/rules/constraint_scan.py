"""A constraint that reads the whole table while its users wait."""

from collections.abc import Iterator

from midflight.catalog.cost import cost_of
from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.catalog.ddl import column_definition
from midflight.catalog.definitions import constraint_clause
from midflight.catalog.lookup import find_type
from midflight.catalog.model import Step
from midflight.inspection.constraining import NOT_VALID_ON_PARTITIONED, apart, new_constraints, not_valid, validate
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.tables import Size, TableFact, Tables
from midflight.inspection.transactions import is_assumed, transactions
from midflight.inspection.wording import named
from midflight.operations.model import AddColumn, AddConstraint, AlterConstraint, AlterDomain, ValidateConstraint
from midflight.operations.shapes import Constraint, ConstraintKind, Name
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE owners (id bigint PRIMARY KEY);"
    " CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text, owner_id bigint);"
)
_CHECK = "ALTER TABLE projects ADD CONSTRAINT state_known CHECK (state IN ('new', 'old'))"
_KEY = "ALTER TABLE projects ADD FOREIGN KEY (owner_id) REFERENCES owners"
_DOMAIN = "CREATE DOMAIN address AS text; CREATE TABLE people (id bigint PRIMARY KEY, mail address);"
_WAITING = {Lock.ACCESS_EXCLUSIVE: "all reads and writes of running code wait"}
_CHECKED = frozenset({ConstraintKind.CHECK, ConstraintKind.FOREIGN_KEY})

rule = Rule(
    id="constraint-scan",
    level=Level.ERROR,
    summary="A constraint that reads every row of an existing table under a lock",
    why=(
        "CHECK reads the table under ACCESS EXCLUSIVE, a foreign key under SHARE ROW EXCLUSIVE on both tables, a rule "
        "of a domain under SHARE on every table that uses it: running code waits for the size of the table. VALIDATE "
        "alone lets everybody work on, but not in the transaction that still holds the lock of an earlier statement "
        "(PostgreSQL documentation, ALTER TABLE; measured on 12 to 18). Nothing is lost."
    ),
    instead=(
        "Contract: add the constraint NOT VALID, which looks at new rows alone.",
        "Contract: validate it in another transaction.",
    ),
    bad=(
        Example("A check", schema=_HISTORY, migrations=(f"{_CHECK};",), says="all reads and writes"),
        Example(
            "A foreign key stops the writers of both tables",
            schema=_HISTORY,
            migrations=(f"{_KEY};",),
            says="`owners`",
        ),
        Example(
            "A check on a column of the same statement",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN size int CHECK (size > 0);",),
            says="`projects_size_check`",
        ),
        Example(
            "A new column with a default that points somewhere",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN checker bigint DEFAULT 1 REFERENCES owners;",),
            says="`projects_checker_fkey`",
        ),
        Example(
            "Validated in the transaction that added it",
            schema=_HISTORY,
            migrations=(f"{_CHECK} NOT VALID; ALTER TABLE projects VALIDATE CONSTRAINT state_known;",),
            says="still holds",
        ),
        Example(
            "Validated under the lock of another change",
            schema=f"{_HISTORY} {_KEY} NOT VALID;",
            migrations=(
                (
                    "ALTER TABLE projects ADD COLUMN size int;"
                    " ALTER TABLE projects VALIDATE CONSTRAINT projects_owner_id_fkey;"
                ),
            ),
            says="ACCESS EXCLUSIVE",
        ),
        Example(
            "A rule of a domain",
            schema=_DOMAIN,
            migrations=("ALTER DOMAIN address ADD CONSTRAINT with_at CHECK (VALUE LIKE '%@%');",),
            says="`people`",
        ),
        Example(
            "The table is known to be small",
            schema=_HISTORY,
            migrations=(f"{_CHECK};",),
            tables=Tables((TableFact("projects", Size.SMALL),)),
            says="is small",
        ),
    ),
    good=(
        Example(
            "Not valid at first, then validated alone",
            schema=_HISTORY,
            migrations=(f"{_CHECK} NOT VALID;", "ALTER TABLE projects VALIDATE CONSTRAINT state_known;"),
        ),
        Example(
            "A column and its check, not valid, in one statement",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE projects ADD COLUMN size int DEFAULT 1,"
                    " ADD CONSTRAINT size_known CHECK (size > 0) NOT VALID;"
                ),
            ),
        ),
        Example(
            "A new column without a default points nowhere yet",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN checker bigint REFERENCES owners;",),
        ),
        Example(
            "On a table of the same change set",
            schema=_HISTORY,
            migrations=(
                (
                    "CREATE TABLE notes (id bigint PRIMARY KEY, owner_id bigint REFERENCES owners, body text);"
                    " ALTER TABLE notes ADD CONSTRAINT body_given CHECK (body <> '');"
                ),
            ),
        ),
        Example(
            "Not enforced",
            schema=_HISTORY,
            migrations=(f"{_CHECK} NOT ENFORCED;",),
            postgres_version=18,
        ),
        Example(
            "A domain that no table uses yet",
            schema="CREATE DOMAIN address AS text;",
            migrations=("ALTER DOMAIN address ADD CONSTRAINT with_at CHECK (VALUE LIKE '%@%');",),
        ),
        Example(
            "A rule of a domain for new values",
            schema=_DOMAIN,
            migrations=("ALTER DOMAIN address ADD CONSTRAINT with_at CHECK (VALUE LIKE '%@%') NOT VALID;",),
        ),
    ),
    hazards=(
        "add-fk-validating",
        "add-column-fk-with-default",
        "add-check-validating",
        "add-column-inline-check",
        "validate-in-same-transaction",
        "domain-add-constraint",
    ),
    sized=True,
)


@rule.on_cost(AddConstraint)
def added_and_checked(change: AddConstraint, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a CHECK or foreign key that the server checks at once."""
    read = _read(cost)
    table = step.before.resolve(change.table)
    made = next(iter(new_constraints(table, step)), change.constraint)
    if read and made.kind in _CHECKED:
        yield _finding(made, table, (step, cost), _online(made, table, step, context), context)


@rule.on_cost(AddColumn)
def added_with_the_column(change: AddColumn, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a CHECK, or a foreign key of a column with a default, that comes with its column."""
    if cost.work is not Work.SCAN or change.column.required:
        return
    table = step.before.resolve(change.table)
    made = [c for c in new_constraints(table, step) if c.kind in _CHECKED]
    if made:
        parts = [f"ADD COLUMN {column_definition(change.column)}"]
        parts += [f"ADD {constraint_clause(c)} NOT VALID" for c in made]
        sql = f"ALTER TABLE {table.short} {', '.join(parts)};"
        words = "Add the column, and the constraint apart from it and NOT VALID."
        recipe = (
            RecipeStep(Phase.EXPAND, words, sql),
            *(validate(table, c.name, Phase.EXPAND) for c in made),
        )
        yield _finding(made[0], table, (step, cost), recipe, context)


@rule.on_cost(AlterConstraint)
def enforced_and_checked(change: AlterConstraint, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a foreign key that is enforced from now on (from 18), which reads the table."""
    table = step.before.resolve(change.table)
    relation = step.before.relations.get(table)
    known = relation.constraint(change.constraint) if relation else None
    if known is not None and _read(cost):
        clause = constraint_clause(known).replace(" NOT ENFORCED", "")
        words = "Replace it by one that is enforced for new rows."
        name = change.constraint
        sql = f"ALTER TABLE {table.short} DROP CONSTRAINT {name}, ADD {clause} NOT VALID;"
        recipe = (RecipeStep(Phase.CONTRACT, words, sql), validate(table, name))
        yield _finding(known, table, (step, cost), recipe, context)


@rule.on_cost(AlterDomain)
def domain_rule_checked(change: AlterDomain, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a rule of a domain that reads every table with a column of it."""
    read = _read(cost)
    if not read:
        return
    found = find_type(step.before, change.name)
    domain = (found.name if found else step.before.resolve(change.name)).short
    clause = constraint_clause(change.add) if change.add else "CHECK (VALUE IS NOT NULL)"
    sql = "" if change.validate else f"ALTER DOMAIN {domain} ADD {clause} NOT VALID;"
    words = "leave it NOT VALID" if change.validate else "add it NOT VALID"
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"The rule of domain `{domain}` is checked on every row of {named([h.relation.short for h in read])}, and "
            f"all writes to {'it' if len(read) == 1 else 'them'} wait until that is over. Instead, {words}: every new "
            "value has to satisfy it, and the old ones can be checked with a query."
        ),
        place=Place(change.statement.path, change.statement.line),
        object=domain,
        statement=change.statement,
        recipe=(
            RecipeStep(
                Phase.CONTRACT,
                f"{words[0].upper()}{words[1:]}; VALIDATE reads the tables under the same lock.",
                sql,
            ),
        ),
        phase=Phase.CONTRACT,
        cost=cost,
    )


@rule.on_whole
def validated_under_a_lock(context: Context) -> Iterator[Finding]:
    """Report VALIDATE in a transaction that holds a stronger lock on the table from another statement or action."""
    if not any(isinstance(step.operation, ValidateConstraint) for step in context.steps):
        return
    for run in transactions(context):
        holds: dict[Name, tuple[Lock, Step]] = {}
        for step, cost in _costs_by_statement(run, context, holds):
            table = (
                step.before.resolve(step.operation.table) if isinstance(step.operation, ValidateConstraint) else None
            )
            held = holds.get(table) if table else None
            if table and held and cost.work is Work.SCAN and existed(table, context):
                yield _validated(table, step, held, context)


def _costs_by_statement(
    run: tuple[Step, ...], context: Context, holds: dict[Name, tuple[Lock, Step]]
) -> Iterator[tuple[Step, Cost]]:
    """Yield each step of a transaction; `holds` then has what stops writers, its own statement's actions included."""
    costs = [(step, cost_of(step, version=context.postgres_version)) for step in run]
    at = 0
    while at < len(costs):
        statement = costs[at][0].operation.statement
        end = next((n for n in range(at, len(costs)) if costs[n][0].operation.statement != statement), len(costs))
        for step, cost in costs[at:end]:
            for held in cost.held:
                known = holds.get(held.relation)
                if held.lock.blocks_writes and (known is None or known[0].rank < held.lock.rank):
                    holds[held.relation] = (held.lock, step)
        yield from costs[at:end]
        at = end


def _validated(table: Name, step: Step, held: tuple[Lock, Step], context: Context) -> Finding:
    statement, operation = step.operation.statement, step.operation
    name = operation.constraint if isinstance(operation, ValidateConstraint) else ""
    lock, other = held[0], held[1].operation.statement
    where = "this statement" if other == statement else f"`{other.path}:{other.line}`"
    assumed = is_assumed(statement, context) and other != statement
    return Finding(
        rule=rule.id,
        level=Level.WARNING if assumed else rule.level,
        confidence=Confidence.MEDIUM if assumed else Confidence.HIGH,
        message=(
            f"Validating `{name}` reads every row of `{table.short}` while the transaction still holds {lock} from "
            f"{where}, so {_waiting(lock)} until it ends. Instead, validate it {apart(statement, context)}."
        ),
        place=Place(statement.path, statement.line),
        object=f"{table.short}.{name}",
        statement=statement,
        recipe=(validate(table, name),),
        phase=Phase.CONTRACT,
        cost=Cost((Held(table, lock, Work.SCAN),)),
    )


def _waiting(lock: Lock, whom: str = "") -> str:
    return _WAITING.get(lock, f"all writes of running code{whom} wait")


def _read(cost: Cost) -> tuple[Held, ...]:
    return tuple(h for h in cost.held if h.work is Work.SCAN and h.lock.blocks_writes)


def _online(made: Constraint, table: Name, step: Step, context: Context) -> tuple[RecipeStep, ...]:
    relation = step.before.relations.get(table)
    by_parts = made.kind is ConstraintKind.FOREIGN_KEY and relation is not None and bool(relation.partition_by)
    if by_parts and context.postgres_version < NOT_VALID_ON_PARTITIONED:
        words = (
            f"Add it NOT VALID to each partition of `{table.short}` and validate it there; then add it to the table, "
            "which takes what its partitions have."
        )
        return (RecipeStep(Phase.CONTRACT, words),)
    return not_valid(table, made)


def _finding(
    made: Constraint, table: Name, seen: tuple[Step, Cost], recipe: tuple[RecipeStep, ...], context: Context
) -> Finding:
    step, cost = seen
    statement = step.operation.statement
    stopped = [h.relation.short for h in cost.held if h.lock.blocks_writes]
    lock = max((h.lock for h in _read(cost)), key=lambda lock: lock.rank)
    whom = "" if lock is Lock.ACCESS_EXCLUSIVE else f" to {named(stopped)}"
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Adding {made.kind} `{made.name}` reads every row of `{table.short}` under {lock}, and "
            f"{_waiting(lock, whom)} until that is over. Instead, add it NOT VALID and validate it "
            f"{apart(statement, context)}."
        ),
        place=Place(statement.path, statement.line),
        object=f"{table.short}.{made.name}",
        statement=statement,
        recipe=recipe,
        phase=recipe[0].phase,
        cost=cost,
    )
