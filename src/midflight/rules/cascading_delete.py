"""A new foreign key makes deletes spread to rows that they left alone."""

import re
from collections.abc import Iterator

from midflight.catalog.model import Relation, Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.usage import lines, table_uses
from midflight.inspection.wording import listed
from midflight.operations.model import AddConstraint
from midflight.operations.shapes import Constraint
from midflight.references.model import Place, Verb

_HISTORY = (
    "CREATE TABLE owners (id bigint PRIMARY KEY); CREATE TABLE projects (id bigint PRIMARY KEY, owner_id bigint);"
)
_ADD = "ALTER TABLE projects ADD CONSTRAINT owned FOREIGN KEY (owner_id) REFERENCES owners ON DELETE CASCADE NOT VALID;"
_LEAVE = {"web/leave.ts": "await db.from('owners').delete().eq('id', id);\n"}
_CASCADE = re.compile(r"ON\s+DELETE\s+CASCADE", re.IGNORECASE)

rule = Rule(
    id="cascading-delete",
    level=Level.WARNING,
    summary="A new foreign key with ON DELETE CASCADE on an existing table",
    why=(
        "From the moment the migration runs, a DELETE of old code on the referenced table also deletes the rows that"
        " point at it, NOT VALID included; before it left them or was refused (PostgreSQL documentation, CREATE TABLE;"
        " measured on 15). No statement names these rows, and they do not come back."
    ),
    instead=(
        "Expand: add the key with ON DELETE RESTRICT, or NO ACTION.",
        "Rollout: deploy code that deletes the rows that point there itself, where that is wanted.",
    ),
    bad=(
        Example("Rows from before can go along", schema=_HISTORY, migrations=(_ADD,), says="`projects`"),
        Example(
            "Old code deletes what it points to",
            schema=_HISTORY,
            migrations=(_ADD,),
            base=_LEAVE,
            head=_LEAVE,
            says="`web/leave.ts:1`",
        ),
        Example(
            "A key that refused becomes one that spreads",
            schema=_HISTORY + " ALTER TABLE projects ADD CONSTRAINT owned FOREIGN KEY (owner_id) REFERENCES owners;",
            migrations=("ALTER TABLE projects DROP CONSTRAINT owned;\n" + _ADD,),
            base=_LEAVE,
            head=_LEAVE,
            says="`web/leave.ts:1`",
        ),
    ),
    good=(
        Example(
            "A new table's own key",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint, owner_id bigint REFERENCES owners ON DELETE CASCADE);",),
            base=_LEAVE,
            head=_LEAVE,
        ),
        Example(
            "A new column: no row points anywhere yet",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN lead_id bigint REFERENCES owners ON DELETE CASCADE;",),
        ),
        Example(
            "The key spread before",
            schema=_HISTORY + _ADD.replace(" NOT VALID", ""),
            migrations=("ALTER TABLE projects DROP CONSTRAINT owned;\n" + _ADD,),
            base=_LEAVE,
            head=_LEAVE,
        ),
        Example(
            "A key that refuses",
            schema=_HISTORY,
            migrations=(_ADD.replace("CASCADE", "RESTRICT"),),
        ),
    ),
    hazards=("fk-on-delete-cascade-added",),
    recipe_differs="the key refuses the delete instead of spreading it",
)


@rule.on(AddConstraint)
def deletes_spread(change: AddConstraint, step: Step, context: Context) -> Iterator[Finding]:
    """Report a cascading foreign key on columns from before the change set that did not cascade."""
    table = step.before.resolve(change.table)
    relation = context.before.relations.get(table)
    key = change.constraint
    if key.on_delete != "CASCADE" or key.references is None or relation is None or _spread_before(key, relation):
        return
    if any(relation.column(column) is None for column in key.columns):
        return
    parent = step.before.resolve(key.references)
    deletes = lines(table_uses(context, parent, {Verb.DELETE}))
    who = f"old code at {listed(deletes)}, which deletes from `{parent.short}`," if deletes else "every DELETE there"
    yield Finding(
        rule=rule.id,
        level=Level.WARNING if deletes else Level.NOTE,
        confidence=Confidence.HIGH if deletes else Confidence.MEDIUM,
        message=(
            f"Rows of `{table.short}` are deleted with the row of `{parent.short}` that they point at, from the moment "
            f"the migration runs: {who} then also deletes them, for good. Instead, add the key with ON DELETE RESTRICT "
            "and let code delete what it means to delete."
        ),
        place=Place(change.statement.path, change.statement.line),
        object=table.short,
        statement=change.statement,
        code=deletes,
        recipe=(
            _refusing(change, relation),
            RecipeStep(Phase.ROLLOUT, f"Deploy code that deletes from `{table.short}` itself where that is wanted."),
        ),
        phase=Phase.EXPAND,
    )


def _refusing(change: AddConstraint, relation: Relation) -> RecipeStep:
    if any(c.columns == change.constraint.columns and c.references for c in relation.constraints):
        return RecipeStep(Phase.EXPAND, "Leave the key as it is: it refuses.")
    sql = _CASCADE.sub("ON DELETE RESTRICT", change.statement.text)
    return RecipeStep(Phase.EXPAND, "Add the key so that it refuses.", f"{sql};")


def _spread_before(key: Constraint, relation: Relation) -> bool:
    return any(c.columns == key.columns and c.on_delete == "CASCADE" for c in relation.constraints)
