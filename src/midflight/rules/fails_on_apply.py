"""The server would refuse the statement on the schema that the history gives."""

from collections.abc import Iterator
from dataclasses import replace

from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.shown import Refusal
from midflight.operations.model import Statement
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text); CREATE VIEW titles AS SELECT title FROM projects;"
)
_WIDER = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text); CREATE VIEW titles AS SELECT id, title FROM projects;"
)
_NOTES = (
    "CREATE TABLE notes (id bigint PRIMARY KEY, body text, owner text); CREATE VIEW bodies AS SELECT body FROM notes;"
)
_TASKS = " CREATE TABLE tasks (id bigint PRIMARY KEY, project_id bigint REFERENCES projects);"
_PARTITIONED = (
    "CREATE TABLE events (id bigint, day date NOT NULL) PARTITION BY RANGE (day);"
    " CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
    " CREATE TABLE events_rest PARTITION OF events DEFAULT;"
)
_ROUTINE = "CREATE OR REPLACE FUNCTION shout(word text) RETURNS text LANGUAGE sql AS $$ SELECT upper($1) $$;"

rule = Rule(
    id="fails-on-apply",
    level=Level.ERROR,
    summary="A statement that the server will refuse",
    why=(
        "The migration stops at this statement. Where the tool has no transaction around the file, the statements "
        "before it stay applied and the deployment hangs between two schemas."
    ),
    instead=("Expand: correct the migration so that it fits the schema that the history gives.",),
    bad=(
        Example(
            "The table is there already",
            schema=_HISTORY,
            migrations=("CREATE TABLE projects (id bigint);",),
            says="42P07",
            fails="42P07",
        ),
        Example(
            "The column is not there",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ALTER COLUMN titel SET DEFAULT 'x';",),
            says="42703",
            fails="42703",
        ),
        Example(
            "An index that belongs to a constraint",
            schema=_HISTORY,
            migrations=("DROP INDEX projects_pkey;",),
            says="2BP01",
            fails="2BP01",
        ),
        Example(
            "OR REPLACE renames a parameter",
            schema=_ROUTINE,
            migrations=(_ROUTINE.replace("word", "title"),),
            says="42P13",
            fails="42P13",
        ),
        Example(
            "OR REPLACE leaves out a column of a view",
            schema=_WIDER,
            migrations=("CREATE OR REPLACE VIEW titles AS SELECT id FROM projects;",),
            says="42P16",
            fails="42P16",
        ),
        Example(
            "A second primary key",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD CONSTRAINT projects_key PRIMARY KEY (title);",),
            says="42P16",
            fails="42P16",
        ),
        Example(
            "A constraint on a column that is not there",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD CONSTRAINT once FOREIGN KEY (owner) REFERENCES projects NOT VALID;",),
            says="42703",
            fails="42703",
        ),
        Example(
            "A constraint of that name is there",
            schema=f"{_HISTORY} ALTER TABLE projects ADD CONSTRAINT given CHECK (title <> '');",
            migrations=("ALTER TABLE projects ADD CONSTRAINT given CHECK (title <> 'x') NOT VALID;",),
            says="42710",
            fails="42710",
        ),
        Example(
            "A constraint that is not there",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects VALIDATE CONSTRAINT given;",),
            says="42704",
            fails="42704",
        ),
        Example(
            "The table is not there",
            schema=_HISTORY + " CREATE TABLE drafts (id bigint); DROP TABLE drafts;",
            migrations=("ALTER TABLE drafts ADD COLUMN size integer;",),
            says="42P01",
            fails="42P01",
        ),
        Example(
            "The column is there already",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN title text;",),
            says="42701",
            fails="42701",
        ),
        Example(
            "A view reads the dropped column",
            schema=_HISTORY,
            migrations=(
                _NOTES,
                "ALTER TABLE notes DROP COLUMN body;",
            ),
            says="2BP01",
            fails="2BP01",
        ),
        Example(
            "A view reads the column whose type changes",
            schema=_HISTORY,
            migrations=(
                _NOTES,
                "ALTER TABLE notes ALTER COLUMN body TYPE varchar(80);",
            ),
            says="0A000",
            fails="0A000",
        ),
        Example(
            "A view reads the dropped table",
            schema=_HISTORY,
            migrations=(
                _NOTES,
                "DROP TABLE notes;",
            ),
            says="2BP01",
            fails="2BP01",
        ),
        Example(
            "A policy names the dropped column",
            schema=_HISTORY,
            migrations=(
                _NOTES + " CREATE POLICY own ON notes USING (owner = current_user);",
                "ALTER TABLE notes DROP COLUMN owner;",
            ),
            says="2BP01",
            fails="2BP01",
        ),
        Example(
            "A foreign key rests on the dropped key",
            schema=_HISTORY + _TASKS,
            migrations=("ALTER TABLE projects DROP CONSTRAINT projects_pkey;",),
            says="2BP01",
            fails="2BP01",
        ),
        Example(
            "OR REPLACE puts another column first",
            schema=_WIDER,
            migrations=("CREATE OR REPLACE VIEW titles AS SELECT title, id FROM projects;",),
            says="42P16",
            fails="42P16",
        ),
        Example(
            "A foreign key on a column of another type",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY, project_id uuid REFERENCES projects);",),
            says="42804",
            fails="42804",
        ),
        Example(
            "A unique key without the partition key",
            schema=_PARTITIONED,
            migrations=("CREATE UNIQUE INDEX events_id ON events (id);",),
            says="0A000",
            fails="0A000",
        ),
        Example(
            "A table whose primary key leaves out its partition key",
            migrations=("CREATE TABLE visits (id bigint PRIMARY KEY, day date) PARTITION BY RANGE (day);",),
            says="0A000",
            fails="0A000",
        ),
        Example(
            "CONCURRENTLY on a partitioned table",
            schema=_PARTITIONED,
            migrations=("CREATE INDEX CONCURRENTLY events_id ON events (id);",),
            transactions=False,
            says="0A000",
            fails="0A000",
        ),
        Example(
            "Detached concurrently beside a default partition",
            schema=_PARTITIONED,
            migrations=("ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;",),
            transactions=False,
            says="55000",
            fails="55000",
        ),
    ),
    good=(
        Example(
            "A constraint that need not be there",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects DROP CONSTRAINT IF EXISTS given;",),
        ),
        Example(
            "Guarded by IF NOT EXISTS",
            schema=_HISTORY,
            migrations=("CREATE TABLE IF NOT EXISTS projects (id bigint);",),
        ),
        Example(
            "What reads it is dropped first",
            schema=_HISTORY,
            migrations=(
                (
                    "DROP VIEW titles; ALTER TABLE projects ALTER COLUMN title TYPE varchar;"
                    " CREATE VIEW titles AS SELECT title FROM projects;"
                ),
            ),
        ),
        Example(
            "OR REPLACE that adds a column at the end",
            schema=_WIDER,
            migrations=("CREATE OR REPLACE VIEW titles AS SELECT id, title, upper(title) AS loud FROM projects;",),
        ),
    ),
    hazards=(
        "missing-object-or-already-exists",
        "dependent-view-blocks",
        "drop-index-behind-constraint",
        "function-replace-rejected",
        "view-column-removed-or-reordered",
        "partition-rules",
        "detach-concurrently-with-default",
    ),
    recipe_differs="only the author knows what the statement was meant to do",
)


@rule.on_whole
def server_refuses(context: Context) -> Iterator[Finding]:
    """Report each pending statement that the catalog before it contradicts, and the one that a server has refused."""
    refusal = context.shown.refusal
    for step in context.steps:
        statement = step.operation.statement
        guarded = statement.text[:2].upper() == "DO"  # such a block asks or catches before it fails
        proven = refusal is not None and not refusal.on_rows and refusal.statement == statement
        for problem in () if guarded or proven else step.problems:
            yield _finding(
                statement, f"fails with {problem.sqlstate} when it is applied: {problem.message}", problem.message
            )
    if refusal is not None:
        yield _shown(refusal, context.shown.version)


def _shown(refusal: Refusal, version: int) -> Finding:
    told = refusal.message.replace("`", "'")
    if refusal.on_rows:
        found = _finding(
            refusal.statement,
            f"may fail with {refusal.sqlstate}, as it does on generated rows: {told}",
            refusal.message,
        )
        return replace(
            found,
            level=Level.WARNING,
            confidence=Confidence.MEDIUM,
            message=(
                f"{found.message.split(' Instead, ', 1)[0]} Which rows there are in production decides. Instead, count "
                "those that stand in its way, and put them right in a migration before it."
            ),
            recipe=(RecipeStep(Phase.EXPAND, "Count the rows that stand in its way, and put them right first."),),
        )
    found = _finding(
        refusal.statement, f"fails with {refusal.sqlstate} on PostgreSQL {version}: {told}", refusal.message
    )
    return replace(found, confidence=Confidence.PROVEN)


def _finding(statement: Statement, told: str, problem: str) -> Finding:
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(f"`{_start(statement.text)}` {told}. Instead, correct it to fit the schema that the history gives."),
        place=Place(statement.path, statement.line),
        object=problem,
        statement=statement,
        recipe=(RecipeStep(Phase.EXPAND, "Correct the statement and apply the history to an empty database."),),
    )


def _start(text: str) -> str:
    """The statement's first words, enough to know it by."""
    words = " ".join(text.replace("`", "'").split())
    return words if len(words) <= 60 else f"{words[:59]}…"
