"""What running the statements of old and new code showed, as people and machines read it."""

from dataclasses import replace

from midflight.compatibility.model import Cell, State, Tried
from midflight.report.as_json import to_json
from midflight.report.comment import render_comment
from midflight.report.compose import view_of
from midflight.report.terminal import LIMITS
from support.reports import CALL_BREAKS, outage


def tried_report(*, proven=True, state=State.BREAKS, tried=None, old=None):
    cell = Cell(state, (replace(CALL_BREAKS, proven=proven),), tried=tried or Tried(142, 1))
    report = outage()
    matrix = replace(report.matrix, new_old=cell, old_new=Cell(State.HOLDS, tried=old or Tried(97)))
    return replace(report, matrix=matrix)


def lines(report):
    return [each.line for each in view_of(report, LIMITS).tried]


def test_a_line_counts_what_holds_and_what_breaks():
    assert lines(tried_report()) == [
        "old code on the new database: 97 of 97 statements hold",
        "new code on the old database: 142 of 143 statements hold, 1 breaks",
    ]


def test_what_could_not_be_decided_is_counted():
    report = tried_report(tried=Tried(3, 2, 1, 4), old=Tried(1))
    assert lines(report) == [
        "old code on the new database: 1 of 1 statement holds",
        "new code on the old database: 3 of 5 statements hold, 2 break, 5 undecided",
    ]


def test_what_a_flag_covers_is_told_apart():
    assert lines(tried_report(state=State.DEGRADES))[1].endswith("1 breaks behind a flag")


def test_nothing_is_said_of_a_cell_without_statements():
    assert lines(outage()) == []
    assert lines(tried_report(tried=Tried(left_out=2), old=Tried(incomplete=1))) == []


def test_the_comment_links_what_the_server_refused_and_what_it_took():
    refused, taken = render_comment(tried_report()), render_comment(tried_report(proven=False))
    assert "<b>Tried on a database</b>: old code on the new database: 97 of 97 statements hold; " in refused
    assert "`create_project_atomic`: the server refuses the statement" in refused
    assert "`create_project_atomic`: not confirmed, the server takes the statement" in taken
    assert "Tried on a database" not in render_comment(outage())


def test_json_says_which_cells_a_server_decided():
    matrix = to_json(tried_report())["matrix"]
    assert [matrix[name]["evidence"] for name in matrix] == ["proven", "proven", "static", "static"]
    assert matrix["new_code_old_schema"]["breaks"][0]["confirmed"] is True
    assert matrix["new_code_old_schema"]["probes"] == {
        "hold": 142,
        "fail": 1,
        "incomplete": 0,
        "left_out": 0,
        "reasons": [],
    }
    assert matrix["new_code_new_schema"]["probes"] is None


def test_a_cell_is_not_proven_while_something_in_it_was_not_tried_or_not_confirmed():
    states = [tried_report(old=Tried(5, left_out=1)), tried_report(old=Tried(5, incomplete=1))]
    assert [report.matrix.old_new.is_proven for report in states] == [False, False]
    assert not tried_report(proven=False).matrix.new_old.is_proven
    assert not tried_report(proven=None).matrix.new_old.is_proven
    assert not Cell(State.UNDETERMINED, tried=Tried(9)).is_proven
