"""What a range makes and takes away again."""

import pytest

from midflight.plan.model import Reversibility
from support.plans import Change

RENAMED = "ALTER TABLE projects ADD COLUMN a text;\nALTER TABLE projects RENAME COLUMN a TO b;"


def passing(migration):
    return [(p.object, p.made.line, p.gone.line, p.became) for p in Change(migration).plan().passing]


@pytest.mark.parametrize(
    ("migration", "expected"),
    [
        (
            "ALTER TABLE projects ADD COLUMN draft boolean;\nALTER TABLE projects DROP COLUMN draft;",
            [("projects.draft", 1, 2, "")],
        ),
        ("CREATE TABLE drafts (id bigint);\nDROP TABLE drafts;", [("drafts", 1, 2, "")]),
        (
            f"{RENAMED}\nALTER TABLE projects DROP COLUMN b;",
            [("projects.a", 1, 2, "projects.b"), ("projects.b", 1, 3, "")],
        ),
        ("ALTER TABLE projects ADD COLUMN draft boolean;", []),
        ("ALTER TABLE projects DROP COLUMN status;\nALTER TABLE projects ADD COLUMN status text;", []),
    ],
)
def test_what_is_made_and_dropped_or_renamed_in_one_range_is_told(migration, expected):
    assert passing(migration) == expected


def test_a_column_that_was_there_before_does_not_cancel_out():
    assert passing("ALTER TABLE projects DROP COLUMN status;") == []


def test_no_code_is_told_to_write_to_a_column_that_the_range_made_and_renamed():
    plan = Change(RENAMED).plan()

    assert not [step.do for d in plan.deployments for step in d.steps if step.do.startswith("Write to both")]


def phases(migration, **more):
    return [
        (d.phase.value, [i.line for i in d.items if i.path.endswith(".sql")])
        for d in Change(migration, **more).plan().deployments
    ]


def test_what_the_range_made_is_dropped_where_it_is_made_and_not_in_a_later_release():
    both = "ALTER TABLE projects ADD COLUMN draft boolean;\nALTER TABLE projects DROP COLUMN draft;\n"

    assert phases(f"{both}ALTER TABLE projects DROP COLUMN status;") == [("expand", [1, 2]), ("contract", [3])]


def test_a_statement_that_drops_something_old_too_stays_a_clean_up():
    migration = (
        "ALTER TABLE projects ADD COLUMN draft boolean;\nALTER TABLE projects DROP COLUMN draft, DROP COLUMN status;"
    )

    assert phases(migration) == [("expand", [1]), ("contract", [2])]


def test_a_column_that_came_and_went_leaves_nothing_to_undo():
    plan = Change("ALTER TABLE projects ADD COLUMN draft boolean;\nALTER TABLE projects DROP COLUMN draft;").plan()

    assert plan.rollback.grade is Reversibility.LOSSLESS
    assert not [step.sql for step in plan.rollback.steps if "draft" in step.sql]
