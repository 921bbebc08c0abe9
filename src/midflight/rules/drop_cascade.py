"""CASCADE removes objects that the statement does not name."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from midflight.catalog.model import Step
from midflight.compatibility.model import Break
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.taken import Taken, joined, taken_along
from midflight.inspection.wording import breaks_at, listed, places
from midflight.operations import model as op
from midflight.operations.model import Statement
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, code text UNIQUE, title text, kind text);"
    " CREATE TABLE tasks (id bigint PRIMARY KEY, project_code text REFERENCES projects (code));"
    " CREATE TABLE notes (id bigint PRIMARY KEY);"
)
_GENERATED = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text, slug text GENERATED ALWAYS AS (lower(title)) STORED);"
)
_VIEW = _HISTORY + " CREATE VIEW kinds AS SELECT kind FROM projects;"
_CASCADE = re.compile(r"\s+CASCADE\s*\Z", re.IGNORECASE)

Cascading = op.DropTable | op.DropView | op.DropColumn | op.DropConstraint | op.DropRoutine

rule = Rule(
    id="drop-cascade",
    level=Level.ERROR,
    summary="A DROP with CASCADE that takes other objects along",
    why=(
        "CASCADE removes views, foreign keys, policies, triggers, generated columns and functions with no more than a"
        " NOTICE: old code that reads such a view fails with 42P01, and without its foreign key a table accepts rows"
        " that point nowhere (PostgreSQL documentation, Dependency Tracking; measured on 15). The definitions stand in"
        " no file of the change, so the way back needs them from the history."
    ),
    instead=(
        "Rollout: deploy code that does without what goes along, and watch it for a release.",
        "Contract: drop each object by name, then the original without CASCADE: the server refuses what was forgotten.",
    ),
    bad=(
        Example(
            "A generated column goes along",
            schema=_GENERATED,
            migrations=("ALTER TABLE projects DROP COLUMN title CASCADE;",),
            says="column `projects.slug`",
        ),
        Example(
            "A view goes along with the column that it reads",
            schema=_VIEW,
            migrations=("ALTER TABLE projects DROP COLUMN kind CASCADE;",),
            base={"web/kinds.ts": "await db.from('kinds').select('kind');\n"},
            head={"web/kinds.ts": "pass\n"},
            says="`web/kinds.ts:1`",
        ),
        Example(
            "A table's foreign key and view",
            schema=_VIEW,
            migrations=("DROP TABLE projects CASCADE;",),
            says="view `kinds` and foreign key `tasks_project_code_fkey` on `tasks`",
        ),
        Example(
            "A function that a trigger runs",
            schema=_HISTORY
            + " CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
            " CREATE TRIGGER stamped BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION stamp();",
            migrations=("DROP FUNCTION stamp() CASCADE;",),
            says="trigger `stamped` on `projects`",
        ),
    ),
    good=(
        Example(
            "CASCADE that takes nothing along",
            schema=_HISTORY + " ALTER TABLE projects ADD CONSTRAINT titled CHECK (title <> '');",
            migrations=("ALTER TABLE projects DROP CONSTRAINT titled CASCADE;",),
        ),
        Example(
            "What goes along is made again",
            schema=_VIEW,
            migrations=(
                "DROP VIEW kinds CASCADE; CREATE VIEW kinds AS SELECT kind FROM projects WHERE kind IS NOT NULL;",
            ),
        ),
        Example(
            "Objects of the same change set",
            schema=_HISTORY,
            migrations=(
                "CREATE TABLE drafts (id bigint); CREATE VIEW recent AS SELECT id FROM drafts;",
                "DROP TABLE drafts CASCADE;",
            ),
        ),
    ),
    hazards=("drop-cascade",),
    confirms="what is dropped cannot be brought back with its data, so a person confirms the last step",
)


@rule.on_whole
def more_goes_along(context: Context) -> Iterator[Finding]:
    """Report each DROP whose CASCADE removes objects from before the change set that the statement does not name."""
    steps = ((step, step.operation) for step in context.steps)
    drops = [(step, drop) for step, drop in steps if isinstance(drop, Cascading) and drop.cascade]
    for statement, same in groupby(drops, lambda pair: pair[1].statement):
        objects: dict[str, tuple[Taken, ...]] = {}
        for step, drop in same:
            objects[_object(drop, step)] = _taken(step, context)
        if any(objects.values()):
            yield _finding(statement, objects, context)


def _finding(statement: Statement, objects: dict[str, tuple[Taken, ...]], context: Context) -> Finding:
    first = next(name for name, taken in objects.items() if taken)
    taken = tuple(dict.fromkeys(one for found in objects.values() for one in found))
    breaks = tuple(b for b in breaks_at(context.matrix.old_new, statement) if not _is_part(b, objects))
    return Finding(
        rule=rule.id,
        level=old_code_level(context) if breaks else Level.WARNING,
        confidence=Confidence.HIGH,
        message=_message(first, taken, breaks),
        place=Place(statement.path, statement.line),
        object=first,
        statement=statement,
        code=places(breaks),
        recipe=_recipe(first, taken, statement.text),
        phase=Phase.CONTRACT,
    )


def _taken(step: Step, context: Context) -> tuple[Taken, ...]:
    """What goes along because of CASCADE; what the server takes without it belongs to the object itself."""
    operation = step.operation
    found = taken_along(step, context)
    if isinstance(operation, op.DropColumn):
        table = step.before.resolve(operation.table).short
        found = tuple(t for t in found if t.table != table or t.kind in {"policy", "trigger"})
    if isinstance(operation, op.DropRoutine):
        own = {routine.name.short for routine in step.before.routines_named(operation.name)}
        found = tuple(t for t in found if t.kind != "function" or t.name not in own)
    return found


def _object(drop: Cascading, step: Step) -> str:
    match drop:
        case op.DropColumn(table=table, column=column):
            return f"{step.before.resolve(table).short}.{column}"
        case op.DropConstraint(table=table, constraint=constraint):
            return f"{step.before.resolve(table).short}.{constraint}"
        case _:
            return step.before.resolve(drop.name).short


def _is_part(found: Break, objects: Iterable[str]) -> bool:
    return any(found.object == name or found.object.startswith(f"{name}.") for name in objects)


def _message(name: str, taken: tuple[Taken, ...], breaks: tuple[Break, ...]) -> str:
    broken = f", and breaks old code at {listed(places(breaks))}" if breaks else ""
    lost = " Rows that point nowhere are then accepted." if any(t.kind == "foreign key" for t in taken) else ""
    return (
        f"CASCADE removes, with `{name}`, {joined(taken)} from the moment the migration runs{broken}; none of it can "
        f"be undone from this change alone.{lost} Instead, drop each of them by name once no code needs it, and "
        f"`{name}` without CASCADE in a later pull request."
    )


def _recipe(name: str, taken: tuple[Taken, ...], sql: str) -> tuple[RecipeStep, ...]:
    drops = "\n".join(one.sql for one in taken)
    return (
        RecipeStep(Phase.ROLLOUT, f"Deploy code that uses neither `{name}` nor what goes along with it."),
        RecipeStep(Phase.CONTRACT, "Drop by name what goes along, in a later pull request.", drops),
        RecipeStep(Phase.CONTRACT, f"Drop `{name}` without CASCADE.", f"{_CASCADE.sub('', sql)};"),
    )
