"""A migration without a way back, in a history that has them."""

import re
from collections.abc import Iterator

from midflight.inspection.down import does_something, pending_steps
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.migrations.model import Migration
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY);"
_FIRST = "CREATE TABLE notes (id bigint PRIMARY KEY);"
_SECOND = "CREATE TABLE tags (id bigint PRIMARY KEY);"
_MEANT = re.compile(r"irreversib|cannot|can't|not possible|no way back|nothing to|no-?op|intentional", re.IGNORECASE)

rule = Rule(
    id="missing-down-migration",
    level=Level.NOTE,
    summary="A migration without a down script where the others have one",
    why=(
        "Whoever rolls back counts on the tool: its `down` stops at this migration, or takes it for undone and leaves"
        " its schema behind. Nothing breaks before that."
    ),
    instead=("Expand: write the down script, or a comment in it that says why there is no way back.",),
    bad=(
        Example(
            "One of two has none",
            schema=_HISTORY,
            migrations=(_FIRST, _SECOND),
            down={0: "DROP TABLE notes;"},
            says="`db/migrations/000003_change.up.sql`",
            transactions=False,
        ),
        Example(
            "One that does nothing",
            schema=_HISTORY,
            migrations=(_FIRST, _SECOND),
            down={0: "DROP TABLE notes;", 1: "-- This file should undo anything in `up.sql`\n"},
            says="does nothing",
            transactions=False,
        ),
    ),
    good=(
        Example("Where no migration has one", schema=_HISTORY, migrations=(_FIRST, _SECOND)),
        Example(
            "One that says why there is none",
            schema=_HISTORY,
            migrations=(_FIRST, _SECOND),
            down={0: "DROP TABLE notes;", 1: "-- irreversible: the tags are in use from the first minute\n"},
            transactions=False,
        ),
        Example(
            "Data alone",
            schema=_HISTORY,
            migrations=(_FIRST, "INSERT INTO projects (id) VALUES (1);"),
            down={0: "DROP TABLE notes;"},
            transactions=False,
        ),
    ),
    hazards=("no-down-migration",),
    recipe_differs="the schema is the same, only the way back is missing",
)


@rule.on_whole
def no_way_back(context: Context) -> Iterator[Finding]:
    """Report each pending migration that changes the schema and has no down script, where most others have one."""
    for migration, steps in pending_steps(context):
        changes = any(step.before is not step.after for step in steps)
        if changes and not migration.repeatable and _is_missing(migration) and _others_have_one(migration, context):
            yield _finding(migration)


def _is_missing(migration: Migration) -> bool:
    down = migration.down
    return down is None or not (does_something(down.text) or _MEANT.search(down.text))


def _others_have_one(migration: Migration, context: Context) -> bool:
    """The first migration of a history often has none: nobody goes back behind it."""
    versioned = [m for m in context.database.head.migrations if not m.repeatable]
    others = [m for m in versioned[1:] if m.version != migration.version]
    have = sum(m.down is not None and does_something(m.down.text) for m in others)
    return have > 0 and 2 * have >= len(others)


def _finding(migration: Migration) -> Finding:
    down = migration.down
    what = f"has a down script, `{down.path}`, that does nothing" if down else "has no down script"
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"`{migration.path}` {what}, and most other migrations of this history have one: a rollback of the "
            "database with the tool leaves its schema behind. Instead, write the down script, or a comment in it that "
            "says why there is no way back."
        ),
        place=Place(down.path if down and down.text.strip() else migration.path, 1),
        object=migration.version or migration.name,
        recipe=(
            RecipeStep(Phase.EXPAND, "Write the down script; the rollback plan of this report has SQL to start from."),
        ),
        phase=Phase.EXPAND,
    )
