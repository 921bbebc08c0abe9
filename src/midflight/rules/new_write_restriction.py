"""A new constraint refuses writes that old code has always made."""

import re
from collections.abc import Iterator
from dataclasses import replace

from midflight.catalog.cost_proofs import only_requires, required_columns
from midflight.catalog.model import Relation, Step
from midflight.compatibility.resolve import written
from midflight.inspection.constraining import by_index, not_valid
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.usage import lines, table_uses, writers
from midflight.inspection.wording import listed
from midflight.operations.model import AddConstraint, CreateIndex
from midflight.operations.shapes import Constraint, ConstraintKind, Index, Name
from midflight.references.model import Place, TableReference, Verb

_HISTORY = (
    "CREATE TABLE owners (id bigint PRIMARY KEY);"
    " CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text, owner_id bigint);"
)
_WRITER = {"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'x', state: 'new', owner_id: 2 });\n"}
_KEYS = frozenset({ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY})
_SQLSTATES = {
    ConstraintKind.UNIQUE: "23505",
    ConstraintKind.PRIMARY_KEY: "23505",
    ConstraintKind.EXCLUDE: "23P01",
    ConstraintKind.CHECK: "23514",
    ConstraintKind.FOREIGN_KEY: "23503",
}
_SPREADING = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})
_STRINGS = re.compile(r"'(?:[^']|'')*'")

rule = Rule(
    id="new-write-restriction",
    level=Level.WARNING,
    summary="A new constraint on columns that old code writes",
    why=(
        "UNIQUE, CHECK, FOREIGN KEY and EXCLUDE refuse every new row that does not satisfy them at once, NOT VALID"
        " included (23505, 23514, 23503, 23P01; measured on 12 to 18). Old code that still writes other values fails"
        " until the new code is everywhere; whether it does is decided by the values. Nothing is lost."
    ),
    instead=(
        "Rollout: deploy code whose writes satisfy the constraint.",
        "Contract: add the constraint in a later pull request, NOT VALID first on a large table.",
    ),
    bad=(
        Example(
            "A check on a column that old code writes",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD CONSTRAINT state_known CHECK (state IN ('new', 'old')) NOT VALID;",),
            base=_WRITER,
            head=_WRITER,
            says="23514",
        ),
        Example(
            "A unique index",
            schema=_HISTORY,
            migrations=("CREATE UNIQUE INDEX CONCURRENTLY projects_title ON projects (title);",),
            base=_WRITER,
            head=_WRITER,
            says="23505",
            transactions=False,
        ),
        Example(
            "A foreign key, and old code deletes what it points to",
            schema=_HISTORY,
            migrations=(
                "ALTER TABLE projects ADD CONSTRAINT owned FOREIGN KEY (owner_id) REFERENCES owners NOT VALID;",
            ),
            base={"web/leave.ts": "await db.from('owners').delete().eq('id', id);\n"},
            head={"web/leave.ts": "await db.from('owners').delete().eq('id', id);\n"},
            says="`web/leave.ts:1`",
        ),
        Example(
            "A check for a value that old inserts leave out",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD CONSTRAINT state_given CHECK (state IS NOT NULL) NOT VALID;",),
            base={"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'x' });\n"},
            head=_WRITER,
            says="`web/add.ts:1`",
        ),
    ),
    good=(
        Example(
            "A check for a value that every insert gives",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD CONSTRAINT state_given CHECK (state IS NOT NULL) NOT VALID;",),
            base=_WRITER,
            head=_WRITER,
        ),
        Example(
            "Nobody writes the column",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD CONSTRAINT state_known CHECK (state IN ('new', 'old')) NOT VALID;",),
            base={"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'x' });\n"},
            head={"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'x' });\n"},
        ),
        Example(
            "A column of the same change set",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE projects ADD COLUMN size int;"
                    " ALTER TABLE projects ADD CONSTRAINT size_known CHECK (size > 0) NOT VALID;"
                ),
            ),
            base=_WRITER,
            head=_WRITER,
        ),
        Example(
            "A check that only admits more",
            schema=_HISTORY + " ALTER TABLE projects ADD CONSTRAINT known CHECK (state IN ('new', 'old'));",
            migrations=(
                (
                    "ALTER TABLE projects DROP CONSTRAINT known;"
                    " ALTER TABLE projects ADD CONSTRAINT known CHECK (state IN ('new', 'old', 'done')) NOT VALID;"
                ),
            ),
            base=_WRITER,
            head=_WRITER,
        ),
    ),
    confirms="only the values can tell whether the code satisfies the constraint, so a person confirms the last step",
    hazards=("new-write-restriction", "rls-or-check-needs-code-first"),
)


@rule.on(AddConstraint)
def constraint_on_written_columns(change: AddConstraint, step: Step, context: Context) -> Iterator[Finding]:
    """Report a constraint on columns from before the change set that old code writes."""
    table = step.before.resolve(change.table)
    relation, after = step.before.relations.get(table), step.after.relations.get(table)
    if relation is None or after is None:
        return
    kept = {constraint.name for constraint in relation.constraints}
    for made in (constraint for constraint in after.constraints if constraint.name not in kept):
        lasts = context.after.relations.get(table)
        if made.not_enforced or made.kind not in _SQLSTATES or (lasts and lasts.constraint(made.name) is None):
            continue
        if not _held_before(made, table, context) and not change.constraint.using_index:
            what = f"{made.kind} constraint `{made.name}` on `{table.short}`"
            users = (*_refused(made, table, context), *_deleters(made, context))
            yield from _report(what, _SQLSTATES[made.kind], users, step, _online(made, relation, step, context))


@rule.on(CreateIndex)
def unique_index_on_written_columns(create: CreateIndex, step: Step, context: Context) -> Iterator[Finding]:
    """Report a unique index on columns from before the change set that old code writes."""
    table = step.before.resolve(create.index.table)
    made = [index for index in step.after.indexes_on(table) if index.name not in step.before.indexes]
    for index in made:
        if index.unique and index.name in context.after.indexes and not _unique_before(index.keys, table, context):
            what = f"unique index `{index.name.name}` on `{table.short}`"
            sql = f"{index.definition.replace(' INDEX ', ' INDEX CONCURRENTLY ', 1)};"
            words = "Build it in a later pull request, in a migration of its own outside a transaction."
            recipe = (RecipeStep(Phase.CONTRACT, words, sql),)
            yield from _report(what, "23505", _concerned(table, _columns(index, table, context), context), step, recipe)


def _online(made: Constraint, relation: Relation, step: Step, context: Context) -> tuple[RecipeStep, ...]:
    """The steps that add it without anybody waiting; those of the statement itself where it has no such way."""
    if made.kind in _KEYS and not relation.partition_by:
        return by_index(relation, made, context.before)
    if made.kind in {ConstraintKind.CHECK, ConstraintKind.FOREIGN_KEY}:
        steps = not_valid(relation.name, made)
        return steps[:1] if made.not_valid else steps
    return (RecipeStep(Phase.CONTRACT, "Add it in a later pull request.", f"{step.operation.statement.text};"),)


def _report(
    what: str, sqlstate: str, users: tuple[TableReference, ...], step: Step, recipe: tuple[RecipeStep, ...]
) -> Iterator[Finding]:
    if not users:
        return
    statement = step.operation.statement
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"New {what} refuses rows of old code at {listed(lines(users))} with {sqlstate} whenever their values do "
            "not satisfy it, from the moment the migration runs until the new code is everywhere. Instead, deploy code "
            "whose writes satisfy it first, and add it in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=what.split("`")[1],
        statement=statement,
        code=lines(users),
        recipe=(
            RecipeStep(Phase.ROLLOUT, "Deploy code whose writes satisfy it, and correct the rows that do not."),
            *recipe,
        ),
        phase=Phase.CONTRACT,
    )


def _concerned(table: Name, columns: tuple[str, ...], context: Context) -> tuple[TableReference, ...]:
    """The writes of old code that the values decide about: an upsert on just these columns finds the row instead."""
    relation = context.before.relations.get(table)
    if relation is None or not columns or not all(_was_there(relation, column) for column in columns):
        return ()
    found = writers(context, table, columns)
    return tuple(reference for reference in found if set(reference.conflict) != set(columns))


def _refused(made: Constraint, table: Name, context: Context) -> tuple[TableReference, ...]:
    """The writes that the constraint can refuse: of a CHECK that only asks for a value, the inserts without one."""
    if not only_requires(made):
        return _concerned(table, made.columns, context)
    after = context.after.relations.get(table)
    columns = (after.column(name) for name in sorted(required_columns(made))) if after else ()
    lacking = {column.name for column in columns if column and replace(column, not_null=True).required}
    inserts = table_uses(context, table, {Verb.INSERT, Verb.UPSERT})
    return tuple(r for r in inserts if r.payload and lacking - written(r))


def _was_there(relation: Relation, column: str) -> bool:
    return relation.column(column) is not None or not relation.complete


def _deleters(made: Constraint, context: Context) -> tuple[TableReference, ...]:
    target = made.references
    if target is None or made.on_delete.upper() in _SPREADING:
        return ()
    parent = context.before.resolve(target)
    return table_uses(context, parent, {Verb.DELETE}) if parent in context.before.relations else ()


def _held_before(made: Constraint, table: Name, context: Context) -> bool:
    if made.kind in _KEYS:
        return _unique_before(made.columns, table, context)
    relation = context.before.relations.get(table)
    same = (c for c in (relation.constraints if relation else ()) if c.kind is made.kind)
    if made.kind is ConstraintKind.CHECK:
        return any(_admits(made.expression or "", c.expression or "") for c in same)
    return any(c.columns == made.columns and c.references == made.references for c in same)


def _admits(new: str, old: str) -> bool:
    """Whether a check is another one with more strings in its list, or the same."""
    more = set(_STRINGS.findall(old)) <= set(_STRINGS.findall(new))
    return more and _shape(new) == _shape(old)


def _shape(expression: str) -> str:
    return re.sub(r"\?(?:\s*,\s*\?)+", "?", _STRINGS.sub("?", " ".join(expression.split())))


def _unique_before(keys: tuple[str, ...], table: Name, context: Context) -> bool:
    known = (index for index in context.before.indexes_on(table) if index.unique and not index.predicate)
    return any(set(index.keys) <= set(keys) for index in known)


def _columns(index: Index, table: Name, context: Context) -> tuple[str, ...]:
    """The columns of an index, those inside its expressions too."""
    relation = context.before.relations.get(table)
    names = [column.name for column in relation.columns] if relation else []
    plain = [key for key in index.keys if not key.startswith("(")]
    words = {word for key in index.keys if key.startswith("(") for word in re.findall(r"\w+", key)}
    return tuple(dict.fromkeys([*plain, *(name for name in names if name in words)]))
