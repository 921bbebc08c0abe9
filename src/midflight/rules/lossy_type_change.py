"""A type change that cuts or changes values without an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from midflight.catalog.cost_types import cast_path
from midflight.catalog.losses import REPEATED, ZONED, loss_of
from midflight.catalog.model import Step
from midflight.catalog.rewrite import parse_name
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.replacement import alone, replacement
from midflight.inspection.tables import Size, TableFact, Tables
from midflight.inspection.zones import zone_of
from midflight.operations.model import AlterColumnType
from midflight.operations.shapes import Name, quote
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE prices (id bigint PRIMARY KEY, amount numeric(12,4), rate numeric, note text, payload json,"
    " made timestamp, seen timestamptz, code character varying(10));"
)
_SMALL = Tables((TableFact("prices", size=Size.SMALL),))
_CUT = re.compile(
    r"\"?(?P<how>left|substr|substring)\"?\s*\(\s*(?P<column>\"(?:[^\"]|\"\")+\"|[\w$]+)(?:\s*::\s*text)?\s*(?:,|FROM\b|FOR\b)",
    re.IGNORECASE,
)
_TEXTS = ("text", "character varying", "character")

rule = Rule(
    id="lossy-type-change",
    level=Level.WARNING,
    summary="Changing a column's type in a way that cuts or changes its values silently",
    why=(
        "The server rounds numbers and times, cuts texts that USING casts, drops repeated keys of json, and reads "
        "timestamps without a zone in the TimeZone of whichever session migrates, all without an error (PostgreSQL "
        'documentation, "Data Types"; measured on 15). What the values lose is gone: no rollback brings it back.'
    ),
    instead=(
        "Before: count the rows whose values change.",
        "Expand: add a column of the new type and copy the values, so that the old ones stay until you are sure.",
        "Expand, for timestamps: say the zone, with `SET LOCAL TimeZone` or `USING ... AT TIME ZONE`.",
    ),
    bad=(
        Example(
            "Fewer digits behind the point",
            schema=_HISTORY,
            migrations=("ALTER TABLE prices ALTER COLUMN amount TYPE numeric(12,2);",),
            tables=_SMALL,
            says="rounds each value to 2 digits",
        ),
        Example(
            "From numeric to double precision",
            schema=_HISTORY,
            migrations=("ALTER TABLE prices ALTER COLUMN rate TYPE double precision;",),
            tables=_SMALL,
            says="keeps 15 digits",
        ),
        Example(
            "USING casts, and a cast cuts",
            schema=_HISTORY,
            migrations=("ALTER TABLE prices ALTER COLUMN note TYPE varchar(40) USING note::varchar(40);",),
            tables=_SMALL,
            says="cuts texts to 40 characters",
        ),
        Example(
            "Timestamps get a zone, and no statement says which one",
            schema=_HISTORY,
            migrations=("ALTER TABLE prices ALTER COLUMN made TYPE timestamptz;",),
            says="time zone of the session",
        ),
        Example(
            "From json to jsonb",
            schema=_HISTORY,
            migrations=("ALTER TABLE prices ALTER COLUMN payload TYPE jsonb;",),
            tables=_SMALL,
            says="repeated keys",
        ),
    ),
    good=(
        Example(
            "More digits before the point and as many behind it",
            schema=_HISTORY,
            migrations=("ALTER TABLE prices ALTER COLUMN amount TYPE numeric(16,4);",),
        ),
        Example(
            "Longer texts",
            schema=_HISTORY,
            migrations=("ALTER TABLE prices ALTER COLUMN code TYPE varchar(20) USING code::varchar(20);",),
        ),
        Example(
            "A new column beside the old one",
            schema=_HISTORY,
            migrations=("ALTER TABLE prices ADD COLUMN amount_new numeric(12,2);",),
        ),
        Example(
            "A table of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TABLE rates (v numeric(12,4)); ALTER TABLE rates ALTER COLUMN v TYPE numeric(12,2);",),
        ),
    ),
    recipe_differs="the new column has a new name and stands at the end of the table",
    confirms="dropping the old column deletes its values, so a person confirms the last step",
    hazards=("lossy-type-change",),
)


@rule.on(AlterColumnType)
def values_change_without_an_error(alter: AlterColumnType, step: Step, context: Context) -> Iterator[Finding]:
    """Report a type change under which old values are no longer what they were."""
    table = step.before.resolve(alter.table)
    before, now = context.before.relations.get(table), step.before.relations.get(table)
    column = now.column(alter.column) if now else None
    if column is None or before is None or before.column(alter.column) is None or not existed(table, context):
        return
    loss = _loss(alter, column.type, step)
    if not loss or (loss == ZONED and zone_of(step, context)):
        return
    name, instead, recipe = f"{table.short}.{alter.column}", _NEW_COLUMN, _counted(alter, column.type, table, loss)
    if loss == ZONED:
        instead, recipe = _SAY_THE_ZONE, _in_utc(table, alter)
    else:
        recipe = (*recipe, *replacement(table, alter, step.before))
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH if loss != ZONED else Confidence.MEDIUM,
        message=(
            f"Changing `{name}` from {column.type} to {alter.type} {loss}, without an error and for good, when the "
            f"migration runs. Instead, {instead}"
        ),
        place=Place(alter.statement.path, alter.statement.line),
        object=name,
        statement=alter.statement,
        recipe=recipe,
        phase=Phase.CONTRACT,
    )


_NEW_COLUMN = "count the rows that change first, and copy the values into a new column, so that the old ones stay."
_SAY_THE_ZONE = "say in the migration which zone the values are in, with `SET LOCAL TimeZone` or AT TIME ZONE."


def _loss(alter: AlterColumnType, old: str, step: Step) -> str:
    path = cast_path(alter, old, step.before)
    if path is None:
        return _cut_by_call(alter, old)
    last = len(path) - 2
    losses = (loss_of(a, b, cast=place < last) for place, (a, b) in enumerate(pairwise(path)))
    return next((loss for loss in losses if loss), "")


def _cut_by_call(alter: AlterColumnType, old: str) -> str:
    match = _CUT.match((alter.using or "").strip().removeprefix("pg_catalog."))
    name = parse_name(match["column"]) if match else None
    if match is None or name is None or name.name != alter.column or not old.startswith(_TEXTS):
        return ""
    return f"keeps only what {match['how'].lower()}() gives of each text"


def _counted(alter: AlterColumnType, old: str, table: Name, loss: str) -> tuple[RecipeStep, ...]:
    column = quote(alter.column)
    value = alter.using or f"{column}::{alter.type}"
    changed = f"{column} IS DISTINCT FROM ({value})::{old}"
    if loss == REPEATED:
        keys = "(SELECT count(*) FROM {}_object_keys({}))"
        changed = (
            f"CASE WHEN json_typeof({column}) = 'object' "
            f"THEN {keys.format('json', column)} <> {keys.format('jsonb', f'{column}::jsonb')} END"
        )
    words = "Count the rows whose values change: 0 says that nothing is lost."
    return (RecipeStep(Phase.EXPAND, words, f"SELECT count(*) FROM {table.short} WHERE {changed};"),)


def _in_utc(table: Name, alter: AlterColumnType) -> tuple[RecipeStep, ...]:
    words = "Say the zone that the values are in; under UTC the server does not write the rows again."
    change = f"SET LOCAL TimeZone = 'UTC';\nALTER TABLE {table.short} {alone(alter)};"
    return (RecipeStep(Phase.CONTRACT, words, change),)
