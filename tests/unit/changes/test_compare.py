import pytest

from midflight.changes.compare import compare_trees
from support.trees import Link, Submodule, tree_of


def difference(base, head):
    changes = compare_trees(tree_of(base, "base")[0], tree_of(head, "head")[0])
    return [(f.status.value, f.before and f.before.path, f.after and f.after.path) for f in changes.files]


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        pytest.param({"a": "1"}, {"a": "1"}, [], id="an equal tree has no differences"),
        pytest.param({}, {"a": "1"}, [("added", None, "a")], id="a new file is added"),
        pytest.param({"a": "1"}, {"a": "2"}, [("edited", "a", "a")], id="other content is an edit"),
        pytest.param({"a": "1"}, {}, [("deleted", "a", None)], id="a missing file is deleted"),
        pytest.param({"a": "1"}, {"b": "1"}, [("moved", "a", "b")], id="equal content elsewhere is a move"),
        pytest.param(
            {"a": "1"}, {"b": "2"}, [("deleted", "a", None), ("added", None, "b")], id="other content is no move"
        ),
        pytest.param({"a": "1"}, {"a": "1", "b": "1"}, [("added", None, "b")], id="a copy is added"),
        pytest.param({"a": ""}, {"b": ""}, [("deleted", "a", None), ("added", None, "b")], id="empty files stay"),
        pytest.param(
            {"x/up.sql": "1", "y/down.sql": "1"},
            {"z/down.sql": "1", "w/up.sql": "1"},
            [("moved", "x/up.sql", "w/up.sql"), ("moved", "y/down.sql", "z/down.sql")],
            id="the same file name wins",
        ),
        pytest.param(
            {"one/deep/a": "1", "two/deep/a": "1"},
            {"two/a": "1", "one/a": "1"},
            [("moved", "one/deep/a", "one/a"), ("moved", "two/deep/a", "two/a")],
            id="then the longest common path",
        ),
        pytest.param(
            {"a": "1"}, {"b": "1", "c": "1"}, [("moved", "a", "b"), ("added", None, "c")], id="a file moves once"
        ),
        pytest.param({"a": Link("x")}, {"a": Link("y")}, [("edited", "a", "a")], id="a link that points elsewhere"),
        pytest.param({"a": "x"}, {"a": Link("x")}, [("edited", "a", "a")], id="a file that became a link"),
        pytest.param(
            {"a": "x"}, {"b": Link("x")}, [("deleted", "a", None), ("added", None, "b")], id="a link is no moved file"
        ),
        pytest.param(
            {"a": Submodule("1" * 40)}, {"b": Submodule("1" * 40)}, [("moved", "a", "b")], id="a submodule moves"
        ),
    ],
)
def test_two_trees_differ_by(base, head, expected):
    assert sorted(difference(base, head), key=str) == sorted(expected, key=str)


def test_the_order_of_entries_does_not_matter():
    base = {f"old/{n}/file": "same" for n in range(5)}
    head = {f"new/{n}/file": "same" for n in range(5)}
    backwards = dict(reversed(head.items()))
    assert difference(base, head) == difference(dict(reversed(base.items())), backwards)


def test_very_many_equal_files_are_paired_in_path_order():
    base = {f"old/{n:04}": "same" for n in range(300)}
    head = {f"new/{n:04}": "same" for n in range(300)}
    assert difference(base, head) == [("moved", f"old/{n:04}", f"new/{n:04}") for n in range(300)]


def test_files_are_listed_by_path():
    assert [path for _, _, path in difference({}, {"b": "2", "a": "1", "c": "3"})] == ["a", "b", "c"]
