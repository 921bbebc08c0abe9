"""Row security without a policy hides every row, without an error."""

from collections.abc import Iterator

from midflight.catalog.model import Relation, Step
from midflight.inspection.exposed import api_uses, enables_in_bulk, made_by
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Deploys, Example, Rule
from midflight.inspection.phases import existed, table_of
from midflight.inspection.wording import listed
from midflight.operations.model import Opaque, SetRowSecurity
from midflight.operations.shapes import quote
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_CODE = {"web/list.ts": "await supabase.from('notes').select('id, body');\n"}
_ENABLE = "CREATE TABLE notes (id bigint PRIMARY KEY, body text);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
_POLICY = "CREATE POLICY notes_read ON notes FOR SELECT USING (true);"

rule = Rule(
    id="row-security-without-policy",
    level=Level.WARNING,
    summary="A new table with row security and no policy that new code uses",
    why=(
        "With row security and no policy, every role but the owner and those with BYPASSRLS reads no rows and cannot"
        ' write (PostgreSQL documentation, "Row Security Policies"). Reads of old and new code get an empty answer and'
        " no error from the moment the migration runs. Nothing is lost."
    ),
    instead=("Expand: create the policies that the code needs, and enable row security in the same migration.",),
    bad=(
        Example(
            "New code reads the table through the API",
            schema=_HISTORY,
            migrations=(_ENABLE,),
            head=_CODE,
            deploys=Deploys.DATABASE_FIRST,
            says="`web/list.ts:1`",
        ),
    ),
    good=(
        Example(
            "With a policy",
            schema=_HISTORY,
            migrations=(f"{_ENABLE} {_POLICY}",),
            head=_CODE,
            deploys=Deploys.DATABASE_FIRST,
        ),
        Example("No code uses it", schema=_HISTORY, migrations=(_ENABLE,)),
    ),
    recipe_differs="the table gets a policy, which the bad example lacks",
    hazards=("rls-enabled-no-policy",),
)


@rule.on_whole
def no_role_sees_a_row(context: Context) -> Iterator[Finding]:
    """Report each new table that has row security and no policy after the change set, and is used by new code."""
    if not any(isinstance(step.operation, SetRowSecurity) for step in context.steps):
        return
    policed = {table for table, _ in context.after.policies}
    for relation in context.after.relations.values():
        open_ = not relation.row_security or relation.name in policed
        if not open_ and not existed(relation.name, context):
            yield from _finding(relation, context)


def _enables(step: Step, relation: Relation) -> bool:
    operation = step.operation
    enables = isinstance(operation, SetRowSecurity) and operation.enabled is True
    return enables and table_of(step) == relation.name


def _finding(relation: Relation, context: Context) -> Iterator[Finding]:
    lines = tuple(dict.fromkeys(use.place for use in api_uses(context.new_code, relation.name, context.after)))
    hidden = enables_in_bulk(context) or any(
        isinstance(s.operation, Opaque) and "POLICY" in s.operation.statement.text.upper() for s in context.steps
    )
    step = next((s for s in context.steps if _enables(s, relation)), None)
    if not lines or hidden or step is None:
        return
    name, statement = relation.name.short, step.operation.statement
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"`{name}` has row security and no policy, so the new code at {listed(lines)} gets no rows and no error,"
            " unless its role bypasses row security. Instead, create the policies it needs in the same migration."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=lines,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Create the policies that the code needs with the table; `true` stands for the condition.",
                _with_policy(relation, context),
            ),
        ),
        phase=Phase.EXPAND,
    )


def _with_policy(relation: Relation, context: Context) -> str:
    made = made_by(context, relation.name)
    name = relation.name.short
    return "\n".join(
        (
            f"{made.operation.statement.text};" if made else "",
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;",
            f"CREATE POLICY {quote(relation.name.name + '_read')} ON {name} FOR SELECT USING (true);",
        )
    ).lstrip()
