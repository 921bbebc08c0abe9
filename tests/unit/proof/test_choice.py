from dataclasses import replace

import pytest

from midflight.adapters.shadow.choice import Wanted, prove_all
from midflight.errors import ToolError
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from midflight.settings import read_settings
from midflight.stages import shadow_refused
from support.shadow_runs import context_of

REFUSED = Wanted("auto", refused="nothing of a change is run here")


@pytest.fixture
def context():
    return context_of("CREATE TABLE t (id int);", "ALTER TABLE t ADD a int;")


def proofs(context, wanted):
    return prove_all([context], plan_rollback([context], [], PlanOptions()), wanted)


def test_nothing_runs_where_it_is_off(context):
    assert proofs(context, Wanted("off")) == ()


def test_a_server_is_used_where_one_is_found_unless_the_settings_say_otherwise():
    assert read_settings({}).shadow == "auto"


def test_auto_without_a_server_says_so_and_goes_on(context):
    (proof,) = proofs(context, REFUSED)
    assert (proof.applied, proof.reason) == (False, "nothing of a change is run here")


def test_required_without_a_server_is_an_error(context):
    with pytest.raises(ToolError, match="A shadow database is required"):
        proofs(context, replace(REFUSED, shadow="required"))


@pytest.mark.parametrize("event", ["pull_request_target", "issue_comment", "workflow_run"])
def test_nothing_is_run_where_the_job_holds_secrets(event):
    assert event in shadow_refused(read_settings({"GITHUB_EVENT_NAME": event}))


def test_a_pull_request_s_own_event_may_run_it():
    assert shadow_refused(read_settings({"GITHUB_EVENT_NAME": "pull_request"})) == ""
