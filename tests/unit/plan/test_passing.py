"""What a range makes and takes away again."""

import pytest

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
