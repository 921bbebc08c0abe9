"""A view in the API's schema reads rows past their row security."""

import re
from collections.abc import Iterator

from midflight.catalog.model import Relation, RelationKind, Step
from midflight.inspection.exposed import EXPOSED, has_api
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.model import CreateView, Grant, SetTableOption
from midflight.operations.shapes import Name
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
    " ALTER TABLE projects ENABLE ROW LEVEL SECURITY;"
    " CREATE POLICY projects_read ON projects FOR SELECT USING (true);"
)
_USERS = Name("users", "auth")
_INVOKER = re.compile(r"security_invoker=(?:true|on|1|yes)\Z", re.IGNORECASE)

rule = Rule(
    id="security-definer-view",
    level=Level.WARNING,
    summary="A view in the API's schema that reads past row security",
    why=(
        "A view reads with the rights of its owner, who row security does not bind: from the moment the migration runs,"
        " everyone who may read the view reads all rows of the table, also `auth.users` (PostgreSQL documentation,"
        ' CREATE VIEW, security_invoker, from 15; Supabase documentation, "Row Level Security"). It is reported where'
        " an API serves the schema. Rows can be read."
    ),
    instead=("Expand: make the view with `security_invoker = true`, or in a schema that the API does not serve.",),
    bad=(
        Example(
            "Over a table with row security",
            schema=_HISTORY,
            migrations=("CREATE VIEW titles AS SELECT id, title FROM projects;",),
            says="`projects`",
        ),
        Example(
            "Over the accounts",
            schema=f"{_HISTORY} CREATE SCHEMA IF NOT EXISTS auth; CREATE TABLE auth.users (id bigint, email text);",
            migrations=("CREATE VIEW people AS SELECT id, email FROM auth.users;",),
            says="`auth.users`",
        ),
    ),
    good=(
        Example(
            "With the caller's rights",
            schema=_HISTORY,
            migrations=("CREATE VIEW titles WITH (security_invoker = true) AS SELECT id, title FROM projects;",),
        ),
        Example(
            "Switched in the same change set",
            schema=_HISTORY,
            migrations=(
                (
                    "CREATE VIEW titles AS SELECT id, title FROM projects;"
                    " ALTER VIEW titles SET (security_invoker = on);"
                ),
            ),
        ),
        Example(
            "In a schema that is not served",
            schema=_HISTORY,
            migrations=("CREATE SCHEMA private; CREATE VIEW private.titles AS SELECT id, title FROM public.projects;",),
        ),
        Example(
            "Over a table without row security",
            schema="CREATE TABLE notes (id bigint PRIMARY KEY, body text);",
            migrations=("CREATE VIEW bodies AS SELECT body FROM notes;",),
        ),
        Example(
            "It was like that before",
            schema=f"{_HISTORY} CREATE VIEW titles AS SELECT id FROM projects;",
            migrations=("CREATE OR REPLACE VIEW titles AS SELECT id, title FROM projects;",),
        ),
    ),
    hazards=("security-definer-view / exposed-function / auth-users-exposed / extension-in-public",),
    recipe_differs="the view gets security_invoker, which the bad example lacks",
)


@rule.on_whole
def the_owner_reads(context: Context) -> Iterator[Finding]:
    """Report each view of the exposed schema that the change set makes without its callers' rights."""
    if not has_api(context) or context.postgres_version < 15:
        return
    for view in context.after.relations.values():
        if view.kind is not RelationKind.VIEW or view.name.schema != EXPOSED or _taken_away(view, context):
            continue
        guarded = _guarded(view, context)
        step = _made(view, context) if guarded is not None else None
        if guarded is not None and step is not None and not _was_open(view, guarded, context):
            yield _finding(view, guarded, step)


def _guarded(view: Relation, context: Context) -> Name | None:
    """The first relation of the view that row security guards; Supabase guards the accounts itself."""
    for name in view.depends:
        relation = context.after.relations.get(name)
        if name == _USERS or (relation is not None and relation.row_security):
            return name
    return None


def _made(view: Relation, context: Context) -> Step | None:
    """The pending step that makes the view, unless it reads with its callers' rights in the end."""
    found: Step | None = None
    for step in context.steps:
        operation = step.operation
        match operation:
            case CreateView(name=name, options=options) if step.after.resolve(name) == view.name:
                found = None if any(_INVOKER.match(option) for option in options) else step
            case SetTableOption(table=table, option=option, value=value) if step.before.resolve(table) == view.name:
                # `SET (security_invoker)` alone means true
                found = None if "security_invoker" in option and value.lower() not in {"false", "off", "0"} else found
            case _:
                continue
    return found


def _was_open(view: Relation, guarded: Name, context: Context) -> bool:
    """Whether the view read the same relation before: who may see its rows does not change."""
    before = context.before.relations.get(view.name)
    past = [o for o in context.history if isinstance(o, CreateView) and context.before.resolve(o.name) == view.name]
    invoker = bool(past) and any(_INVOKER.match(option) for option in past[-1].options)
    switched = before is not None and any("security_invoker" in option for option, _ in before.options)
    return before is not None and guarded in before.depends and not invoker and not switched


def _taken_away(view: Relation, context: Context) -> bool:
    """Whether the change set revokes rights on the view: its readers were thought of."""
    revokes = (s for s in context.steps if isinstance(s.operation, Grant) and s.operation.revoke)
    return any(
        s.after.resolve(t.name) == view.name
        for s in revokes
        if isinstance(s.operation, Grant)
        for t in s.operation.targets
    )


def _finding(view: Relation, guarded: Name, step: Step) -> Finding:
    statement, name = step.operation.statement, view.name.short
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"`{name}` reads `{guarded.short}` with its owner's rights, so whoever reads the view through the API sees"
            " every row from the moment the migration runs, whatever row security says. Instead, make it with"
            " `security_invoker = true`."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Let it read with its caller's rights; for rows that everyone is meant to see, add a policy.",
                f"{statement.text};\nALTER VIEW {name} SET (security_invoker = true);",
            ),
        ),
        phase=Phase.EXPAND,
    )
