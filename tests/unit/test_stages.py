"""Settings turned into options of the stages."""

import pytest

from midflight.adapters.consumer_code import Wanted
from midflight.changes.model import Tree
from midflight.compatibility.consumers import Consumer
from midflight.references.model import Place
from midflight.references.surfaces import LIFETIMES, Configured, Surface
from midflight.settings import read_settings
from midflight.stages import Files, policy, reading, scope
from support.trees import Submodule, tree_of

FILE = """ignore:
  - rule: blocking-index
    reason: the table is small until the import
    until: 2026-03-31
  - rule: drop-column
    reason: never deployed
"""


def ignored(date: str) -> list[str]:
    settings = read_settings({}, configuration=FILE)
    found = policy(settings, Files(FILE), today=date)
    return [ignore.rule for ignore in found.ignores if not ignore.ended]


def test_an_ignore_counts_up_to_its_last_day_and_no_longer():
    assert ignored("2026-03-31") == ["blocking-index", "drop-column"]
    assert ignored("2026-04-01") == ["drop-column"]


def test_a_rule_that_is_off_has_no_level():
    settings = read_settings({}, configuration="rules: {drop-column: off, blocking-index: note}\n")

    assert {
        rule: level and level.value for rule, level in policy(settings, Files(), today="2026-01-01").levels.items()
    } == {
        "drop-column": None,
        "blocking-index": "note",
    }


def test_surfaces_keep_their_order_and_their_lifetimes():
    file = """lifetimes: {command_line: 7, browser: 0}
surfaces:
  - {path: apps/mobile/admin/**, surface: server}
  - {path: apps/mobile/**, surface: mobile, lifetime_days: 90}
"""
    found = scope(read_settings({}, configuration=file), Files(file)).surfaces

    assert found.configured == (
        Configured("apps/mobile/admin/**", Surface.SERVER),
        Configured("apps/mobile/**", Surface.MOBILE, 90),
    )
    assert found.lifetimes == {**LIFETIMES, Surface.COMMAND_LINE: 7, Surface.BROWSER: 0}


def test_without_configuration_the_lifetimes_are_those_of_the_guess():
    assert scope(read_settings({}), Files()).surfaces.lifetimes == LIFETIMES


def test_a_consumer_knows_the_line_that_names_each_object():
    file = """consumers:
  - name: billing service
    repository: acme/billing
    uses: [invoices]
  - name: reports
    uses:
      - invoices.total
      - public.due()
"""
    assert scope(read_settings({}, configuration=file), Files(file)).consumers == (
        Consumer(
            "billing service",
            "acme/billing",
            (("invoices", Place(".github/midflight.yml", 4)),),
            Place(".github/midflight.yml", 2),
        ),
        Consumer(
            "reports",
            "",
            (
                ("invoices.total", Place(".github/midflight.yml", 7)),
                ("public.due()", Place(".github/midflight.yml", 8)),
            ),
            Place(".github/midflight.yml", 5),
        ),
    )


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("repository: acme/a", Wanted("acme/a", "default")),
        ("repository: acme/a, ref: latest-release", Wanted("acme/a", "latest-release")),
        ("repository: acme/a, uses: [t], ref: v2", Wanted("acme/a", "v2")),
        ("repository: acme/a, uses: [t]", None),
        ("uses: [t]", None),
        ("path: ../a", Wanted("", "default", "../a")),
        ("path: ../a, uses: [t]", Wanted("", "default", "../a")),
        ("path: src", Wanted("", "default", "src", "its path lies in this repository")),
        ("path: .", Wanted("", "default", ".", "its path lies in this repository")),
        ("path: sub", Wanted("", "default", "sub", "its path lies in this repository")),
    ],
)
def test_the_code_of_a_consumer_is_read_unless_a_list_says_all(entry, wanted):
    head, _ = tree_of({"src/a.ts": "", "sub": Submodule("1" * 40)})
    settings = read_settings({}, configuration=f"consumers: [{{name: a, {entry}}}]")

    assert reading(settings, head)[0] == [wanted]


def test_other_repositories_are_read_with_their_own_token_where_there_is_one():
    def token(environment: dict[str, str]) -> str:
        return reading(read_settings(environment), Tree("", {}))[1].token

    assert token({"INPUT_GITHUB_TOKEN": "a", "INPUT_CONSUMERS_TOKEN": "b"}) == "b"
    assert token({"INPUT_GITHUB_TOKEN": "a"}) == "a"
    assert token({}) == ""
