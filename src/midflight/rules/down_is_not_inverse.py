"""A down script that leaves another schema than the one before its migration."""

from collections.abc import Iterator
from dataclasses import replace

from midflight.inspection.down import Way, ways_back
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.restored import leftovers
from midflight.inspection.shown import WayBack
from midflight.operations.model import DropTable, Statement
from midflight.operations.shapes import Name
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL DEFAULT '', state text);"
_NOTES = "CREATE TABLE notes (id bigint PRIMARY KEY, body text); CREATE VIEW bodies AS SELECT body FROM notes;"
_SHOWN = 3
_RECIPE = (RecipeStep(Phase.EXPAND, "Complete the down script; apply up, down and up again to a copy of the schema."),)

rule = Rule(
    id="down-is-not-inverse",
    level=Level.WARNING,
    summary="A down script that does not give back the schema before it",
    why=(
        "Both scripts are folded over the history and the schemas compared. After a rollback old code meets a schema"
        " that it never ran on, and the next `up` fails on what was left behind (42P07, 42701) or on what is missing."
    ),
    instead=("Expand: complete the down script, so that up and down together change nothing.",),
    bad=(
        Example(
            "It forgets an object",
            schema=_HISTORY,
            migrations=(_NOTES + " ALTER TABLE projects ADD COLUMN size integer;",),
            down={0: "DROP VIEW bodies; DROP TABLE notes;"},
            says="leaves column `projects.size`",
            transactions=False,
        ),
        Example(
            "It fails",
            schema=_HISTORY,
            migrations=(_NOTES,),
            down={0: "DROP TABLE notes;"},
            says="fails with 2BP01",
            transactions=False,
        ),
        Example(
            "It drops what was there before",
            schema=_HISTORY + " CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';",
            migrations=("CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2';",),
            down={0: "DROP FUNCTION two(); DROP FUNCTION one();"},
            says="does not bring back `one()`",
            transactions=False,
        ),
    ),
    good=(
        Example(
            "Up and down change nothing",
            schema=_HISTORY,
            migrations=(_NOTES,),
            down={0: "DROP VIEW bodies; DROP TABLE notes;"},
            transactions=False,
        ),
        Example(
            "What hangs on a dropped table goes with it",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigserial PRIMARY KEY); CREATE INDEX ids ON notes (id);",),
            down={0: "DROP TABLE notes;"},
            transactions=False,
        ),
        Example(
            "A label that no script can remove",
            schema="CREATE TYPE mood AS ENUM ('sad');",
            migrations=("ALTER TYPE mood ADD VALUE 'ok';",),
            down={0: "-- irreversible: a label cannot be dropped\n"},
            transactions=False,
        ),
        Example(
            "A script that decides while it runs",
            schema=_HISTORY,
            migrations=(_NOTES,),
            down={0: "DO $$ BEGIN RAISE EXCEPTION 'there is no way back'; END $$;"},
            transactions=False,
        ),
    ),
    hazards=("down-is-not-inverse",),
    recipe_differs="the schema is the same, only the way back is corrected",
)


@rule.on_whole
def another_schema(context: Context) -> Iterator[Finding]:
    """Report each down script whose schema differs from the one before its migration, and those that fail."""
    for way in ways_back(context):
        seen = context.shown.way_back(way.migration.down.path) if way.migration.down else None
        if seen is not None:
            yield from _proven(way, seen, context.shown.version)
            continue
        if not way.is_certain:
            continue
        refused = next((step for step in way.down if step.problems), None)
        if refused is not None and "_not_null" in refused.problems[0].message:
            continue  # the server gives NOT NULL a name from PostgreSQL 18 on, the history does not
        if refused is not None:
            problem = refused.problems[0]
            told = f"fails with {problem.sqlstate}: {problem.message}"
            yield _finding(way, told, refused.operation.statement)
            continue
        differs = leftovers(way.before, way.restored, _dropped(way))
        if differs and way.before.gaps == way.restored.gaps:
            yield _finding(way, _listed(differs), None)


def _proven(way: Way, seen: WayBack, version: int) -> Iterator[Finding]:
    """What the server showed stands for what the catalogs say."""
    told = f"fails: {seen.fails.removeprefix(f'the down script `{seen.path}` fails: ')}" if seen.fails else ""
    if seen.differences:
        told = f"does not give back the schema: {'; '.join(seen.differences[:_SHOWN])}"
        more = len(seen.differences) - _SHOWN
        told += f"; and {more} more" if more > 0 else ""
    if told:
        found = _finding(way, f"{told} (run on PostgreSQL {version})", None)
        yield replace(found, confidence=Confidence.PROVEN, recipe=_recipe(seen))


def _recipe(seen: WayBack) -> tuple[RecipeStep, ...]:
    """The script that gives the schema back, where one was computed and run."""
    if not seen.instead:
        return _RECIPE
    return (RecipeStep(Phase.EXPAND, f"Let `{seen.path}` be this; run, it gives the schema back.", sql=seen.instead),)


def _dropped(way: Way) -> frozenset[Name]:
    """The tables that the migration drops: those that no migration created are not in the schema before it."""
    found = (s.before.resolve(s.operation.name) for s in way.up if isinstance(s.operation, DropTable))
    return frozenset(found)


def _listed(differs: tuple[str, ...]) -> str:
    more = len(differs) - _SHOWN
    return f"{', '.join(differs[:_SHOWN])}{f' and {more} more' if more > 0 else ''}"


def _finding(way: Way, told: str, statement: Statement | None) -> Finding:
    down = way.migration.down
    path = down.path if down else way.migration.path
    line = statement.line if statement else way.down[0].operation.statement.line
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"The down script `{path}` {told}: after a rollback of the database old code runs on a schema that it "
            "never met. Instead, complete the script, so that up and down together change nothing."
        ),
        place=Place(path, line),
        object=way.migration.version or way.migration.name,
        statement=statement or way.down[0].operation.statement,
        recipe=_RECIPE,
        phase=Phase.EXPAND,
    )
