"""How much a rendering may show, from everything down to the verdict alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is shown: items of a list, steps of one deployment, lines of code of one
    problem, characters of a text or of SQL.

    SQL longer than `sql` is left out as a whole and said to be: half a statement is worse than none.
    """

    problems: int
    lines: int
    items: int
    text: int
    sql: int
    steps: int = 8
    evidence: bool = True
    recipes: bool = True
    folds: bool = True


COMMENT = (
    Limits(problems=20, lines=5, items=30, text=1200, sql=4000),
    Limits(problems=20, lines=5, items=30, text=1200, sql=4000, evidence=False),
    Limits(problems=20, lines=5, items=20, text=800, sql=2000, evidence=False, recipes=False),
    Limits(problems=10, lines=3, items=10, text=600, sql=1000, evidence=False, recipes=False),
    Limits(problems=10, lines=3, items=10, text=400, sql=500, evidence=False, recipes=False, folds=False),
    Limits(problems=3, lines=1, items=3, text=200, sql=200, steps=3, evidence=False, recipes=False, folds=False),
)
"""For the comment, tried in order: evidence goes first, then recipes, then long lists, then what is folded."""

RUNBOOK = (
    Limits(problems=20, lines=5, items=5000, text=4000, sql=100_000, evidence=False, recipes=False),
    Limits(problems=20, lines=5, items=1000, text=1200, sql=1000, evidence=False, recipes=False),
    Limits(problems=20, lines=5, items=1000, text=600, sql=200, evidence=False, recipes=False),
    Limits(problems=20, lines=5, items=200, text=300, sql=0, evidence=False, recipes=False),
    Limits(problems=20, lines=5, items=60, text=300, sql=0, evidence=False, recipes=False),
    Limits(problems=20, lines=5, items=10, text=200, sql=0, evidence=False, recipes=False),
)
"""For a runbook: its SQL goes before any of its boxes does."""

SUMMARY = (
    Limits(problems=1000, lines=50, items=1000, text=4000, sql=100_000, steps=100),
    Limits(problems=500, lines=20, items=300, text=2000, sql=10_000, steps=100),
    Limits(problems=200, lines=10, items=100, text=1200, sql=4000, steps=100),
    *COMMENT[1:],
)
"""For the job summary, which GitHub drops as a whole above 1 MiB."""
