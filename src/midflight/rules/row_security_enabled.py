"""Row level security without policies hides every row from old code."""

from collections.abc import Iterator

from midflight.catalog.model import Catalog, Relation, Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.shown import HiddenRows
from midflight.inspection.usage import READS, lines, table_uses
from midflight.inspection.wording import listed
from midflight.operations.model import DropPolicy, SetRowSecurity
from midflight.operations.shapes import Name, quote
from midflight.references.model import WRITES, Api, Place, TableReference, Verb

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_READER = {"web/list.ts": "await db.from('projects').select('id, title');\n"}
_SECURED = (
    f"{_HISTORY} ALTER TABLE projects ENABLE ROW LEVEL SECURITY;"
    " CREATE POLICY everyone_reads ON projects FOR SELECT USING (true);"
)
_COMMANDS = {
    Verb.SELECT: ("SELECT",),
    Verb.WATCH: ("SELECT",),
    Verb.INSERT: ("INSERT",),
    Verb.UPDATE: ("UPDATE",),
    Verb.UPSERT: ("INSERT", "UPDATE"),
    Verb.DELETE: ("DELETE",),
}
_CONDITIONS = {
    "SELECT": "USING (true)",
    "INSERT": "WITH CHECK (true)",
    "UPDATE": "USING (true)",
    "DELETE": "USING (true)",
}

rule = Rule(
    id="row-security-enabled",
    level=Level.ERROR,
    summary="Row level security without a policy for what old code does",
    why=(
        "Without a policy for a command, SELECT, UPDATE and DELETE find no rows, without any error, and INSERT fails"
        " with 42501 from the moment the migration runs. Only the table's owner (unless FORCE is set) and roles with"
        " BYPASSRLS still see the rows (PostgreSQL documentation, Row Security Policies; measured on 12 to 18). Nothing"
        " is lost."
    ),
    instead=(
        "Expand: create a policy for each command that code uses.",
        "Contract: enable row level security once the policies are there, in the same migration or a later one.",
    ),
    bad=(
        Example(
            "Old code reads the table",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ENABLE ROW LEVEL SECURITY;",),
            base=_READER,
            head=_READER,
            says="SELECT",
        ),
        Example(
            "A policy for reading only, while old code inserts",
            schema=_HISTORY,
            migrations=(
                (
                    "CREATE POLICY everyone_reads ON projects FOR SELECT USING (true);"
                    " ALTER TABLE projects ENABLE ROW LEVEL SECURITY;"
                ),
            ),
            base={"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'x' });\n"},
            head={"web/add.ts": "await db.from('projects').insert({ id: 1, title: 'x' });\n"},
            says="42501",
        ),
        Example(
            "The last policy for reading goes",
            schema=_SECURED,
            migrations=("DROP POLICY everyone_reads ON projects;",),
            base=_READER,
            head={"web/list.ts": "export {};\n"},
            says="`everyone_reads`",
        ),
    ),
    good=(
        Example(
            "A policy gives way to another one",
            schema=_SECURED,
            migrations=(
                (
                    "DROP POLICY everyone_reads ON projects;"
                    " CREATE POLICY some_read ON projects FOR SELECT USING (title IS NOT NULL);"
                ),
            ),
            base=_READER,
            head=_READER,
        ),
        Example(
            "A policy for what code does not do goes",
            schema=f"{_SECURED} CREATE POLICY nobody_deletes ON projects FOR DELETE USING (false);",
            migrations=("DROP POLICY nobody_deletes ON projects;",),
            base=_READER,
            head=_READER,
        ),
        Example(
            "With a policy for what code does",
            schema=_HISTORY,
            migrations=(
                (
                    "CREATE POLICY everyone_reads ON projects FOR SELECT USING (true);"
                    " ALTER TABLE projects ENABLE ROW LEVEL SECURITY;"
                ),
            ),
            base=_READER,
            head=_READER,
        ),
        Example(
            "On a table of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;",),
        ),
    ),
    recipe_differs="the policies are added, and what they admit is the team's decision",
    hazards=("enable-rls-or-policy-change",),
)


@rule.on(SetRowSecurity)
def rows_vanish(change: SetRowSecurity, step: Step, context: Context) -> Iterator[Finding]:
    """Report row level security that starts on a table whose users no policy admits."""
    table = step.before.resolve(change.table)
    before, after = context.before.relations.get(table), context.after.relations.get(table)
    if before is None or after is None or not _starts(change, before, after):
        return
    admitted = _admitted(table, context.after)
    users = table_uses(context, table, (*READS, *WRITES, Verb.DELETE))
    shut = tuple(r for r in users if set(_COMMANDS[r.verb]) - admitted)
    if shut:
        commands = sorted({c for r in shut for c in _COMMANDS[r.verb]} - admitted)
        yield _finding(table, commands, shut, step, context)


@rule.on(DropPolicy)
def last_policy_goes(drop: DropPolicy, step: Step, context: Context) -> Iterator[Finding]:
    """Report the drop of a policy after which no other one admits what old code does."""
    table = step.before.resolve(drop.table)
    before, after = context.before.relations.get(table), context.after.relations.get(table)
    if before is None or after is None or not (before.row_security and after.row_security):
        return
    gone = _admitted(table, step.before) - _admitted(table, step.after) - _admitted(table, context.after)
    gone &= _admitted(table, context.before)
    users = table_uses(context, table, (*READS, *WRITES, Verb.DELETE))
    shut = tuple(r for r in users if set(_COMMANDS[r.verb]) & gone)
    if shut:
        yield _unguarded(drop, table, sorted(gone & {c for r in shut for c in _COMMANDS[r.verb]}), shut, context)


@rule.on_whole
def rows_are_hidden(context: Context) -> Iterator[Finding]:
    """Report rows that a role saw on a server before the change and not after it, where nothing else tells of it."""
    told = {finding.object.partition(".")[0] for step in context.steps for finding in _told(step, context)}
    by_table: dict[Name, list[HiddenRows]] = {}
    for each in context.shown.hidden:
        by_table.setdefault(each.table, []).append(each)
    for table, rows in by_table.items():
        if table.short not in told:
            yield _hidden(table, rows, context)


def _told(step: Step, context: Context) -> Iterator[Finding]:
    match step.operation:
        case SetRowSecurity() as change:
            yield from rows_vanish(change, step, context)
        case DropPolicy() as drop:
            yield from last_policy_goes(drop, step, context)
        case _:
            return


def _hidden(table: Name, rows: list[HiddenRows], context: Context) -> Finding:
    statement = rows[-1].statement
    users = tuple(r for r in table_uses(context, table, (*READS, *WRITES, Verb.DELETE)) if r.api is Api.POSTGREST)
    nothing = any(not each.after for each in rows)
    seen = ", ".join(
        f"`{each.role}` saw {each.before:,} generated rows before it and {each.after:,} after" for each in rows
    )
    who = f"code at {listed(lines(users))} finds fewer rows" if users else "whoever reads as that role finds fewer rows"
    return Finding(
        rule=rule.id,
        level=(old_code_level(context) if nothing else Level.WARNING) if users else Level.NOTE,
        confidence=Confidence.HIGH,
        message=(
            f"This hides rows of `{table.short}`: {seen}. From the moment the migration runs, {who}, without any error."
            " Instead, deploy code that does without them first, or admit them with a policy."
        ),
        place=Place(statement.path, statement.line),
        object=table.short,
        statement=statement,
        code=lines(users),
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that does without the rows of `{table.short}` that are hidden."),
            RecipeStep(Phase.CONTRACT, "Change the rights in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )


def _admitted(table: Name, catalog: Catalog) -> set[str]:
    """The commands that some permissive policy of the table speaks about."""
    found = {p.command.upper() for key, p in catalog.policies.items() if key[0] == table and p.permissive}
    return set(_CONDITIONS) if "ALL" in found else found


def _unguarded(
    drop: DropPolicy, table: Name, commands: list[str], shut: tuple[TableReference, ...], context: Context
) -> Finding:
    statement, api = drop.statement, any(r.api is Api.POSTGREST for r in shut)
    return Finding(
        rule=rule.id,
        level=old_code_level(context) if api else Level.WARNING,
        confidence=Confidence.MEDIUM,
        message=(
            f"Without policy `{drop.name}`, `{table.short}` has none for {', '.join(commands)}: code at"
            f" {listed(lines(shut))} {_effect(commands)} from the moment the migration runs, unless it connects as the"
            " owner or a role with BYPASSRLS. Instead, deploy code that does without it first, or create the policy"
            " that takes its place in the same migration."
        ),
        place=Place(statement.path, statement.line),
        object=f"{table.short}.{drop.name}",
        statement=statement,
        code=lines(shut),
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that does without {', '.join(commands)} on `{table.short}`."),
            RecipeStep(Phase.CONTRACT, "Drop the policy in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )


def _starts(change: SetRowSecurity, before: Relation, after: Relation) -> bool:
    if change.enabled:
        return after.row_security and not before.row_security
    forced = after.force_row_security and not before.force_row_security
    return bool(change.forced) and forced and before.row_security


def _finding(
    table: Name, commands: list[str], shut: tuple[TableReference, ...], step: Step, context: Context
) -> Finding:
    statement = step.operation.statement
    after = context.after.relations[table]
    sure = after.force_row_security or any(r.api is Api.POSTGREST for r in shut)
    return Finding(
        rule=rule.id,
        level=old_code_level(context) if sure else Level.WARNING,
        confidence=Confidence.MEDIUM,
        message=(
            f"Row level security on `{table.short}` has no policy for {', '.join(commands)}: code at "
            f"{listed(lines(shut))} {_effect(commands)} from the moment the migration runs, unless it connects as "
            f"{'a role with BYPASSRLS' if after.force_row_security else 'the owner or a role with BYPASSRLS'}. "
            "Instead, create a policy for each of these commands first, and enable row level security after that."
        ),
        place=Place(statement.path, statement.line),
        object=table.short,
        statement=statement,
        code=lines(shut),
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Create policies that admit what code does today; narrow their roles and conditions to what you mean.",
                "\n".join(_policy(table, command) for command in commands),
            ),
            RecipeStep(Phase.CONTRACT, "Enable it after the policies are there.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )


def _effect(commands: list[str]) -> str:
    silent = "finds no rows, without an error,"
    if commands == ["INSERT"]:
        return "fails with 42501"
    return f"{silent} and its INSERT fails with 42501" if "INSERT" in commands else silent.rstrip(",")


def _policy(table: Name, command: str) -> str:
    name = quote(f"{table.name}_{command.lower()}")
    return f"CREATE POLICY {name} ON {table.short} FOR {command} {_CONDITIONS[command]};"
