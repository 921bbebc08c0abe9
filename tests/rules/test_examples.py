"""Every rule's examples, through the whole pipeline: bad ones fire exactly their rule, good ones fire none."""

from dataclasses import replace

import pytest

from midflight.inspection.finding import Level, Phase
from midflight.inspection.model import Example, Rule
from midflight.rules import load_rules
from support.examples import files_at_base, files_at_head, migration_path, run

RULES = load_rules()
BAD = [pytest.param(rule, e, id=f"{rule.id}: {e.title}") for rule in RULES for e in rule.bad]
GOOD = [pytest.param(rule, e, id=f"{rule.id}: {e.title}") for rule in RULES for e in rule.good]


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_a_bad_example_fires_exactly_its_rule(rule: Rule, example: Example) -> None:
    findings = run(example, rule)

    assert {finding.rule for finding in findings} == {rule.id}
    assert any(example.says in finding.message for finding in findings)
    assert example.says


@pytest.mark.parametrize(("rule", "example"), GOOD)
def test_a_good_example_fires_no_rule_at_all(rule: Rule, example: Example) -> None:
    assert [(f.rule, f.message) for f in run(example, rule)] == []


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_messages_follow_the_grammar(rule: Rule, example: Example) -> None:
    for finding in run(example, rule):
        first = finding.message.split(" Instead")[0]
        assert "`" in first
        assert "Instead" in finding.message
        assert not {"please", "may", "consider"} & set(finding.message.lower().split())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_sql_step_of_a_recipe_passes_all_rules(rule: Rule) -> None:
    example = rule.bad[0]
    steps = run(example, rule)[0].recipe
    assert steps
    history, fired = example.schema, []
    for step in (s for s in steps if s.sql):
        later = {} if rule.recipe_differs else example.head  # such a recipe has the code move to another name
        code = example.base if step.phase is Phase.EXPAND else later
        alone = step.sql.count(";") == 1 and "CONCURRENTLY" in step.sql
        one = replace(
            example, schema=history, migrations=(step.sql,), base=code, head=code, transactions=not alone, edited=None
        )
        fired += [(f.rule, f.level, f.message) for f in run(replace(one, names=(), down={}), rule)]
        history += f"\n{step.sql}"

    allowed = {rule.id} if rule.confirms else set()
    assert [f for f in fired if f[1] is Level.ERROR] == []
    assert [f for f in fired if f[0] not in allowed | ({"drop-column"} if rule.confirms else set())] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_must(rule: Rule) -> None:
    assert len(rule.summary) <= 80
    assert not rule.summary.endswith(".")
    assert rule.why.endswith(".")
    assert rule.instead
    assert rule.bad
    assert rule.good
    assert rule.on_operation or rule.on_costly or rule.on_change


def test_example_files_differ_between_base_and_head() -> None:
    example = Example("x", schema="SELECT 1;", migrations=("SELECT 2;",))

    assert set(files_at_head(example)) - set(files_at_base(example)) == {migration_path(example, 0)}
