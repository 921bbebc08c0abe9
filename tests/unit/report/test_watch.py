"""What a watch says to people and programs."""

import json

import pytest

from midflight.plan.leftovers import Leftover
from midflight.plan.watching import Kind, Measure, Measured, Watch
from midflight.report.watch import Range, render_incident, render_watch, sparkline, watch_headline, watch_json
from midflight.text import utf16_length

HOSTILE = "a | b\n<!-- midflight:incident --> @everyone `x` <img src=x> [y](http://z)"


def measured(purpose="Orphans", value=2.0, limit=0.0, **more):
    return Measured(Measure(purpose, "SELECT 1", Kind.ORPHANED_ROWS), value, limit, **more)


@pytest.mark.parametrize(
    ("values", "curve"),
    [((), ""), ((5,), "▁"), ((5, 5), "▁▁"), ((0, 7), "▁█"), (range(8), "▁▂▃▄▅▆▇█"), ((0, 100, 50), "▁█▅")],
)
def test_a_curve_goes_from_the_lowest_to_the_highest(values, curve):
    assert sparkline(tuple(values)) == curve


def test_a_headline_fits_into_a_status():
    watch = Watch(tuple(measured("A purpose of many words " * 5) for _ in range(9)))
    assert watch_headline(watch).startswith("9 thresholds crossed: A purpose")
    assert len(watch_headline(watch)) == 140


def test_a_watch_without_queries_does_not_say_that_values_are_fine():
    assert watch_headline(Watch()) == "No query is configured; nothing left unfinished"
    left = Leftover("users_idx", "this index is invalid", "Drop it.")
    assert watch_headline(Watch(leftovers=(left,))) == "No query is configured; 1 thing left unfinished"


@pytest.mark.parametrize("render", [render_watch, render_incident])
def test_nothing_of_a_hostile_text_is_markup(render):
    left = Leftover(HOSTILE, HOSTILE, "Do.", f"DROP INDEX {HOSTILE}")
    watch = Watch((measured(HOSTILE), measured(value=None, unknown=HOSTILE)), (left,), (HOSTILE,))
    text = render(watch, Range())
    outside = "".join(part for at, part in enumerate(text.split("```")) if at % 2 == 0)
    plain = "".join(part for at, part in enumerate(outside.replace("``", "`").split("`")) if at % 2 == 0)
    assert "<img" not in plain
    assert "<!--" not in plain
    assert "@everyone" not in plain
    assert "[y](http" not in plain


def test_an_issue_with_very_much_to_say_still_fits():
    left = tuple(Leftover(f"index_{n}" * 10, "this index is invalid " * 15, "Drop it.", "D" * 400) for n in range(500))
    watch = Watch(tuple(measured(f"{n} " + "word " * 60) for n in range(90)), left, ("why " * 90,) * 500)
    assert utf16_length(render_incident(watch, Range())) <= 65_000


def test_what_is_crossed_stands_first():
    text = render_watch(Watch((measured("Fine one", 0.0), measured("Crossed one"))), Range())
    assert text.index("Crossed one |") < text.index("Fine one |")


def test_the_data_has_every_value_with_its_threshold():
    told = json.loads(watch_json(Watch((measured(points=(1.0, 2.0)),)), Range(to="abc")))
    assert (told["standing"], told["to"], told["rollback"]) == ("crossed", "abc", [])
    assert told["values"] == [
        {
            "purpose": "Orphans",
            "kind": "orphaned-rows",
            "standing": "crossed",
            "value": 2.0,
            "limit": 0.0,
            "detail": "",
            "unknown": "",
            "before": [1.0, 2.0],
        }
    ]
