"""A right that old code relies on is taken away."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.usage import lines, routine_calls, table_uses
from midflight.inspection.wording import listed
from midflight.operations.model import Grant, SetOwner
from midflight.operations.shapes import Name, ObjectKind, Target
from midflight.references.model import Api, Place, RoutineReference, TableReference, Verb

_HISTORY = (
    "DO $$ BEGIN CREATE ROLE reporting; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
    " CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
)
_READER = {"web/list.ts": "await db.from('projects').select('id, title');\n"}
_SQL_READER = {"web/list.ts": "await pool.query('SELECT id, title FROM projects');\n"}
_ROLES = "DO $$ BEGIN CREATE ROLE web; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
_TABLES = frozenset({ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW, ObjectKind.FOREIGN_TABLE})
_ROUTINES = frozenset({ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE})
_POSTGREST_ROLES = frozenset({"anon", "authenticated", "service_role"})
_VERBS = {
    "SELECT": (Verb.SELECT, Verb.WATCH),
    "INSERT": (Verb.INSERT, Verb.UPSERT),
    "UPDATE": (Verb.UPDATE, Verb.UPSERT),
    "DELETE": (Verb.DELETE,),
}

rule = Rule(
    id="revoke-privilege",
    level=Level.WARNING,
    summary="Revoking a privilege, or the ownership, that old code relies on",
    why=(
        "Old code that connects as the role fails with 42501 from the moment the migration runs until the new code is"
        " everywhere, and again after a rollback of the code. As which role it connects is not written in the code."
        " Nothing is lost."
    ),
    instead=(
        "Rollout: deploy code that does without the privilege, and watch it for a release.",
        "Contract: revoke the privilege in a later pull request.",
    ),
    bad=(
        Example(
            "Old code reads the table",
            schema=_HISTORY + " GRANT SELECT ON projects TO reporting;",
            migrations=("REVOKE SELECT ON projects FROM reporting;",),
            base=_READER,
            head={"web/list.ts": "export {};\n"},
            says="`web/list.ts:1`",
        ),
        Example(
            "The table gets another owner",
            schema=f"{_HISTORY} {_ROLES} ALTER TABLE projects OWNER TO web;",
            migrations=("ALTER TABLE projects OWNER TO reporting;",),
            base=_SQL_READER,
            head=_SQL_READER,
            says="`web`",
        ),
    ),
    good=(
        Example(
            "The old owner keeps its rights",
            schema=f"{_HISTORY} {_ROLES} ALTER TABLE projects OWNER TO web;",
            migrations=("ALTER TABLE projects OWNER TO reporting; GRANT ALL ON projects TO web;",),
            base=_SQL_READER,
            head=_SQL_READER,
        ),
        Example(
            "The owner stays",
            schema=f"{_HISTORY} {_ROLES} ALTER TABLE projects OWNER TO web;",
            migrations=("ALTER TABLE projects OWNER TO web;",),
            base=_SQL_READER,
            head=_SQL_READER,
        ),
        Example(
            "Old code only reads, and the right to write goes",
            schema=_HISTORY,
            migrations=("REVOKE INSERT ON projects FROM reporting;",),
            base=_READER,
            head=_READER,
        ),
        Example(
            "Granted again in the same change set",
            schema=_HISTORY,
            migrations=("REVOKE ALL ON projects FROM reporting; GRANT SELECT ON projects TO reporting;",),
            base=_READER,
            head=_READER,
        ),
    ),
    hazards=("revoke-or-owner-change",),
)


@rule.on(SetOwner)
def owner_changes(change: SetOwner, step: Step, context: Context) -> Iterator[Finding]:
    """Report another owner for a table that old code uses through SQL: the old owner keeps no right of its own."""
    table = step.before.resolve(change.target.name)
    before, after = (c.relations.get(table) for c in (context.before, context.after))
    if change.target.kind not in _TABLES or before is None or after is None or _is_kept(before.owner, after.owner):
        return
    granted = {g.role for g, given in context.after.grants.items() if given and g.target.name == table}
    users = tuple(r for r in table_uses(context, table, tuple(Verb)) if r.api is Api.SQL and r.verb is not Verb.MENTION)
    if before.owner and users and not granted & {before.owner, "PUBLIC"}:
        yield _no_longer_owned(change, table, before.owner, users)


def _is_kept(old: str, new: str) -> bool:
    """Whether the owner stays, as far as names tell; roles like CURRENT_USER are not known."""
    return old == new or new.upper() in {"CURRENT_USER", "SESSION_USER", "CURRENT_ROLE"}


def _no_longer_owned(change: SetOwner, table: Name, owner: str, users: tuple[TableReference, ...]) -> Finding:
    name, statement = table.short, change.statement
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.LOW,
        message=(
            f"Giving `{name}` to `{change.owner}` takes every right from `{owner}`: old code at {listed(lines(users))}"
            " fails with 42501 where it connects as that role, from the moment the migration runs. Instead, grant the"
            " rights that the code needs in the same transaction."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=lines(users),
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Grant what the code needs together with the change.",
                f"{statement.text};\nGRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {owner};",
            ),
        ),
        phase=Phase.CONTRACT,
    )


@rule.on(Grant)
def right_is_taken_away(change: Grant, step: Step, context: Context) -> Iterator[Finding]:
    """Report REVOKE on tables and routines from before the change set that old code uses."""
    if not change.revoke or change.columns or _known(change, context):
        return
    for target in change.targets:
        users = _users(change, target, step, context)
        if users:
            yield _finding(change, target, users, context)


def _users(
    change: Grant, target: Target, step: Step, context: Context
) -> tuple[TableReference | RoutineReference, ...]:
    taken = set(change.privileges) - _granted_again(change, target, step, context)
    found: tuple[TableReference | RoutineReference, ...] = ()
    if target.kind in _TABLES:
        table = step.before.resolve(target.name)
        public = {role.upper() for role in change.roles} == {"PUBLIC"}  # has no rights on tables by default
        if existed(table, context) and not public:
            found = table_uses(context, table, _verbs(taken))
    elif target.kind in _ROUTINES and taken:
        names = {key.name for key in context.before.routines if target.name.may_mean(key.name)}
        found = tuple(call for name in sorted(names) for call in routine_calls(context, name))
    if set(change.roles) <= _POSTGREST_ROLES:
        return tuple(reference for reference in found if reference.api is Api.POSTGREST)
    return found


def _verbs(privileges: set[str]) -> set[Verb]:
    every = {"ALL", "ALL PRIVILEGES"} & privileges
    return {verb for privilege, verbs in _VERBS.items() if every or privilege in privileges for verb in verbs}


def _granted_again(change: Grant, target: Target, step: Step, context: Context) -> set[str]:
    """The privileges that the change set grants on the same object to anybody: a change of roles, not a loss."""
    again: set[str] = set()
    for other in context.steps:
        grant = other.operation
        if isinstance(grant, Grant) and not grant.revoke and _touches(grant, target, other, step):
            again |= (
                set(change.privileges) if {"ALL", "ALL PRIVILEGES"} & set(grant.privileges) else {*grant.privileges}
            )
            if {"ALL", "ALL PRIVILEGES"} & set(change.privileges):
                again |= set(change.privileges)
    return again


def _touches(grant: Grant, target: Target, other: Step, step: Step) -> bool:
    wanted = step.before.resolve(target.name)
    return any(t.kind is target.kind and other.before.resolve(t.name) == wanted for t in grant.targets)


def _known(change: Grant, context: Context) -> bool:
    """Whether the history has taken the same right away already."""
    return any(
        isinstance(past, Grant)
        and past.revoke
        and set(change.targets) <= set(past.targets)
        and set(change.roles) <= set(past.roles)
        and set(change.privileges) <= set(past.privileges)
        for past in context.history
    )


def _finding(
    change: Grant, target: Target, users: tuple[TableReference | RoutineReference, ...], context: Context
) -> Finding:
    name = context.before.resolve(target.name).short
    taken, roles = ", ".join(change.privileges), ", ".join(f"`{role}`" for role in change.roles)
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"Revoking {taken} on `{name}` from {roles} breaks old code at {listed(lines(users))} with 42501 where it "
            "connects as that role, from the moment the migration runs until the new code is everywhere. Instead, "
            "deploy code that does without the privilege first, and revoke it in a later pull request."
        ),
        place=Place(change.statement.path, change.statement.line),
        object=name,
        statement=change.statement,
        code=lines(users),
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that does without {taken} on `{name}`."),
            RecipeStep(Phase.CONTRACT, "Revoke it in a later pull request.", f"{change.statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
