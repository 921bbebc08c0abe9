"""What a change of a range is for an operator."""

from midflight.inspection.finding import Phase
from midflight.report.change_groups import ChangeKind, kind_of, phases_by_path
from midflight.report.release_notes import Change, build_release_notes, render_release_notes
from support import reports

PHASES = {
    "db/1/up.sql": frozenset({Phase.EXPAND}),
    "db/2/up.sql": frozenset({Phase.CONTRACT}),
    "src/a.ts": frozenset({Phase.ROLLOUT}),
}


def test_a_change_is_sorted_by_the_phases_of_its_files():
    assert kind_of(["db/1/up.sql", "src/a.ts"], PHASES) is ChangeKind.EXPAND
    assert kind_of(["db/2/up.sql"], PHASES) is ChangeKind.CONTRACT
    assert kind_of(["db/1/up.sql", "db/2/up.sql"], PHASES) is ChangeKind.BOTH
    assert kind_of(["src/a.ts", "README.md"], PHASES) is ChangeKind.CODE
    assert kind_of(["README.md"], PHASES) is ChangeKind.NONE
    assert kind_of([], PHASES) is ChangeKind.NONE


def test_a_down_script_belongs_to_the_migration_beside_it():
    assert kind_of(["db/2/down.sql"], PHASES) is ChangeKind.CONTRACT
    assert kind_of(["db/2/README.md"], PHASES) is ChangeKind.NONE


def test_a_change_of_unknown_files_is_not_called_free_of_the_database():
    assert kind_of(None, PHASES) is ChangeKind.UNKNOWN


def test_the_notes_list_each_change_under_what_it_is():
    [migration] = [path for path in phases_by_path(reports.outage()) if path.endswith(".sql")]
    changes = (
        Change("Spell it", "1" * 40, files=frozenset({"README.md"})),
        Change("Add the function", "2" * 40, 7, files=frozenset({migration}), labels=("api",)),
        Change("Lost", "3" * 40),
    )

    notes = render_release_notes(build_release_notes(reports.outage(), changes))

    expand, none, lost = (notes.index(words) for words in ("(expand)**", "**No database**", "**Not sorted"))
    assert expand < notes.index("- Add the function (`#7`) `api`\n") < none
    assert none < notes.index("- Spell it (`1111111`)\n") < lost < notes.index("- Lost (`3333333`)\n")
