"""Boxes in a comment: what is one, what keeps its tick, and what the status says."""

import pytest

from midflight.publish.approvals import Edit, answered, boxes, changed_boxes, joined, open_approvals, standing
from midflight.publish.decide import comment_body
from midflight.publish.marker import Marker
from midflight.publish.model import StatusState
from midflight.publish.state import State, parse_state, state_line

HEAD = "a" * 40
AT = "2026-11-22T14:03:11Z"
STAGING = "- [ ] **Tested in staging environment** <!-- midflight:item approval.staging of=aa.bb -->"
TEAM = "- [ ] Team notified · the announcement is ready <!-- midflight:item approval.team of=aa.cc -->"
STAMPED = (
    "- [x] **Tested in staging environment** <sub>✓ @&#8203;ada, 2026-11-22 14:03 UTC</sub>"
    " <!-- midflight:item approval.staging of=aa.bb by=ada at=2026-11-22T14:03:11Z -->"
)


def comment(*lines, required=("approval.staging",), settled=(), verdict=StatusState.SUCCESS, said="Safe"):
    text = "\n".join(("**1 of 1 approval open** <!-- midflight:approvals -->", *lines))
    return comment_body(text, Marker("default", HEAD), State(verdict, said, tuple(required), tuple(settled)))


def ticked(body, before, after, by="ada", *, may_write=True):
    return answered(body, Edit(before, after, by, AT, may_write=may_write))


def click(body, line):
    return body.replace(line, line.replace("- [ ]", "- [x]"))


def test_a_tick_is_written_with_name_and_time_and_read_again():
    body = comment(STAGING)
    written = ticked(body, body, click(body, STAGING))

    assert written.split("\n")[2:] == ["**Nothing is left to approve** <!-- midflight:approvals -->", STAMPED]
    box = boxes(written)["approval.staging"]
    assert (box.ticked, box.by, box.at, box.text) == (True, "ada", AT, "**Tested in staging environment**")
    assert open_approvals(written) == ()


def test_writing_a_tick_twice_is_writing_it_once():
    body = comment(STAGING)
    once = ticked(body, body, click(body, STAGING))

    assert ticked(once, body, click(body, STAGING)) == once


def test_joining_twice_is_joining_once():
    old, new = comment(STAMPED, TEAM), comment(STAGING, TEAM)

    assert (
        joined(old, new)
        == joined(old, joined(old, new))
        == comment(STAMPED, TEAM).replace("1 of 1 approval open", "Nothing is left to approve")
    )


@pytest.mark.parametrize(
    ("of", "why"), [("dd.bb", "cleared: the migration changed"), ("aa.dd", "cleared: what it says changed")]
)
def test_a_tick_ends_with_what_it_approves(of, why):
    new = comment(STAGING.replace("aa.bb", of))

    line = joined(comment(STAMPED), new).split("\n")[3]
    assert line.startswith("- [ ] ")
    assert f"<sub>{why}</sub>" in line


def test_why_a_tick_was_cleared_is_told_until_somebody_ticks_again():
    cleared = joined(comment(STAMPED), comment(STAGING.replace("aa.bb", "dd.bb")))
    again = joined(cleared, comment(STAGING.replace("aa.bb", "dd.bb")))

    assert again == cleared


def test_what_midflight_verified_before_is_no_tick_of_a_person():
    verified = TEAM.replace("- [ ]", "- [x]").replace("aa.cc", "aa.ee")

    assert TEAM in joined(comment(verified), comment(TEAM))


@pytest.mark.parametrize(
    "line",
    [
        f"> {STAMPED}",
        f"   {STAMPED}",
        f"`{STAMPED}`",
        f"{STAMPED} and more",
        STAMPED.replace("<!-- midflight:item", "<!\u200b-- midflight:item"),
        STAMPED.replace("approval.staging", "a -->"),
        STAMPED.replace("by=ada", "by=@ada"),
        STAMPED.replace("by=ada", "by="),
        "- [x] Tested <!-- midflight:item approval.staging -->",
        "- [x] " + "x" * 100_000,
    ],
)
def test_what_only_looks_like_a_box_is_none(line):
    assert "approval.staging" not in boxes(comment(line))
    assert open_approvals(comment(line)) == ("approval.staging",)


def test_of_two_boxes_with_one_id_the_first_counts():
    assert open_approvals(comment(STAGING, STAMPED)) == ("approval.staging",)


def test_a_state_that_is_quoted_further_down_is_none():
    body = comment("text").split("\n")

    assert parse_state("\n".join([body[0], "x", body[1]])) is None
    assert standing("\n".join([body[0], "x", body[1]])) is None


def test_words_that_would_end_the_comment_come_back_as_they_were():
    said = "Unsafe: --> <!-- x -- %2D a>b\u202e"
    line = state_line(State(StatusState.FAILURE, said))

    assert line.count("--") == 2
    assert parse_state(f"marker\n{line}\ntext") == State(StatusState.FAILURE, said)


def test_the_description_names_what_is_open_in_140_characters():
    required = [f"approval.{n}" for n in ("additive", "old-code", "new-code", "flags", "rollback", "team", "staging")]
    state, description = standing(comment(STAGING, required=required))

    assert state is StatusState.PENDING
    assert description.startswith("7 of 7 approvals open: additive, old-code-tested, new-code-tested, flags-ready")
    assert len(description) <= 140


def test_a_finding_outweighs_approvals():
    body = comment(STAGING, verdict=StatusState.FAILURE, said="Unsafe: x")

    assert standing(body) == (StatusState.FAILURE, "Unsafe: x")


def test_an_item_that_midflight_verified_is_not_waited_for():
    body = comment(STAMPED, required=("approval.staging", "approval.additive"), settled=("approval.additive",))

    assert standing(body) == (StatusState.SUCCESS, "Safe")


def test_a_required_box_that_the_team_s_template_leaves_out_stays_open():
    assert standing(comment("nothing"))[0] is StatusState.PENDING


def test_a_tick_of_something_that_has_changed_meanwhile_is_not_written():
    before = comment(STAGING)
    now = comment(STAGING.replace("aa.bb", "dd.bb"))

    assert ticked(now, before, click(before, STAGING)) == now


def test_an_edit_of_words_alone_is_no_tick():
    assert not changed_boxes(comment(STAGING), comment(STAGING) + "\nthanks @ada")
    assert changed_boxes(comment(STAGING), click(comment(STAGING), STAGING))
    assert not changed_boxes("hello", STAMPED)
