"""A policy lets everyone write every row."""

import re
from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.exposed import EXPOSED, has_api
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.model import CreatePolicy
from midflight.operations.shapes import Name, Policy, quote
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text, owner_id text);"
    " ALTER TABLE projects ENABLE ROW LEVEL SECURITY;"
)
_ROLES = {"public": "everyone", "anon": "everyone with the API's public key", "authenticated": "every signed-in user"}
_TRUE = re.compile(r"[\s(]*true[\s)]*\Z|[\s(]*1\s*=\s*1[\s)]*\Z", re.IGNORECASE)

rule = Rule(
    id="policy-always-true",
    level=Level.WARNING,
    summary="A policy that lets everyone write every row",
    why=(
        "Permissive policies are joined with OR, so one whose condition is `true` opens the table for its command"
        " whatever the others say, from the moment the migration runs (PostgreSQL documentation, CREATE POLICY). It is"
        " reported for INSERT, UPDATE, DELETE and ALL where an API serves the schema; reading for everyone is mostly"
        " meant. Rows can be changed or lost."
    ),
    instead=("Expand: write the condition that says whose row it is.",),
    bad=(
        Example(
            "Every signed-in user changes every row",
            schema=_HISTORY,
            migrations=("CREATE POLICY edit ON projects FOR UPDATE USING (true);",),
            says="`edit`",
        ),
        Example(
            "All commands",
            schema=_HISTORY,
            migrations=("CREATE POLICY everything ON projects USING (true) WITH CHECK (true);",),
            says="`projects`",
        ),
        Example(
            "Anybody inserts",
            schema=_HISTORY,
            migrations=("CREATE POLICY add ON projects FOR INSERT WITH CHECK (true);",),
            says="INSERT",
        ),
    ),
    good=(
        Example(
            "Everyone reads",
            schema=_HISTORY,
            migrations=("CREATE POLICY look ON projects FOR SELECT USING (true);",),
        ),
        Example(
            "With a condition",
            schema=_HISTORY,
            migrations=("CREATE POLICY edit ON projects FOR UPDATE USING (owner_id = current_user);",),
        ),
        Example(
            "A check that says more",
            schema=_HISTORY,
            migrations=("CREATE POLICY edit ON projects FOR ALL USING (true) WITH CHECK (owner_id = current_user);",),
        ),
        Example(
            "A restrictive policy narrows it",
            schema=f"{_HISTORY} CREATE POLICY mine ON projects AS RESTRICTIVE USING (owner_id = current_user);",
            migrations=("CREATE POLICY edit ON projects FOR UPDATE USING (true);",),
        ),
    ),
    hazards=("policy-always-true / initplan / multiple-permissive / user-metadata",),
    recipe_differs="the policy gets a condition, which the bad example lacks",
)


@rule.on(CreatePolicy)
def everyone_writes(create: CreatePolicy, step: Step, context: Context) -> Iterator[Finding]:
    """Report a permissive policy for writes whose condition is always true."""
    table = step.before.resolve(create.policy.table)
    policy = context.after.policies.get((table, create.policy.name))
    if policy is None or table.schema != EXPOSED or not has_api(context) or not _is_open(policy):
        return
    role = next((role for role in _ROLES if role in {r.strip('"').lower() for r in policy.roles}), None)
    narrowed = any(key[0] == table and not p.permissive for key, p in context.after.policies.items())
    before = (p for key, p in context.before.policies.items() if key[0] == table)
    if role is not None and not narrowed and not any(_is_open(p) and _covers(p, policy) for p in before):
        yield _finding(policy, role, table, create)


def _is_open(policy: Policy) -> bool:
    if not policy.permissive or policy.command == "SELECT":
        return False
    if policy.command == "INSERT":
        return _always(policy.check)
    return _always(policy.using) and (policy.check is None or _always(policy.check))


def _always(condition: str | None) -> bool:
    return condition is not None and bool(_TRUE.match(condition))


def _covers(known: Policy, policy: Policy) -> bool:
    """Whether an open policy from before admits the same already."""
    return known.command in {"ALL", policy.command} and ("public" in known.roles or set(policy.roles) <= {*known.roles})


def _finding(policy: Policy, role: str, table: Name, create: CreatePolicy) -> Finding:
    statement, command = create.statement, policy.command
    does = {"ALL": "reads and changes every row", "INSERT": "passes INSERT with any row"}.get(
        command, f"passes {command} on every row"
    )
    condition = "((SELECT auth.uid()) = owner_id)"
    clause = "WITH CHECK" if command == "INSERT" else "USING"
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"With policy `{policy.name}`, {_ROLES[role]} {does} of `{table.short}` from the moment the migration runs:"
            " its condition is always true, and policies are joined with OR. Instead, write the condition that says"
            " whose row it is."
        ),
        place=Place(statement.path, statement.line),
        object=f"{table.short}.{policy.name}",
        statement=statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Say whose row it is; `owner_id` stands for the column that says so.",
                f"CREATE POLICY {quote(policy.name)} ON {table.short} FOR {command} TO authenticated"
                f" {clause} {condition};",
            ),
        ),
        phase=Phase.EXPAND,
    )
