"""Plans of small change sets, made by the real pipeline from files."""

from dataclasses import dataclass

from midflight.catalog.model import Step
from midflight.inspection.assess import Assessment, Scope
from midflight.inspection.finding import Finding
from midflight.inspection.model import Context, Deploys
from midflight.inspection.run import Policy, inspect
from midflight.plan.build import build_plan
from midflight.plan.inverse import invert
from midflight.plan.model import Inverse, Plan, Speed
from midflight.plan.options import PlanOptions
from midflight.rules import load_rules
from support.examples import assess_files
from support.schemas import folded, steps_of

SCHEMA = "supabase/migrations/20240101000000_schema.sql"
CHANGE = "supabase/migrations/20240201000000_change.sql"
CODE = "supabase/functions/api/index.ts"
CLIENT = "import { createClient } from '@supabase/supabase-js';\nconst supabase = createClient(url, key);\n"

PROJECTS = """
CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL, status text, size integer);
CREATE TABLE forms (id bigint PRIMARY KEY, project_id bigint REFERENCES projects (id));
"""


def typescript(*lines: str) -> str:
    """Return a file that talks to the database."""
    return CLIENT + "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Change:
    """A change set: SQL before, the migration, and the code at base and head (empty for none)."""

    migration: str = ""
    schema: str = PROJECTS
    old: str = ""
    new: str = ""
    deploys: Deploys = Deploys.TOGETHER

    @property
    def assessment(self) -> Assessment:
        base = {SCHEMA: self.schema, **({CODE: self.old} if self.old else {})}
        change = {CHANGE: self.migration} if self.migration else {}
        head = {SCHEMA: self.schema, **change, **({CODE: self.new} if self.new else {})}
        return assess_files(base, head, Scope(deploys=self.deploys))

    @property
    def findings(self) -> tuple[Finding, ...]:
        return inspect(self.assessment.contexts, load_rules(), Policy(levels={}))

    @property
    def context(self) -> Context:
        return self.assessment.contexts[0]

    def plan(self, **options) -> Plan:
        found = self.assessment
        told = PlanOptions(**{"deploys": self.deploys, **options})
        return build_plan(found.contexts, found.matrix, self.findings, told)


def steps_after(schema: str, migration: str) -> list[Step]:
    """Return the steps of a migration on a schema."""
    return steps_of(migration, folded(schema))


def inverse_of(migration: str, schema: str = PROJECTS) -> Inverse:
    """Return the inverse of a migration of one operation."""
    (step,) = steps_after(schema, migration)
    return invert(step)


def database_sql(plan: Plan) -> list[str]:
    """Return the SQL of the database steps of a plan's rollback."""
    return [step.sql for step in plan.rollback.steps if step.speed is Speed.DATABASE and step.sql]
