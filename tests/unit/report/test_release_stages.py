"""The numbered deployments of a range."""

from dataclasses import replace

from midflight.inspection.finding import Phase
from midflight.operations.model import Statement
from midflight.plan.model import Deployment, Passing, Planned, Reversibility, RollbackPlan, RollbackStep, Speed
from midflight.report.release_notes import Change, build_release_notes, render_release_notes
from midflight.report.release_stages import Stage, net_lines, stages_of
from support import reports

ADD = Statement(path="1.sql", line=1, text="ALTER TABLE t ADD COLUMN a int")
DROP = Statement(path="2.sql", line=3, text="ALTER TABLE t DROP COLUMN b")


def plan_of():
    deployments = (
        Deployment(Phase.EXPAND, "Apply", items=(Planned("1.sql", 1, "ADD"),)),
        Deployment(Phase.ROLLOUT, "Deploy the code", items=(Planned("a.ts", 9, "reads"),)),
        Deployment(Phase.CONTRACT, "Clean up", items=(Planned("2.sql", 3, "DROP"),), separate=True),
    )
    undo = (
        RollbackStep(Speed.DATABASE, "Undo", grade=Reversibility.IRREVERSIBLE, statement=DROP),
        RollbackStep(Speed.DATABASE, "Undo", grade=Reversibility.LOSSY, statement=ADD),
    )
    rollback = RollbackPlan(Reversibility.IRREVERSIBLE, undo)
    return replace(reports.OUTAGE_PLAN, deployments=deployments, rollback=rollback)


def test_each_deployment_has_its_pull_requests_and_the_point_of_no_return_is_marked():
    changes = [("#1", frozenset({"1.sql", "a.ts"})), ("#2", frozenset({"2.sql"})), ("#3", frozenset({"README.md"}))]

    assert stages_of(plan_of(), changes) == (
        Stage(("#1",), "From here on going back loses what was written since (`1.sql:1`)."),
        Stage(("#1",)),
        Stage(("#2",), "Point of no return: from here on not everything can be undone (`2.sql:3`)."),
    )


def test_notes_name_the_pull_requests_of_a_step_and_what_cancels_out():
    plan = replace(plan_of(), passing=(Passing("t.b", ADD, DROP),))
    changes = (Change("A", number=1, files=frozenset({"1.sql"})), Change("B", number=2, files=frozenset({"1.sql"})))
    notes = render_release_notes(build_release_notes(replace(reports.outage(), plan=plan), changes))

    assert "   - Brought by `#1`, `#2`\n" in notes
    assert "   - ⚠️ Point of no return: from here on not everything can be undone (`2.sql:3`).\n" in notes
    assert "- `t.b` is made at `1.sql:1` and dropped at `2.sql:3`: nothing of it arrives.\n" in notes


def test_a_column_made_and_renamed_never_arrives_by_its_first_name():
    assert net_lines([Passing("t.a", ADD, DROP, became="t.b")]) == (
        "`t.a` is made at `1.sql:1` and becomes `t.b` at `2.sql:3`: the first name never arrives.",
    )
