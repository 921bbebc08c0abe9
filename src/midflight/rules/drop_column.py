"""A running copy of the old code may still name the column."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.removal import expands_beside, removal
from midflight.inspection.taken import joined, taken_along
from midflight.inspection.wording import breaks_at
from midflight.operations.model import DropColumn

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL, old_field text);"

rule = Rule(
    id="drop-column",
    level=Level.ERROR,
    summary="Dropping a column that existed before this change",
    why=(
        "Old code that still reads or writes the column fails with 42703 between the migration and the end of the"
        " rollout, and again after a rollback of the code; an ORM that keeps a list of columns names it until it is"
        " restarted. The column's values are gone, and without a word every index and every UNIQUE, PRIMARY KEY, CHECK"
        " or FOREIGN KEY over several columns that has it (measured on 12 to 18)."
    ),
    instead=(
        "Rollout: deploy code that no longer names the column, and watch it for a release.",
        "Contract: drop the column in a later pull request.",
    ),
    bad=(
        Example(
            "Old code still selects it",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects DROP COLUMN old_field;",),
            base={"web/list.ts": "await db.from('projects').select('id, old_field');\n"},
            head={"web/list.ts": "await db.from('projects').select('id');\n"},
            says="`web/list.ts:1`",
        ),
        Example(
            "No code that we can read names it",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects DROP COLUMN old_field;",),
            says="no resolved reference",
        ),
        Example(
            "A mobile app names it, of which old builds live for months",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects DROP COLUMN old_field;",),
            base={"apps/mobile/list.ts": "await db.from('projects').select('id, old_field');\n"},
            head={"apps/mobile/list.ts": "await db.from('projects').select('id');\n"},
            says="Old mobile builds keep failing for 180 days.",
        ),
        Example(
            "A mobile app that reaches the database no longer names it",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects DROP COLUMN old_field;",),
            base={"apps/mobile/list.ts": "import '@supabase/supabase-js';\nawait db.from('projects').select('id');\n"},
            head={"apps/mobile/list.ts": "import '@supabase/supabase-js';\nawait db.from('projects').select('id');\n"},
            says="no mobile build older than the change that stopped naming it",
        ),
        Example(
            "A constraint and an index over several columns go along",
            schema=_HISTORY + " ALTER TABLE projects ADD CONSTRAINT once UNIQUE (title, old_field);"
            " CREATE INDEX projects_both ON projects (title, old_field);",
            migrations=("ALTER TABLE projects DROP COLUMN old_field;",),
            says="UNIQUE constraint `once` on `projects` and index `projects_both` on `projects`",
        ),
    ),
    good=(
        Example(
            "A column of the same change set",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN draft text;", "ALTER TABLE projects DROP COLUMN draft;"),
        ),
        Example(
            "Code stops using it first",
            schema=_HISTORY,
            base={"web/list.ts": "await db.from('projects').select('id, old_field');\n"},
            head={"web/list.ts": "await db.from('projects').select('id');\n"},
        ),
        Example(
            "A column that is not there, guarded by IF EXISTS",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects DROP COLUMN IF EXISTS never_made;",),
        ),
    ),
    hazards=(
        "drop-column",
        "positional-insert-breaks",
        "data-loss-drop",
        "drop-column-drops-dependents",
        "orm-column-cache",
    ),
    covered_by=("drop-cascade", "drop-and-add", "contract-too-early"),
    confirms="the column's data cannot be brought back, so a person confirms the last step",
)


@rule.on(DropColumn)
def column_was_there_before(drop: DropColumn, step: Step, context: Context) -> Iterator[Finding]:
    """Report the drop of a column that old code may name."""
    table = step.before.resolve(drop.table)
    relation = context.before.relations.get(table)
    if not existed(table, context) or (relation and relation.complete and relation.column(drop.column) is None):
        return
    name = f"{table.short}.{drop.column}"
    replaced = expands_beside(table, context) and not breaks_at(context.matrix.old_new, drop.statement, (name,))
    after = context.after.relations.get(table)
    remade = after is not None and after.column(drop.column) is not None
    if not replaced and not remade:
        along = taken_along(step, context)
        yield from removal(rule.id, f"column `{name}`", (name,), step, context, joined(along) if along else "")
