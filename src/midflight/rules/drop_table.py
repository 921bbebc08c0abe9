"""A running copy of the old code may still name the table or view."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.removal import removal
from midflight.operations.model import DropTable, DropView

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY); CREATE TABLE project_logs (id bigint PRIMARY KEY, line text);"
)

rule = Rule(
    id="drop-table",
    level=Level.ERROR,
    summary="Dropping a table or view that existed before this change",
    why=(
        "Old code that still names it fails with 42P01 between the migration and the end of the rollout, and again "
        "after a rollback of the code. A table's rows are gone (PostgreSQL documentation, DROP TABLE)."
    ),
    instead=(
        "Rollout: deploy code that no longer names it, and watch it for a release.",
        "Contract: drop it in a later pull request, after a backup of its rows.",
    ),
    bad=(
        Example(
            "Old code still writes it",
            schema=_HISTORY,
            migrations=("DROP TABLE project_logs;",),
            base={"api/log.py": 'client.table("project_logs").insert({"id": 1, "line": "x"}).execute()\n'},
            head={"api/log.py": "pass\n"},
            says="`project_logs`",
        ),
        Example(
            "A view that a query reads",
            schema=_HISTORY + " CREATE VIEW recent AS SELECT id FROM projects;",
            migrations=("DROP VIEW recent;",),
            base={"web/list.ts": "await db.from('recent').select('id');\n"},
            head={"web/list.ts": "await db.from('projects').select('id');\n"},
            says="`recent`",
        ),
    ),
    good=(
        Example(
            "A table of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TABLE banner (id bigint);", "DROP TABLE banner;"),
        ),
        Example(
            "A view that is made again",
            schema=_HISTORY + " CREATE VIEW recent AS SELECT id FROM projects;",
            migrations=("DROP VIEW recent; CREATE VIEW recent AS SELECT id FROM projects WHERE id > 10;",),
            base={"web/list.ts": "await db.from('recent').select('id');\n"},
            head={"web/list.ts": "await db.from('recent').select('id');\n"},
        ),
    ),
    hazards=("drop-table", "drop-view", "data-loss-drop"),
    covered_by=("drop-cascade", "drop-and-add", "contract-too-early"),
    confirms="the rows cannot be brought back, so a person confirms the last step",
)


def relation_was_there_before(drop: DropTable | DropView, step: Step, context: Context) -> Iterator[Finding]:
    """Report the drop of a table or view that old code may name."""
    name = step.before.resolve(drop.name)
    made_here = not existed(name, context)
    if made_here or name in context.after.relations or (drop.if_exists and name not in step.before.relations):
        return
    kind = "table" if isinstance(drop, DropTable) else "view"
    yield from removal(rule.id, f"{kind} `{name.short}`", (name.short,), step, context)


rule.on(DropTable)(relation_was_there_before)
rule.on(DropView)(relation_was_there_before)
