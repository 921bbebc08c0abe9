"""Which kind of run it is: the input `command`, else the event."""

from collections.abc import Callable
from importlib import import_module

from midflight.adapters.event import (
    Dispatch,
    Event,
    IssueComment,
    MergeGroup,
    PullRequest,
    Push,
    Schedule,
    WorkflowRun,
    named_pull,
)
from midflight.jobs.model import Job
from midflight.settings import read_settings

AUTO = "auto"
# Loaded when it is called: what the other kinds of run import costs it nothing. Each module has `run(job, event)`.
JOBS = {
    "check": "midflight.jobs.check",
    "comment": "midflight.jobs.comment",
    "contractions": "midflight.jobs.contractions",
    "gate": "midflight.jobs.gate",
    "release-notes": "midflight.jobs.release_notes",
    "watch": "midflight.jobs.watch",
}

Run = Callable[[Job, Event], int]


def run_job(job: Job, event: Event) -> int:
    """Run what the input `command` names, or with `auto` what the event calls for; return the exit code."""
    name = chosen(job.environment.get("INPUT_COMMAND", "").strip() or AUTO, event)
    if name not in JOBS:
        read_settings(job.environment)  # tells every wrong input, `command` among them
        job.actions.say(f"Nothing to check on `{job.runner.event_name}`: `docs/github.md` lists the events.")
        return 0
    return load(name)(job, event)


def chosen(command: str, event: Event) -> str:
    """Return the name of the kind of run, empty where the event calls for none."""
    if command != AUTO:
        return command
    match event:
        case PullRequest() | MergeGroup() | Push() | WorkflowRun():
            return "check"
        case Dispatch(inputs=inputs):
            return "check" if named_pull(inputs) else "release-notes"
        case IssueComment():
            return "comment"
        case Schedule():
            return "contractions"
        case _:
            return ""


def load(name: str) -> Run:
    """Import a kind of run."""
    run: Run = import_module(JOBS[name]).run
    return run
