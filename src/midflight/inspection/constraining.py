"""How a constraint comes to an existing table without anybody waiting: steps with the reader's own names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from midflight.catalog.cost_proofs import proves_not_null
from midflight.catalog.definitions import column_list, constraint_clause
from midflight.catalog.model import Catalog, Relation, Step
from midflight.catalog.naming import choose, constraint_name_taken, relation_name_taken
from midflight.inspection.filling import fill_step
from midflight.inspection.finding import Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context
from midflight.inspection.transactions import script_of
from midflight.migrations.model import Transactions
from midflight.operations.model import Statement
from midflight.operations.shapes import Constraint, ConstraintKind, Name, quote

NOT_VALID_ON_PARTITIONED = 18
"""From this version on, a foreign key of a partitioned table can be NOT VALID (42809 before; measured)."""

_INCLUDE = re.compile(r"\bINCLUDE\s*\([^)]*\)", re.IGNORECASE)
_DEFERRED = re.compile(r"\b(?:NOT\s+DEFERRABLE|DEFERRABLE|INITIALLY\s+(?:DEFERRED|IMMEDIATE))\b", re.IGNORECASE)


def new_constraints(table: Name, step: Step) -> tuple[Constraint, ...]:
    """Return what the step adds to a table (resolved name), with the names that the server chooses."""
    before, after = step.before.relations.get(table), step.after.relations.get(table)
    had = {constraint.name for constraint in before.constraints} if before else set()
    return tuple(c for c in after.constraints if c.name not in had) if after else ()


def apart(statement: Statement, context: Context) -> str:
    """Return where a statement goes that must not share this one's transaction, as a part of a sentence."""
    script = script_of(statement, context)
    if script is not None and script.transactions is Transactions.PER_RUN:
        return "in a migration that is deployed later"
    return "in another migration"


def validate(table: Name, constraint: str, phase: Phase = Phase.CONTRACT) -> RecipeStep:
    """Return the step that reads the rows while everybody works on."""
    words = "Validate it in another transaction; readers and writers work on."
    return RecipeStep(phase, words, f"ALTER TABLE {table.short} VALIDATE CONSTRAINT {quote(constraint)};")


def not_valid(table: Name, constraint: Constraint) -> tuple[RecipeStep, ...]:
    """Return the two steps of a CHECK or foreign key: added NOT VALID, then validated."""
    clause = constraint_clause(replace(constraint, not_valid=False)).removesuffix(" NOT VALID")
    return (
        RecipeStep(
            Phase.CONTRACT,
            "Add it NOT VALID, which looks at new rows alone.",
            f"ALTER TABLE {table.short} ADD {clause} NOT VALID;",
        ),
        validate(table, constraint.name),
    )


def by_index(relation: Relation, constraint: Constraint, standing: Catalog) -> tuple[RecipeStep, ...]:
    """Return the steps of a unique constraint or primary key: its index built while everybody works on, then taken.

    `standing` is the catalog before the change set: what has the name, or is the primary key, there gives way in the
    statement that takes the index.
    """
    table, text = relation.name, constraint.definition
    old, built_as = _replaced(relation, constraint, standing)
    key = "PRIMARY KEY" if constraint.kind is ConstraintKind.PRIMARY_KEY else "UNIQUE"
    more = _INCLUDE.search(text)
    index = f"CREATE UNIQUE INDEX CONCURRENTLY {quote(built_as)} ON {table.short} "
    index += column_list(constraint.columns) + (f" {more[0]}" if more else "")
    index += " NULLS NOT DISTINCT" if "NULLS NOT DISTINCT" in text.upper() else ""
    deferred = "".join(f" {match[0]}" for match in _DEFERRED.finditer(text))
    name = quote(constraint.name)
    drop = f"DROP CONSTRAINT {quote(old)}, " if old else ""
    taking = f"ALTER TABLE {table.short} {drop}ADD CONSTRAINT {name} {key} USING INDEX {quote(built_as)}{deferred};"
    built = RecipeStep(
        Phase.EXPAND,
        "Build the index in a migration of its own, outside a transaction; a failed build leaves an invalid index to "
        "drop.",
        f"{index};",
    )
    nullable = unproven(relation, constraint.columns) if key == "PRIMARY KEY" else ()
    required = (s for column in nullable for s in required_steps(relation, column, standing))
    return (built, *required, RecipeStep(Phase.CONTRACT, "Make the constraint from the index.", taking))


def _replaced(relation: Relation, constraint: Constraint, standing: Catalog) -> tuple[str, str]:
    """The constraint that the new one replaces, empty for none, and a name for the index that is free beside it."""
    before = standing.relations.get(relation.name)
    primary = constraint.kind is ConstraintKind.PRIMARY_KEY
    known = before.constraints if before else ()
    old = next((c.name for c in known if c.name == constraint.name or (primary and c.kind is constraint.kind)), "")
    taken = relation_name_taken(standing, relation.name.schema)
    if not taken(constraint.name):
        return old, constraint.name
    return old, choose(relation.name.name, "_".join(constraint.columns), "new", taken)


def unproven(relation: Relation, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of which neither NOT NULL nor a valid CHECK says that they hold no NULL."""
    required = {column.name for column in relation.columns if column.not_null}
    return tuple(c for c in columns if c not in required and not proves_not_null(relation, c))


def required_steps(relation: Relation, column: str, catalog: Catalog, *, fill: bool = False) -> tuple[RecipeStep, ...]:
    """Return the steps of NOT NULL: proved by a CHECK that is validated while everybody works on, which then goes.

    They are the same from 12 on; a newer server has a shorter way, which an older one refuses.
    """
    table = relation.name
    own = (constraint.name for constraint in relation.constraints)
    proof = choose(table.name, column, "filled", constraint_name_taken(catalog, table.schema, own))
    head, name, where = f"ALTER TABLE {table.short}", quote(proof), quote(column)
    return (
        RecipeStep(
            Phase.CONTRACT,
            "Refuse new NULLs with a CHECK that looks at new rows alone.",
            f"{head} ADD CONSTRAINT {name} CHECK ({where} IS NOT NULL) NOT VALID;",
        ),
        *((fill_step(table, column, Phase.CONTRACT),) if fill else ()),
        validate(table, proof),
        RecipeStep(
            Phase.CONTRACT,
            "Set NOT NULL in another transaction: the CHECK proves it, and no row is read.",
            f"{head} ALTER COLUMN {where} SET NOT NULL;",
        ),
        RecipeStep(Phase.CONTRACT, "Drop the CHECK in a statement of its own.", f"{head} DROP CONSTRAINT {name};"),
    )
