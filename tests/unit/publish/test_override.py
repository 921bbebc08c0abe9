"""The banner of an override: written, read, replaced and dropped."""

from dataclasses import replace

from midflight.publish.decide import comment_body
from midflight.publish.marker import Marker
from midflight.publish.model import StatusState
from midflight.publish.override import How, Override, described, kept, parse_override, with_override
from midflight.publish.state import State

HEAD, NEXT = "a" * 40, "b" * 40
SAID = Override("octocat", "down -- <b> @all | `x`", HEAD, How.COMMENT, "2026-11-22T14:03:11Z")


def comment(head=HEAD, text="### Unsafe\n"):
    return comment_body(text, Marker("default", head), State(StatusState.FAILURE, "Unsafe"))


def test_a_banner_is_read_as_it_was_written():
    assert parse_override(with_override(comment(), SAID)) == SAID


def test_a_banner_is_replaced_and_taken_out_without_a_trace():
    once = with_override(comment(), SAID)

    assert with_override(once, SAID) == once
    assert parse_override(with_override(once, replace(SAID, by="root"))).by == "root"
    assert with_override(once, None) == comment()


def test_a_banner_holds_for_its_commit_alone():
    old = with_override(comment(), SAID)

    assert parse_override(kept(old, comment())) == SAID
    assert parse_override(kept(old, comment(NEXT))) is None


def test_a_label_s_banner_is_never_kept_because_the_label_is_asked_for():
    old = with_override(comment(), replace(SAID, how=How.LABEL))

    assert parse_override(kept(old, comment())) is None


def test_a_banner_in_the_text_of_the_report_is_none():
    quoted = with_override(comment(), SAID).split("\n", 2)[2]

    assert parse_override(comment(text=f"### Unsafe\n\n{quoted}")) is None


def test_the_description_is_cut():
    assert described(replace(SAID, reason="x" * 200)) == f"overridden by @octocat: {'x' * 115}…"
