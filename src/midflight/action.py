"""The action: one door to the pipeline, for workflow runs."""

import gc
import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from midflight.adapters.actions import Actions
from midflight.adapters.event import head_of, read_event
from midflight.adapters.github.api import SYSTEM_CLOCK, Clock
from midflight.adapters.github.budget import MADE, Budget
from midflight.adapters.github.client import GitHub
from midflight.errors import MidflightError, SettingsError
from midflight.jobs.choose import run_job
from midflight.jobs.failure import failing
from midflight.jobs.model import Job
from midflight.settings import read_runner

ENVIRONMENT = os.environ  # noqa: TID251 - the doors hand the environment to settings.py
NO_REQUESTS = "GitHub: 0 requests, for want of a token"
ADDRESSES = ("DATABASE_URL", "SHADOW_DATABASE_URL")
SECRETS = ("INPUT_CONSUMERS_TOKEN", *ADDRESSES, *(f"INPUT_{name}" for name in ADDRESSES))
FAILED = 1
MISCONFIGURED = 2


def main() -> None:
    """Run the action and exit with 0, 10, 2 or 1."""
    gc.set_threshold(200_000)  # a large tree is many small values that all stay: looking for rubbish among them is vain
    sys.exit(run(ENVIRONMENT, sys.stdout))


def run(environment: Mapping[str, str], log: TextIO, clock: Clock = SYSTEM_CLOCK) -> int:
    """Run the action for the event that the environment names; return the exit code."""
    job, before = _job(environment, log, clock), replace(MADE)
    try:
        return _ended(job)
    finally:
        if environment.get("INPUT_VERBOSE", "").strip().lower() == "true":
            job.actions.say(_asked(job, before))


def _asked(job: Job, before: Budget) -> str:
    """What this run asked of GitHub, with every client that it opened; the limits are those of its own token."""
    made = MADE.made_since(before, job.github.budget if job.github else MADE)
    return made.sentence if job.github or made.reads else NO_REQUESTS


def _ended(job: Job) -> int:
    try:
        event = read_event(job.runner.event_name, Path(job.runner.event_path or "event.json"))
        with failing(job, head_of(event)):
            return run_job(job, event)
    except SettingsError as error:
        for problem in error.problems:
            job.actions.error(problem)
        return MISCONFIGURED
    except MidflightError as error:
        job.actions.error(error.sentence)
        return FAILED
    except Exception:  # noqa: BLE001 - whatever happens, the log says where, and the job fails with our own exit code
        job.actions.foreign(traceback.format_exc())
        job.actions.error("Midflight failed unexpectedly; the log above says where. Report it with this log.")
        return FAILED


def _job(environment: Mapping[str, str], log: TextIO, clock: Clock) -> Job:
    runner = read_runner(environment)
    token = environment.get("INPUT_GITHUB_TOKEN", "").strip() or environment.get("GITHUB_TOKEN", "")
    able = token and runner.repository
    github = GitHub(runner.repository, token, url=runner.api_url, clock=clock) if able else None
    actions = Actions(
        log=log,
        workspace=Path(runner.workspace or "."),
        summary=Path(runner.summary_path) if runner.summary_path else None,
        outputs=Path(runner.output_path) if runner.output_path else None,
    )
    others = (environment.get(name, "").strip() for name in SECRETS)
    for secret in filter(None, (token, *others)):
        actions.mask(secret)
    return Job(environment, runner, actions, github)
