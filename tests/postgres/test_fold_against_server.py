import pytest

from midflight.adapters.live_catalog import read_catalog
from support.schema_scripts import SCRIPTS
from support.schemas import differences, folded, problems_of

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_fold_and_the_server_agree(name, database):
    script = SCRIPTS[name]
    database.execute(script.encode())
    database.execute(b"DISCARD ALL")
    # a second, empty migration ends the session and its temporary tables
    assert differences(folded(script, ""), read_catalog(database)) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_that_the_server_takes_is_a_problem(name):
    assert problems_of(SCRIPTS[name]) == []
