"""Code of several versions: told apart by paths, held against both schemas, and told again after it was tried."""

from midflight.changes.model import Tree
from midflight.compatibility.model import Break, BreakKind, Cell, Doubt, OldVersion, Side, State
from midflight.compatibility.versions import Old, join_versions, tell, together, tried_versions
from midflight.references.model import Api, CodeReferences, Mention, Place, TableReference, Verb
from midflight.references.surfaces import RunsOn, Surface
from support.trees import tree_of

A, B = "src/a.ts", "mobile/b.ts"


def reference(path: str, line: int = 1) -> TableReference:
    return TableReference(Place(path, line), "users", Verb.SELECT, Api.SQL)


def tree(**files: str) -> Tree:
    return tree_of({A: files["a"], B: files["b"]})[0]


def code(*references: TableReference, **more: object) -> CodeReferences:
    return CodeReferences("", references, **more)


def breaks(path: str, *, proven: bool | None = None, consumer: str = "") -> Break:
    runs_on = RunsOn(Surface.CONSUMER, consumer=consumer) if consumer else RunsOn()
    return Break(
        BreakKind.MISSING_COLUMN,
        "users.name",
        reference(path),
        Side.BASE,
        Place(path, 1),
        "42703",
        runs_on=runs_on,
        proven=proven,
    )


def cell(*found: Break) -> Cell:
    return Cell(State.BREAKS if found else State.HOLDS, found)


HOLDS = Cell(State.HOLDS)


def test_a_file_that_differs_is_told_behind_the_versions_name():
    old = Old("v1", tree(a="one", b="same"), code(reference(A)), prefix="v1")

    told = tell([Old("", tree(a="two", b="same"), code(reference(A))), old])

    assert [each.code.references[0].place.path for each in told] == [A, f"v1:{A}"]


def test_a_file_that_is_the_same_in_an_earlier_one_is_told_once():
    one = tree(a="same", b="same")
    olds = [Old("", tree(a="new", b="same"), code(reference(A)))]
    olds += [Old(name, one, code(reference(A)), prefix=name) for name in ("v2", "v1")]

    assert [each.place.path for each in together(tell(olds)).references] == [A, f"v2:{A}"]


def test_a_line_of_supported_versions_runs_on_in_all_of_them_and_keeps_its_surface():
    one = tree(a="same", b="same")
    mobile = {B: RunsOn(Surface.MOBILE, 180)}
    olds = [Old(name, one, code(reference(B), runs_on=mobile), stays=True, prefix=name) for name in ("v2", "v1")]

    found = together(tell(olds)).runs_on

    assert found == {f"v2:{B}": RunsOn(Surface.MOBILE, 180, versions=("v2", "v1"))}


def test_a_version_that_the_rollout_replaces_runs_on_nowhere():
    old = Old("v1", tree(a="one", b="same"), code(reference(A)), prefix="v1")

    assert tell([old])[0].code.runs_on == {}


def test_lines_that_only_hold_a_name_are_told_the_same_way():
    mention = Mention(Place(A, 3), "name", "the name")
    old = Old("v1", tree(a="one", b="same"), code(mentions=(mention,)), prefix="v1")

    assert tell([old])[0].code.mentions == (Mention(Place(f"v1:{A}", 3), "name", "the name"),)


def test_one_row_of_several_databases_is_as_bad_as_its_worst():
    first = OldVersion("v1", "1", HOLDS, HOLDS)
    second = OldVersion("v1", "1", cell(breaks(A)), HOLDS)

    [row] = join_versions([[first], [second]])

    assert (row.name, row.old_new.state) == ("v1", State.BREAKS)


def test_after_trying_a_row_has_the_breaks_that_are_left_of_its_lines():
    known = (OldVersion("", "0", cell(breaks(A)), HOLDS), OldVersion("v1", "1", HOLDS, HOLDS))
    left = cell(breaks(A, proven=True), breaks(f"v1:{A}", proven=True), breaks("acme/x:a.ts", consumer="x"))

    base, older = tried_versions(known, left)

    assert [found.place.path for found in base.old_new.breaks] == [A]
    assert base.old_new.breaks[0].proven
    assert [found.place.path for found in older.old_new.breaks] == [f"v1:{A}"]


def test_a_doubt_that_trying_has_settled_leaves_its_row():
    doubt = Doubt("users: not all of its columns are known", Place(A, 1))
    known = (OldVersion("v1", "1", Cell(State.UNDETERMINED, doubts=(doubt,)), HOLDS),)

    [row] = tried_versions(known, HOLDS)

    assert row.old_new.state is State.HOLDS
