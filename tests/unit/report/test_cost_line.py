"""What a cost becomes in a report: one line where somebody waits, JSON always."""

import pytest

from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.operations.shapes import Name
from midflight.report.wording import cost_line


def held(name: str, lock: Lock, work: Work = Work.NONE) -> Held:
    return Held(Name(name, "public"), lock, work)


@pytest.mark.parametrize(
    ("cost", "line"),
    [
        (Cost(), ""),
        (Cost((held("orders", Lock.SHARE_UPDATE_EXCLUSIVE, Work.SCAN),)), ""),
        (Cost((held("orders", Lock.SHARE_ROW_EXCLUSIVE),)), ""),
        (Cost((held("orders", Lock.ROW_EXCLUSIVE, Work.SCAN),)), ""),
        (
            Cost((held("orders", Lock.ACCESS_EXCLUSIVE, Work.SCAN),)),
            "`ACCESS EXCLUSIVE` on `orders`, full scan, readers and writers wait",
        ),
        (
            Cost((held("orders", Lock.ACCESS_EXCLUSIVE),)),
            "`ACCESS EXCLUSIVE` on `orders`, briefly, readers and writers wait",
        ),
        (Cost((held("orders", Lock.SHARE, Work.INDEX_BUILD),)), "`SHARE` on `orders`, index build, writers wait"),
        (
            Cost((held("a", Lock.SHARE_ROW_EXCLUSIVE), held("b", Lock.ACCESS_EXCLUSIVE, Work.REWRITE)), "if x"),
            (
                "`ACCESS EXCLUSIVE` on `b` and `SHARE ROW EXCLUSIVE` on `a`, table rewrite, readers and writers wait"
                " (if x)"
            ),
        ),
        (
            Cost(tuple(held(name, Lock.ACCESS_EXCLUSIVE, Work.SCAN) for name in "abcde")),
            "`ACCESS EXCLUSIVE` on `a`, `b`, `c` and 2 more, full scan, readers and writers wait",
        ),
    ],
)
def test_a_cost_is_told_in_one_line_where_somebody_waits(cost: Cost, line: str) -> None:
    assert cost_line(cost) == line
