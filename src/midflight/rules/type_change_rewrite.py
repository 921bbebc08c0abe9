"""A type change that reads or writes a whole table while its users wait."""

from __future__ import annotations

import re
from collections.abc import Iterator

from midflight.catalog.cost_model import Cost, Work
from midflight.catalog.cost_types import checked_again, rebuilt_indexes
from midflight.catalog.definitions import constraint_clause
from midflight.catalog.lookup import settled_type
from midflight.catalog.model import Relation, Step
from midflight.inspection.constraining import validate
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.replacement import alone, replacement
from midflight.inspection.wording import named
from midflight.inspection.zones import is_utc, zone_of
from midflight.operations.model import AlterColumnType
from midflight.operations.shapes import Index, Name, quote
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, amount integer, code character varying(10), note text,"
    " price numeric(10,2), sent timestamp(3), opens time(3), lasts interval(3), flags bit varying(5),"
    " country character varying(10) CONSTRAINT country_known CHECK (country <> ''));"
    " CREATE INDEX orders_code ON orders (code);"
)
_SEARCHED = f"{_HISTORY} CREATE INDEX orders_search ON orders (lower(note));"
_NEW_COLUMN = "add a column of the new type, write both, copy the values in batches, and drop the old column later."

rule = Rule(
    id="type-change-rewrite",
    level=Level.ERROR,
    summary="Changing a column's type in a way that writes or reads the whole table",
    why=(
        "Values of another form write the table and all of its indexes again. Values of the same form still build "
        "again an index that sorts or computes anew, and read every row for a CHECK on the column. All of it happens "
        "under ACCESS EXCLUSIVE: every query of running code waits for the size of the table (PostgreSQL "
        "documentation, ALTER TABLE; measured on 12 to 18). Nothing is lost."
    ),
    instead=(
        "Expand: add a column of the new type, write both, and copy the values in batches.",
        "Rollout: deploy code that reads the new column and falls back to the old one.",
        "Contract: drop the old column in a later pull request.",
    ),
    bad=(
        Example(
            "From integer to bigint",
            schema=_HISTORY,
            migrations=("ALTER TABLE orders ALTER COLUMN amount TYPE bigint;",),
            says="writes `orders` and all of its indexes again",
        ),
        Example(
            "The same type, and USING computes each value",
            schema=_HISTORY,
            migrations=("ALTER TABLE orders ALTER COLUMN note TYPE text USING lower(note);",),
            says="in batches",
        ),
        Example(
            "An index on an expression of the column",
            schema=_SEARCHED,
            migrations=("ALTER TABLE orders ALTER COLUMN note TYPE character varying;",),
            says="builds `orders_search` again",
        ),
        Example(
            "Another collation of an indexed column",
            schema=_HISTORY,
            migrations=('ALTER TABLE orders ALTER COLUMN code TYPE character varying(10) COLLATE "C";',),
            says="builds `orders_code` again",
        ),
        Example(
            "A check on a column that only grows",
            schema=_HISTORY,
            migrations=("ALTER TABLE orders ALTER COLUMN country TYPE character varying(20);",),
            says="`country_known`",
        ),
    ),
    good=(
        Example(
            "More room in the same form",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE orders ALTER COLUMN code TYPE character varying(20),"
                    " ALTER COLUMN price TYPE numeric(14,2), ALTER COLUMN sent TYPE timestamp(6),"
                    " ALTER COLUMN opens TYPE time(6), ALTER COLUMN lasts TYPE interval,"
                    " ALTER COLUMN flags TYPE bit varying(9);"
                ),
            ),
        ),
        Example(
            "No limit any more, indexed or not",
            schema=_HISTORY,
            migrations=("ALTER TABLE orders ALTER COLUMN code TYPE text, ALTER COLUMN price TYPE numeric;",),
        ),
        Example(
            "A text without a limit by another name",
            schema=_HISTORY,
            migrations=("ALTER TABLE orders ALTER COLUMN note TYPE character varying;",),
        ),
        Example(
            "The type that it has, with a redundant USING",
            schema=_HISTORY,
            migrations=("ALTER TABLE orders ALTER COLUMN note TYPE text USING note::text;",),
        ),
        Example(
            "A domain without rules",
            schema=f"{_HISTORY} CREATE DOMAIN words AS text;",
            migrations=("ALTER TABLE orders ALTER COLUMN note TYPE words;",),
        ),
        Example(
            "The check comes back NOT VALID in the same statement",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE orders DROP CONSTRAINT country_known, ALTER COLUMN country TYPE character varying(20),"
                    " ADD CONSTRAINT country_known CHECK (country <> '') NOT VALID;"
                ),
                "ALTER TABLE orders VALIDATE CONSTRAINT country_known;",
            ),
        ),
        Example(
            "A table of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id integer); ALTER TABLE notes ALTER COLUMN id TYPE bigint;",),
        ),
    ),
    recipe_differs="the new column has a new name and stands at the end of the table",
    confirms="dropping the old column deletes its values, so a person confirms the last step",
    hazards=("change-column-type-rewrite", "change-column-type-index-rebuild", "change-column-type-rechecks"),
    sized=True,
    covered_by=("change-column-type", "lossy-type-change"),
)


@rule.on_cost(AlterColumnType)
def users_wait_for_the_type(alter: AlterColumnType, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a type change with work on a relation from before the change set, and say which work it is."""
    if cost.work is Work.NONE:
        return
    table = step.before.resolve(alter.table)
    relation = step.before.relations.get(table)
    column = relation.column(alter.column) if relation else None
    does, instead, recipe = _told(alter, table, relation, step, cost.work)
    note = "" if is_utc(zone_of(step, context)) else cost.note
    condition = f" ({note})" if note else ""
    yield Finding(
        rule=rule.id,
        level=rule.level if column else Level.WARNING,
        confidence=Confidence.HIGH if column and not note else Confidence.MEDIUM,
        message=(
            f"Changing `{table.short}.{alter.column}`{f' from {column.type}' if column else ''} to {alter.type} {does}"
            f"{condition}: all reads and writes of running code wait until the migration is through with it. Instead, "
            f"{instead}"
        ),
        place=Place(alter.statement.path, alter.statement.line),
        object=f"{table.short}.{alter.column}",
        statement=alter.statement,
        recipe=recipe,
        phase=Phase.EXPAND,
    )


def _told(
    alter: AlterColumnType, table: Name, relation: Relation | None, step: Step, work: Work
) -> tuple[str, str, tuple[RecipeStep, ...]]:
    """What the server does, what to do instead in words, and in steps."""
    columns = replacement(table, alter, step.before)
    if relation is None or work is Work.REWRITE:
        return _rewritten(alter, table, relation, step, columns)
    if work is Work.SCAN:
        checks = checked_again(relation, alter.column)
        does = f"reads every row of `{table.short}` for {named([check.name for check in checks])}"
        taken = [f"DROP CONSTRAINT {quote(check.name)}" for check in checks]
        back = [f"ADD {constraint_clause(check)} NOT VALID" for check in checks]
        change = RecipeStep(
            Phase.EXPAND,
            "Take the check away, change the type and put the check back NOT VALID, all in one statement.",
            f"ALTER TABLE {table.short} {', '.join([*taken, alone(alter), *back])};",
        )
        again = (validate(table, check.name, Phase.EXPAND) for check in checks)
        return does, "drop the check in the same statement, add it NOT VALID, and validate it later.", (change, *again)
    indexes = rebuilt_indexes(alter, relation, step.before)
    does = f"builds {named([index.name.name for index in indexes])} again under ACCESS EXCLUSIVE"
    if any(index.unique for index in indexes):
        return does, _NEW_COLUMN, columns
    steps = (
        *(_dropped(index) for index in indexes),
        RecipeStep(
            Phase.EXPAND, "Change the type, which then writes no row.", f"ALTER TABLE {table.short} {alone(alter)};"
        ),
        *(_built(index) for index in indexes),
    )
    return does, "drop the index first, change the type, and build it again, with CONCURRENTLY both times.", steps


def _rewritten(
    alter: AlterColumnType, table: Name, relation: Relation | None, step: Step, columns: tuple[RecipeStep, ...]
) -> tuple[str, str, tuple[RecipeStep, ...]]:
    does = f"writes `{table.short}` and all of its indexes again under ACCESS EXCLUSIVE"
    column = relation.column(alter.column) if relation else None
    if column is None or alter.using is None or column.type != settled_type(step.before, alter.type):
        return does, _NEW_COLUMN, columns
    name = quote(alter.column)
    values = RecipeStep(
        Phase.EXPAND,
        "Write the new values, in batches on a large table.",
        f"UPDATE {table.short} SET {name} = {alter.using} WHERE {name} IS DISTINCT FROM {alter.using};",
    )
    return does, "update the rows in batches, since the type stays what it is.", (values,)


def _dropped(index: Index) -> RecipeStep:
    words = "Drop the index outside a transaction, when the queries that use it are few."
    return RecipeStep(Phase.EXPAND, words, f"DROP INDEX CONCURRENTLY {index.name.short};")


def _built(index: Index) -> RecipeStep:
    words = "Build it again in a migration of its own, outside a transaction."
    build = re.sub(r"\bINDEX\b", "INDEX CONCURRENTLY", index.definition, count=1, flags=re.IGNORECASE)
    return RecipeStep(Phase.EXPAND, words, f"{build};")
