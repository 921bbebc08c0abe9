"""The server refuses some statements inside a transaction, and the tool opens one."""

from collections.abc import Iterator

from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.transactions import is_assumed, opened_by_script, script_of
from midflight.migrations.formats import BY_NAME
from midflight.migrations.model import Transactions
from midflight.operations import model as op
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text);"
    " CREATE INDEX projects_state ON projects (state);"
)

rule = Rule(
    id="concurrently-in-transaction",
    level=Level.ERROR,
    summary="A statement that cannot run inside a transaction",
    why=(
        "CREATE INDEX, DROP INDEX, REINDEX and DETACH PARTITION with CONCURRENTLY, VACUUM, ALTER SYSTEM and whatever"
        " makes or drops a database fail with 25001 in a transaction, also in that of several statements sent as one"
        " string (measured on 12 to 18). The deployment stops at this migration. Nothing is lost."
    ),
    instead=("Expand: put the statement alone into a migration that the tool runs without a transaction.",),
    bad=(
        Example(
            "Two statements that the tool sends as one string",
            schema=_HISTORY,
            migrations=(
                (
                    "CREATE INDEX CONCURRENTLY projects_title ON projects (title);"
                    " COMMENT ON INDEX projects_title IS 'for the list';"
                ),
            ),
            transactions=False,
            says="as one string",
            fails="25001",
        ),
        Example(
            "The script's own transaction",
            schema=_HISTORY,
            migrations=("BEGIN; REINDEX INDEX CONCURRENTLY projects_state; COMMIT;",),
            transactions=False,
            says="BEGIN",
            fails="25001",
        ),
        Example(
            "A version of the Supabase CLI that keeps it in its transaction",
            schema=_HISTORY,
            migrations=("CREATE INDEX CONCURRENTLY projects_title ON projects (title);",),
            says="2.109.0",
        ),
    ),
    good=(
        Example(
            "Alone in its file",
            schema=_HISTORY,
            migrations=("CREATE INDEX CONCURRENTLY projects_title ON projects (title);",),
            transactions=False,
        ),
        Example(
            "After the script's own transaction, in another file",
            schema=_HISTORY,
            migrations=("BEGIN; COMMENT ON TABLE projects IS 'all'; COMMIT;", "VACUUM projects;"),
            transactions=False,
        ),
    ),
    recipe_differs="the migration fails where it stands, so there is no schema to compare with",
    hazards=("concurrently-in-transaction",),
)

_SWITCHES = {
    "bun": "name the file without `.tx.`",
    "db-migrate": "run it with `--non-transactional`",
    "dbmate": "write `-- migrate:up transaction:false`",
    "diesel": "write `run_in_transaction = false` into the `metadata.toml` beside it",
    "flyway": "write `executeInTransaction=false` into the `.sql.conf` beside it",
    "goose": "write `-- +goose NO TRANSACTION` at its top",
    "node-pg-migrate": "write it in JavaScript with `pgm.noTransaction()`",
    "sql-migrate": "write `-- +migrate Up notransaction`",
    "sqlx": "begin it with `-- no-transaction`",
}
"""How a tool is told to open no transaction around one migration (the tools' documentation)."""

_SUPABASE_ALONE = frozenset({"CREATE INDEX CONCURRENTLY", "REINDEX CONCURRENTLY", "VACUUM", "ALTER SYSTEM"})


@rule.on_whole
def refused_in_a_transaction(context: Context) -> Iterator[Finding]:
    """Report each statement that must stand outside a transaction and stands inside one."""
    for step in context.steps:
        statement = step.operation.statement
        what = _refused(step.operation) or _refused_object(step.operation)
        block = statement.text[:2].upper() == "DO"  # such a block asks or catches before it fails
        if what and statement.in_transaction and not block and not step.problems:
            yield _finding(what, statement, context)


def _finding(what: str, statement: op.Statement, context: Context) -> Finding:
    remedy = _remedy(what, statement, context)
    newer = _follows_the_version(what, statement, context)
    assumed = is_assumed(statement, context)
    return Finding(
        rule=rule.id,
        level=_level(newer=newer, assumed=assumed),
        confidence=Confidence.MEDIUM if newer or assumed else Confidence.HIGH,
        message=(
            f"`{what}` fails with 25001 when it is applied, {_reason(what, statement, context)}. Instead, {remedy}."
        ),
        place=Place(statement.path, statement.line),
        object=what,
        statement=statement,
        recipe=(RecipeStep(Phase.EXPAND, f"{remedy[0].upper()}{remedy[1:]}.", f"{statement.text};"),),
        phase=Phase.EXPAND,
    )


def _level(*, newer: bool, assumed: bool) -> Level:
    if newer:
        return Level.NOTE
    return Level.WARNING if assumed else rule.level


def _refused(operation: op.Operation) -> str:
    """Return the statement's leading words if the server refuses it in a transaction, else nothing."""
    match operation:
        case op.CreateIndex(concurrently=True):
            return "CREATE INDEX CONCURRENTLY"
        case op.DropIndex(concurrently=True):
            return "DROP INDEX CONCURRENTLY"
        case op.Reindex(concurrently=True):
            return "REINDEX CONCURRENTLY"
        case op.Reindex(kind="SCHEMA" | "DATABASE" | "SYSTEM" as kind):
            return f"REINDEX {kind}"
        case op.DetachPartition(concurrently=True):
            return "" if operation.statement.text.upper().endswith("FINALIZE") else "DETACH PARTITION CONCURRENTLY"
        case op.Maintenance(kind="VACUUM" | "VACUUM FULL"):
            return "VACUUM"
        case _:
            return ""


def _refused_object(operation: op.Operation) -> str:
    match operation:
        case op.OtherObject(kind="SYSTEM"):
            return "ALTER SYSTEM"
        case op.OtherObject(kind="DATABASE" | "TABLESPACE" as kind, action="CREATE" | "DROP" as action):
            return f"{action} {kind}"
        case _:
            return ""


def _follows_the_version(what: str, statement: op.Statement, context: Context) -> bool:
    """Whether a newer Supabase CLI runs it outside its transaction (supabase/cli pull requests 5671 and 6276)."""
    alone = what in _SUPABASE_ALONE or what == "DROP INDEX CONCURRENTLY"
    return alone and context.database.head.format == "supabase" and not opened_by_script(statement, context)


def _reason(what: str, statement: op.Statement, context: Context) -> str:
    """Why the statement stands in a transaction, as a clause."""
    if opened_by_script(statement, context):
        return "because the file's own BEGIN is still open"
    if _follows_the_version(what, statement, context):
        version = "2.109.0" if what in _SUPABASE_ALONE else "of August 2026 (supabase/cli pull request 6276)"
        return f"where the Supabase CLI is older than {version}, because it keeps the whole file in one transaction"
    title = BY_NAME[context.database.head.format].title
    match _mode(statement, context):
        case Transactions.IMPLICIT:
            return f"because {title} sends the file as one string, which Postgres runs in one transaction"
        case Transactions.PER_RUN:
            return f"because {title} runs all pending files in one transaction"
        case _ if context.database.head.format == "plain":
            return "where the file is applied in one transaction, as most tools do"
        case _:
            return f"because {title} runs the file in one transaction"


def _remedy(what: str, statement: op.Statement, context: Context) -> str:
    """How to keep it out of the transaction, with the tool's own switch where it has one."""
    if opened_by_script(statement, context):
        return "put it alone into a migration without BEGIN"
    if _follows_the_version(what, statement, context):
        return "apply it with a newer Supabase CLI, which runs it outside the transaction"
    if _mode(statement, context) is Transactions.IMPLICIT:
        return "put it alone into a migration of its own"
    name = context.database.head.format
    if name == "plain":
        return "put it alone into a migration that runs without a transaction"
    if name not in _SWITCHES:
        title = BY_NAME[name].title
        return f"run it by hand before the deployment, as {title} has no switch for one migration"
    return f"put it alone into a migration of its own and {_SWITCHES[name]}"


def _mode(statement: op.Statement, context: Context) -> Transactions | None:
    script = script_of(statement, context)
    return script.transactions if script else None
