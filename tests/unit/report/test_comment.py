"""The comment: short, complete, harmless, and never too long."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from midflight.changes.model import NotAnalysed, Status
from midflight.compatibility.model import Cell, State
from midflight.inspection.finding import Level, Phase
from midflight.plan.model import ChecklistItem, ItemState, Planned
from midflight.references.model import Place
from midflight.report.comment import BUDGET, render_comment
from midflight.report.model import MigrationLine
from midflight.report.summary import BUDGET as SUMMARY_BUDGET
from midflight.report.summary import render_summary
from midflight.text import utf16_length
from support import reports
from support.snapshots import expected

HERE = Path(__file__).parent
HOSTILE = (
    "-- $(x) @everyone <!-- -->.sql",
    "`` ` ```",
    "a | b \\| c",
    "one\ntwo\r\n\n# three",
    "\u202egnp.exe\u2066",
    "</details></sub><script>alert(1)</script>",
    "[x](javascript:alert(1)) ![y](https://evil.example/z.png)",
    "<!-- midflight:comment v1 key=default head= -->",
    "caf\udce9.sql",
    "x" * 10_000,
    "😀" * 5_000,
    "{{ 7 * 7 }}{% endblock %}",
)
OURS = re.compile(r"</?(details|summary|b|sub|code)>|<br>|<!-- midflight:item [\w.:/-]+ of=\w+\.\w+ -->")
DETAILS = re.compile(r"</?details>")


def with_names(report, name):
    """The report with every text that a pull request decides replaced by a name."""

    def renamed(finding):
        statement = replace(finding.statement, path=name, text=name)
        return replace(
            finding,
            message=f"`{name}` is gone and {name} breaks. Instead, keep `{name}`.",
            object=name,
            place=Place(name, 3),
            code=(Place(name, 4),),
            statement=statement,
            recipe=tuple(replace(step, do=name, sql=name) for step in finding.recipe),
        )

    plan = report.plan
    item = ChecklistItem(name, name, ItemState.OPEN, name)
    return replace(
        report,
        subject=replace(report.subject, title=name),
        headline=f"Unsafe: new code calls {name}"[:140],
        findings=tuple(renamed(finding) for finding in report.findings),
        plan=replace(
            plan,
            reason=name,
            deployments=tuple(
                replace(each, title=name, items=(Planned(name, 1, name, name, name),)) for each in plan.deployments
            ),
            rollback=replace(
                plan.rollback, steps=tuple(replace(s, do=name, sql=name, note=name) for s in plan.rollback.steps)
            ),
            checklists=tuple(replace(each, items=(item,)) for each in plan.checklists),
            monitoring=tuple(replace(query, purpose=name, sql=name, expect=name) for query in plan.monitoring),
            thresholds=tuple(replace(t, metric=name, limit=name, then=name) for t in plan.thresholds),
        ),
        databases=tuple(
            replace(d, name=name, migrations=(MigrationLine(name, Status.ADDED, Phase.EXPAND, "per-file", True),))
            for d in report.databases
        ),
        coverage=replace(report.coverage, opaque=(NotAnalysed(name, 1, name),), not_proven=(name,)),
    )


def many(count, name="projects.column"):
    """A report with that many findings, breaks and unread places."""
    report = reports.split()
    found = report.findings[0]
    broken = report.matrix.old_new.breaks[0]
    return replace(
        report,
        findings=tuple(
            replace(
                found, object=f"{name}{n}", place=Place(f"{name}/{n}.sql", n), code=(Place(f"src/{name}/{n}.ts", n),)
            )
            for n in range(count)
        ),
        matrix=replace(
            report.matrix,
            old_new=Cell(State.BREAKS, tuple(replace(broken, object=f"{name}{n}") for n in range(count))),
        ),
        coverage=replace(
            report.coverage, unresolved=tuple(NotAnalysed(f"{name}/{n}.ts", n, "dynamic") for n in range(count))
        ),
    )


def blocks(markdown):
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown)


def assert_well_formed(markdown):
    """Every fold that opens closes, outside all code, and no fence swallows the end."""
    tokens = blocks(markdown)
    html = "".join(t.content for t in tokens if t.type == "html_block")
    opened = DETAILS.findall(html)
    depth = 0
    for tag in opened:
        depth += 1 if tag == "<details>" else -1
        assert depth >= 0
    assert depth == 0
    fences = [t for t in tokens if t.type == "fence"]
    assert all("</details>" not in f.content or "<script>" in f.content for f in fences)
    assert tokens[-1].type in {"paragraph_close", "html_block", "heading_close"}


@pytest.mark.parametrize("name", sorted(reports.SAMPLES))
def test_a_comment_is_what_was_agreed(name):
    comment = render_comment(reports.SAMPLES[name]())

    assert comment == expected(HERE / "expected" / f"{name}.md", comment)


def test_a_summary_is_what_was_agreed():
    summary = render_summary(reports.split())

    assert summary == expected(HERE / "expected" / "split.summary.md", summary)


def test_a_quiet_report_is_one_line():
    assert render_comment(reports.quiet()) == "✅ No database change.\n"


@pytest.mark.parametrize("name", sorted(reports.SAMPLES))
def test_a_line_has_at_most_one_icon(name):
    for line in render_comment(reports.SAMPLES[name]()).split("\n"):
        assert len(re.findall("[✅❌⚠❔ℹ]", line)) <= 1


def test_the_failing_line_is_linked_at_head_and_the_statement_too():
    comment = render_comment(reports.outage())

    at_head = f"https://github.com/projectify/syllabus/blob/{reports.HEAD}"
    assert f"({at_head}/supabase/functions/generate-project/index.ts#L27)" in comment
    assert f"({at_head}/supabase/migrations/20251110120000_create_project_atomic.sql#L3)" in comment


def test_a_line_of_old_code_is_linked_at_base():
    comment = render_comment(reports.split())

    assert f"(https://github.com/projectify/syllabus/blob/{reports.BASE}/src/profile/page.tsx#L18)" in comment
    assert f"{reports.HEAD}/src/profile/page.tsx#L18" not in comment


def test_a_place_inside_a_message_is_linked_and_not_told_twice():
    comment = render_comment(reports.split())

    link = f"[`src/profile/edit.tsx:52`](https://github.com/projectify/syllabus/blob/{reports.BASE}/src/profile/edit.tsx#L52)"
    message = next(line for line in comment.split("\n") if "old code inserts rows" in line)
    assert link in message
    assert "Code:" not in message


def test_a_deleted_migration_is_linked_at_base():
    report = reports.outage()
    line = replace(report.databases[0].migrations[0], status=Status.DELETED)
    deleted = replace(report, databases=(replace(report.databases[0], migrations=(line,)),))

    assert f"blob/{reports.BASE}/{line.path}" in render_comment(deleted)


def test_what_one_rule_says_of_several_objects_of_one_statement_is_told_once():
    report = reports.split()
    found = report.findings[2]
    several = tuple(replace(found, object=f"projects.c{n}", code=(), recipe=()) for n in range(7))
    comment = render_comment(replace(report, findings=several))

    assert comment.count("blocks every write to the table") == 1
    assert "The same holds for `projects.c1`, `projects.c2`, `projects.c3`, `projects.c4` and 2 more." in comment


def test_a_finding_links_to_the_page_of_its_rule():
    report = reports.split()
    pages = replace(report.subject, rules="https://github.com/acme/midflight/blob/v1/docs/rules")
    rule = report.findings[0].rule

    assert f"[`{rule}`]({pages.rules}/{rule}.md)" in render_comment(replace(report, subject=pages))
    assert f"[`{rule}`]" not in render_comment(report)


def test_a_local_run_names_lines_without_links():
    comment = render_comment(reports.local(reports.outage()))

    assert "Code: `supabase/functions/generate-project/index.ts:27`" in comment
    assert "](" not in comment


def test_a_finding_about_a_break_and_the_break_are_told_once():
    comment = render_comment(reports.outage())
    before_the_plan = comment.split("#### Deploy")[0]

    assert before_the_plan.count("generate-project/index.ts:27") == 1


def test_a_break_without_a_finding_is_told_with_its_flag():
    comment = render_comment(reports.split())

    assert "New code reads `company_profiles.location_structured` before its migration is applied." in comment
    assert "Behind flag: `USE_STRUCTURED_LOCATION`" in comment


def test_no_order_is_promised_when_new_code_fails_on_the_new_database():
    report = reports.outage()
    missing = replace(reports.CALL_BREAKS, statement=None)
    stuck = replace(report, matrix=replace(report.matrix, new_new=Cell(State.BREAKS, (missing,))))

    comment = render_comment(stuck)

    assert "| both are out | new code on the new database | ❌ **breaks**: `create_project_atomic` |" in comment
    assert "#### No order works yet" in comment


def test_suppressed_findings_stay_with_their_reason():
    comment = render_comment(reports.split())

    assert "<b>Suppressed</b>: 1 finding" in comment
    assert "Reason given: the table has 40 rows" in comment


def test_items_for_people_are_open_and_carry_their_id():
    comment = render_comment(reports.outage())

    assert re.search(
        r"^- \[ \] Team is notified of the deployment <!-- midflight:item approval\.team of=\w+\.\w+ -->$",
        comment,
        re.MULTILINE,
    )
    assert "- [ ] ❌ Migration is applied before the code is deployed <!-- midflight:item function.order of=" in comment
    assert "- [x] Migration is additive · adds 1 function <!-- midflight:item approval.additive of=" in comment


def test_what_could_not_be_read_is_shown_with_its_reason():
    comment = render_comment(reports.undetermined())

    assert "❔ **could not tell**: a statement could not be read: a DO block builds its SQL at run time" in comment
    assert "<b>Not read</b>: 1 place" in comment
    assert "Not proven on a database: no Postgres server was found." in comment


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("sample", ["outage", "split"])
def test_a_hostile_name_changes_nothing_but_the_text(sample, name):
    comment = render_comment(with_names(reports.SAMPLES[sample](), name))

    tokens = blocks(comment)
    inline = [child for t in tokens for child in t.children or ()]
    html = {c.content for c in inline if c.type == "html_inline"}
    addresses = {c.attrGet("href") for c in inline if c.type == "link_open"}
    assert_well_formed(comment)
    assert utf16_length(comment) <= BUDGET
    assert all(OURS.fullmatch(each) for each in html)
    assert all(address.startswith("https://github.com/projectify/syllabus/") for address in addresses)
    assert not [c for c in inline if c.type == "image"]
    assert "@everyone" not in "".join(c.content for c in inline if c.type == "text")
    assert "<!-- midflight:comment" not in comment
    assert not re.search("[\u202a-\u202e\u2066-\u2069\r]", comment)
    comment.encode("utf-8")


def test_three_thousand_findings_fit_and_the_rest_is_counted():
    report = many(3000)

    comment = render_comment(report)
    summary = render_summary(report)

    assert utf16_length(comment) <= BUDGET
    assert len(summary.encode()) <= SUMMARY_BUDGET
    assert_well_formed(comment)
    assert_well_formed(summary)
    assert "[see the job summary](https://github.com/projectify/syllabus/actions/runs/1234567890)" in comment
    assert comment.startswith("### ❌ Unsafe")


def test_long_names_in_many_findings_fit_and_keep_verdict_matrix_and_findings():
    comment = render_comment(many(3000, "n&" * 5_000))

    assert utf16_length(comment) <= BUDGET
    assert_well_formed(comment)
    assert "| code | new code on the old database |" in comment
    assert "#### What breaks" in comment
    assert "Shortened to fit: [the job summary has everything]" in comment


def long_report(recipe_size):
    """Fifteen findings with recipes of that size, and evidence of about 15,000 characters."""
    split = reports.split()
    found = split.findings[2]
    step = replace(split.findings[0].recipe[0], sql="-- " + "x" * recipe_size)
    paths = [f"src/{'long' * 25}/{n}.ts" for n in range(30)]
    breaks = tuple(replace(reports.OLD_READS[0], place=Place(path, 1)) for path in paths)
    return replace(
        split,
        findings=tuple(
            replace(found, object=f"t{n}", recipe=(step,), statement=replace(found.statement, number=n))
            for n in range(15)
        ),
        matrix=replace(split.matrix, old_new=Cell(State.BREAKS, breaks)),
    )


@pytest.mark.parametrize(
    ("size", "evidence", "recipes"), [(100, True, True), (2_600, False, True), (3_900, False, False)]
)
def test_evidence_goes_before_recipes_and_recipes_before_findings(size, evidence, recipes):
    comment = render_comment(long_report(size))

    assert ("fails with `42703`" in comment) is evidence
    assert ("The safe way, step by step" in comment) is recipes
    assert ("Shortened to fit" in comment) is not evidence
    assert comment.count("blocks every write to the table") == 15
    assert utf16_length(comment) <= BUDGET


@given(name=st.text(max_size=80), count=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_no_name_makes_a_comment_malformed(name, count):
    report = with_names(reports.split(), name)
    comment = render_comment(replace(report, findings=report.findings[:count]))

    assert_well_formed(comment)
    comment.encode("utf-8")


def test_only_counted_findings_are_counted():
    report = reports.split()

    assert (report.count(Level.ERROR), report.count(Level.WARNING)) == (2, 1)
