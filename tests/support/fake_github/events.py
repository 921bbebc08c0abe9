"""Webhook payloads about the fake's own repository, made from GitHub's examples."""

import json

from support.fake_github.description import DATA
from support.fake_github.server import FULL_NAME, FakeGitHub


def payload(name: str) -> dict:
    """One of GitHub's example payloads, as it is: `pull_request.opened`, `merge_group.checks_requested`, ..."""
    return json.loads((DATA / "events" / f"{name}.json").read_text())


def pull_request_event(gh: FakeGitHub, number: int, action: str = "synchronize") -> dict:
    """The payload that GitHub would send for a pull request of the fake."""
    pull = gh.state.pulls[number]
    found = payload(f"pull_request.{action}")
    found["number"] = number
    found["repository"] |= {"full_name": FULL_NAME, "name": FULL_NAME.split("/")[1]}
    found["pull_request"] |= {"number": number, "title": pull.title, "draft": False}
    base, head = found["pull_request"]["base"], found["pull_request"]["head"]
    base |= {"ref": pull.base, "sha": gh.state.base_sha(pull)}
    head |= {"ref": pull.head, "sha": gh.state.head_sha(pull)}
    base["repo"] |= {"full_name": FULL_NAME}
    head_name = FULL_NAME if pull.fork == "same" else pull.fork
    head["repo"] = head["repo"] | {"full_name": head_name} if head_name else None
    return found


def dispatch_event(**inputs: str) -> dict:
    """The payload of a workflow started by hand."""
    return payload("workflow_dispatch") | {"inputs": inputs}
