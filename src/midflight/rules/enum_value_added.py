"""Old readers meet a label that they do not know."""

from collections.abc import Iterator

from midflight.catalog.dependents import columns_of_type
from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.model import AddEnumValue
from midflight.references.model import Place

_HISTORY = "CREATE TYPE state AS ENUM ('new', 'old'); CREATE TABLE projects (id bigint PRIMARY KEY, state state);"

rule = Rule(
    id="enum-value-added",
    level=Level.NOTE,
    summary="Adding a label to an enum that tables already use",
    why=(
        "As soon as new code writes the label, old code that lists the labels it knows (a switch, a mapped enum) fails"
        " or shows nothing, and a label cannot be removed again (PostgreSQL documentation, ALTER TYPE). The statement"
        " itself breaks nothing, so the rule is off by default. Nothing is lost."
    ),
    instead=(
        "Rollout: deploy readers that tolerate a label they do not know.",
        "Expand: add the label.",
        "Rollout: deploy the code that writes it.",
    ),
    bad=(
        Example(
            "A column has the type",
            schema=_HISTORY,
            migrations=("ALTER TYPE state ADD VALUE 'paused';",),
            says="`paused`",
        ),
    ),
    good=(
        Example(
            "No table uses the type",
            schema="CREATE TYPE state AS ENUM ('new', 'old');",
            migrations=("ALTER TYPE state ADD VALUE 'paused';",),
        ),
        Example(
            "The label is there",
            schema=_HISTORY,
            migrations=("ALTER TYPE state ADD VALUE IF NOT EXISTS 'old';",),
        ),
    ),
    hazards=("enum-value-added",),
    opt_in=True,
    confirms="whether readers tolerate the label is not visible, so a person confirms the last step",
)


@rule.on(AddEnumValue)
def readers_meet_the_label(change: AddEnumValue, step: Step, context: Context) -> Iterator[Finding]:
    """Report a label that an enum from before the change set gets and that a table can hold."""
    name = step.before.resolve(change.type)
    known = context.before.types.get(name)
    if known is None or change.value in known.labels:
        return
    used = [f"{relation.name.short}.{column.name}" for relation, column in columns_of_type(context.before, name)]
    if not used:
        return
    statement = change.statement
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"Old code that reads `{used[0]}` meets the label `{change.value}`, which it does not know, as soon as new"
            " code writes it and until the new code is everywhere. Instead, deploy readers that tolerate a label they"
            " do not know before the code that writes it."
        ),
        place=Place(statement.path, statement.line),
        object=name.short,
        statement=statement,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy readers of `{used[0]}` that tolerate a label they do not know."),
            RecipeStep(Phase.EXPAND, "Add the label.", f"{statement.text};"),
            RecipeStep(Phase.ROLLOUT, "Deploy the code that writes it."),
        ),
        phase=Phase.EXPAND,
    )
