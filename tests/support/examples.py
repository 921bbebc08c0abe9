"""Runs a rule's example through the real pipeline, from two trees to findings."""

from collections.abc import Mapping

from midflight.inspection.assess import Assessment, Scope, assess
from midflight.inspection.finding import Finding
from midflight.inspection.model import Deploys, Example
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


def files_at_head(example: Example) -> dict[str, str]:
    schema = example.schema if example.edited is None else example.edited
    pending = {migration_path(example, n): sql for n, sql in enumerate(example.migrations)}
    kept = {} if example.edited == "" else {schema_path(example): schema}
    return {**kept, **pending, **example.head}


def assess_files(base: Mapping[str, str], head: Mapping[str, str], deploys: Deploys = Deploys.TOGETHER) -> Assessment:
    base_tree, base_blobs = tree_of(base, revision="b" * 40)
    head_tree, head_blobs = tree_of(head, revision="a" * 40)
    return assess(base_tree, head_tree, base_blobs | head_blobs, Scope(deploys=deploys))


def run(example: Example) -> tuple[Finding, ...]:
    assessment = assess_files(files_at_base(example), files_at_head(example), example.deploys)
    return inspect(assessment.contexts, load_rules(), Policy(levels={}))
