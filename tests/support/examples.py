"""Runs a rule's example through the real pipeline, from two trees to findings."""

from collections.abc import Mapping
from dataclasses import replace

from midflight.inspection.assess import Assessment, Scope, assess
from midflight.inspection.contraction import Older
from midflight.inspection.finding import Finding
from midflight.inspection.model import Example, Rule
from midflight.inspection.run import Policy, inspect
from midflight.rules import load_rules
from support.trees import tree_of

SCHEMA = "20240101000000_schema.sql"


def folder(example: Example) -> str:
    """Supabase wraps a file into one transaction; golang-migrate sends a single statement without any."""
    return "supabase/migrations" if example.transactions else "db/migrations"


def migration_path(example: Example, number: int) -> str:
    if example.transactions:
        names = example.names or tuple(f"2024020100000{n}_change.sql" for n in range(len(example.migrations)))
        return f"supabase/migrations/{names[number]}"
    return f"db/migrations/{number + 2:06}_change.up.sql"


def schema_path(example: Example) -> str:
    return f"supabase/migrations/{SCHEMA}" if example.transactions else "db/migrations/000001_schema.up.sql"


def files_at_base(example: Example) -> dict[str, str]:
    return {schema_path(example): example.schema, **example.base}


def down_path(example: Example, number: int) -> str:
    """Only golang-migrate's layout, of the two, has reverse scripts."""
    return f"db/migrations/{number + 2:06}_change.down.sql"


def files_at_head(example: Example) -> dict[str, str]:
    schema = example.schema if example.edited is None else example.edited
    pending = {migration_path(example, n): sql for n, sql in enumerate(example.migrations)}
    kept = {} if example.edited == "" else {schema_path(example): schema}
    down = {down_path(example, n): sql for n, sql in example.down.items()}
    return {**kept, **pending, **down, **example.head}


def assess_files(base: Mapping[str, str], head: Mapping[str, str], scope: Scope | None = None) -> Assessment:
    base_tree, base_blobs = tree_of(base, revision="b" * 40)
    head_tree, head_blobs = tree_of(head, revision="a" * 40)
    return assess(base_tree, head_tree, base_blobs | head_blobs, scope or Scope())


def run(example: Example, rule: Rule | None = None) -> tuple[Finding, ...]:
    """Return the findings of all rules that are on by default, and of the given one."""
    scope = Scope(deploys=example.deploys, postgres_version=example.postgres_version or 18, tables=example.tables)
    if example.older:
        tree, blobs = tree_of({schema_path(example): example.schema, **example.older}, revision="c" * 40)
        blobs |= tree_of(files_at_base(example), revision="b" * 40)[1]
        scope = replace(scope, older=lambda _: Older(tree, blobs, 14))
    assessment = assess_files(files_at_base(example), files_at_head(example), scope)
    levels = {rule.id: rule.level} if rule is not None and rule.opt_in else {}
    return inspect(assessment.contexts, load_rules(), Policy(levels=levels))
