"""Templates: everything is escaped unless asked otherwise, and a team's template can do nothing else."""

import re
from pathlib import Path

import pytest

from midflight.errors import SettingsError
from midflight.report import templates
from midflight.report.comment import render_comment
from support import reports

EXTENDS = '{% extends "comment.md.j2" %}\n'


def team(body):
    return render_comment(reports.outage(), template=EXTENDS + body)


def problems(source):
    with pytest.raises(SettingsError) as raised:
        render_comment(reports.outage(), template=source)
    return raised.value.problems


def test_a_team_replaces_one_block_and_keeps_the_rest():
    comment = team("{% block coverage %}Ask in the channel of the platform team.{% endblock %}")

    assert "Ask in the channel of the platform team." in comment
    assert "Midflight read" not in comment
    assert "#### What breaks" in comment


def test_a_team_adds_to_a_block():
    comment = team("{% block order %}{{ super() }}\nTell {{ view.head | code }} to *all*.{% endblock %}")

    assert "1. **Apply the migration**" in comment
    assert "Tell `9b8a7c6` to *all*." in comment


def test_a_team_loops_over_what_the_view_has():
    comment = team(
        "{% block breaks %}{% for each in view.breaks.shown %}* {{ each.object }} {{ spots(each.code) }}\n"
        "{% endfor %}{% endblock %}"
    )

    assert "* create_project_atomic [`supabase/functions/generate-project/index.ts:27`](https://" in comment


def test_a_teams_values_are_escaped_like_ours():
    comment = team('{% block coverage %}{% for own in ["<b> @all *x*", "a|b"] %}{{ own }};{% endfor %}{% endblock %}')

    assert "&lt;b&gt; @&#8203;all \\*x\\*;a&#124;b;" in comment


def test_an_unknown_block_is_named_with_the_known_ones():
    (said,) = problems(EXTENDS + "\n{% block emoji %}x{% endblock %}{% block order %}{% endblock %}")

    assert said == (
        "comment template, line 3: there is no block emoji. Known are verdict, matrix, sections, breaks, findings,"
        " order, checklist, rollback, evidence, monitoring, flags, later, suppressed, unread, announcements, coverage."
    )


def test_all_problems_are_told_at_once():
    found = problems("{% block one %}{% endblock %}{% block two %}{% endblock %}")

    assert len(found) == 3
    assert found[0] == 'comment template: it must begin with {% extends "comment.md.j2" %} and override blocks.'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{% block order %}", "line 2"),
        ("{% block order %}{{ view.colour }}{% endblock %}", "colour"),
        ("{% block order %}{{ colour }}{% endblock %}", "'colour' is undefined"),
        ("{% block order %}{{ view.head | safe }}{% endblock %}", "No filter named 'safe'"),
        ("{% block order %}{{ view.head ~ view.base }}{% endblock %}", "Concat is not available"),
        ("{% block order %}{% autoescape false %}x{% endautoescape %}{% endblock %}", "is not available"),
        ("{% block order %}{% include 'rule.md.j2' %}{% endblock %}", "Include is not available"),
        ("{% block order %}{{ view.__class__ }}{% endblock %}", "unsafe"),
        ("{% block order %}{{ view.head.format(1) }}{% endblock %}", "not safely callable"),
        ("{% block order %}{{ ''.join }}{% endblock %}", "unsafe"),
        ("{% block order %}{{ view.places.copy() }}{% endblock %}", "not safely callable"),
        ("{% block order %}{{ 'x' * 999999999 }}{% endblock %}", "operator *"),
        ("{% block order %}{{ 9 ** 9 ** 9 }}{% endblock %}", "operator **"),
        ("{% block order %}{{ 1 / 0 }}{% endblock %}", "operator /"),
        ("{% block order %}{% for x in 5 %}{% endfor %}{% endblock %}", "cannot be filled in: TypeError"),
        ("{% block order %}{{ view.breaks.shown[7].what }}{% endblock %}", "no element 7"),
        ("{% block order %}{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}{% endblock %}", "comment template"),
    ],
)
def test_what_a_team_template_does_wrong_is_a_settings_error(body, said):
    found = problems(EXTENDS + body)

    assert len(found) == 1
    assert found[0].startswith("comment template")
    assert said in found[0]


def test_loops_are_bounded():
    loop = "{% for a in view.headline %}" * 4 + "x" + "{% endfor %}" * 4

    assert "loops take more than 200,000 rounds" in problems(EXTENDS + "{% block order %}" + loop + "{% endblock %}")[0]


def test_output_is_bounded():
    long = "x" * 70_000

    assert problems(EXTENDS + "{% block order %}" + long + "{% endblock %}") == (
        "comment template: even the shortest report makes more than 60,000 characters.",
    )


def test_the_page_about_templates_names_every_block_and_filter():
    page = (Path(__file__).parents[3] / "docs" / "templates.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `(\w+)` \| block", page, re.MULTILINE) == list(templates.block_names())
    assert set(re.findall(r"^\| `(\w+)` \| filter", page, re.MULTILINE)) == set(templates.environment().filters) - {
        "bounded",
        "hidden",
        "lines",
    }


def test_a_template_is_checked_without_a_report():
    templates.check_template(EXTENDS + "{% block order %}{{ view.order }}{% endblock %}")

    with pytest.raises(SettingsError, match="there is no block orders"):
        templates.check_template(EXTENDS + "{% block orders %}{% endblock %}")


def test_tidy_leaves_empty_lines_inside_fences_alone():
    assert templates.tidy("\n\na\n\n\n\nb  \n````sql\nx\n\n\n```\n\n\ny  \n````\n\n\n") == (
        "a\n\nb\n````sql\nx\n\n\n```\n\n\ny  \n````\n"
    )


def test_an_item_id_cannot_end_its_comment():
    env = templates.environment()

    shown = env.from_string("{{ id | hidden }}").render(id="a-->b <x> c--d-")

    assert shown == "<!-- midflight:item a_-_b__x__c_-d_ -->"
    assert env.from_string("{{ 'a' | hidden('b--> c') }}").render() == "<!-- midflight:item a of=b_-__c -->"


def test_a_link_leads_to_the_web_or_nowhere():
    env = templates.environment()
    source = env.from_string("{{ 'a]b' | link(url) }}")

    assert source.render(url="https://github.com/o/r") == "[a\\]b](https://github.com/o/r)"
    assert source.render(url="javascript:alert(1)") == "a\\]b"
