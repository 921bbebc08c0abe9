"""Every scenario ends with one comment and one status, or with none and a clear word, at the stored cost."""

import pytest

from support.reliability.model import carry_out
from support.reliability.table import SCENARIOS, stored
from support.resolving import ghe_is_here


@pytest.fixture
def ghe_resolves():
    with ghe_is_here():
        yield


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.title)
@pytest.mark.usefixtures("ghe_resolves")
def test_the_run_ends_as_it_must(scenario, tmp_path):
    measured = carry_out(scenario, tmp_path)

    assert measured.violations == []
    assert measured.ends == scenario.ends, measured.text
    assert scenario.ends.says in measured.text
    assert measured.figures == stored()[scenario.title]


def test_every_scenario_has_a_title_of_its_own_and_figures_and_none_is_left_over():
    assert len(SCENARIOS) >= 40
    assert sorted(stored()) == sorted(scenario.title for scenario in SCENARIOS)
