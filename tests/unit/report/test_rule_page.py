"""The page of a rule."""

from midflight.inspection.finding import Level, Phase, Step
from midflight.inspection.model import Example, Rule
from midflight.report.rule_page import render_rule_page

RULE = Rule(
    id="drop-column",
    level=Level.ERROR,
    summary="Dropping a column that existed before this change",
    why="Old code that reads `t.c` fails with *every* query.",
    instead=("Stop reading it.", "Drop it later."),
    bad=(
        Example(
            "Still read",
            schema="CREATE TABLE t (c text);",
            migrations=("ALTER TABLE t\n\n\nDROP COLUMN c;",),
            base={"web/a.ts": "db.from('t').select('c');"},
            says="t",
        ),
    ),
    good=(Example("Read no more", migrations=("ALTER TABLE t DROP COLUMN c;",), head={"a.py": "pass"}),),
    recipe_differs="the column stays",
)


def test_a_page_says_why_what_instead_and_shows_the_examples():
    page = render_rule_page(RULE, recipe=(Step(Phase.CONTRACT, "Drop `c`.", "ALTER TABLE t\nDROP COLUMN c;"),))

    assert page.startswith("# Dropping a column that existed before this change\n")
    assert "Rule `drop-column`, level `error`." in page
    assert "Old code that reads `t.c` fails with \\*every\\* query." in page
    assert "1. Stop reading it.\n2. Drop it later.\n" in page
    assert "1. **Cleanup last.** Drop `c`.\n\n   ```sql\n   ALTER TABLE t\n   DROP COLUMN c;\n   ```\n" in page
    assert "The schema ends up different, because the column stays." in page
    assert "## Reported\n\n### Still read\n\nThe history:\n\n```sql\nCREATE TABLE t (c text);\n```" in page
    assert "The migration:\n\n```sql\nALTER TABLE t\n\n\nDROP COLUMN c;\n```" in page
    assert "Old code, `web/a.ts`:\n\n```ts\ndb.from('t').select('c');\n```" in page
    assert "## Not reported\n\n### Read no more" in page
    assert "New code, `a.py`:\n\n```python\npass\n```" in page
    assert "-- midflight: ignore[drop-column] the reason" in page


def test_a_page_without_a_recipe_has_no_empty_part():
    page = render_rule_page(RULE)

    assert "For the first example" not in page
    assert "The schema ends up different" not in page
