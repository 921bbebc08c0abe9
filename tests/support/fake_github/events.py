"""Webhook payloads about the fake's own repository, made from GitHub's examples."""

import json

from support.fake_github import objects
from support.fake_github.description import DATA
from support.fake_github.server import FULL_NAME, FakeGitHub
from support.fake_github.state import Comment


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


def edited_event(number: int, comment: Comment, after: str, by: str, *, at: str = "2026-01-02T03:04:05Z") -> dict:
    """Somebody edits a comment of the fake: it is edited, and this is what GitHub sends."""
    found = payload("issue_comment.edited")
    found["changes"] = {"body": {"from": comment.body}}
    comment.body = after
    return _commented(found, number, comment, by, at)


def created_event(number: int, comment: Comment, by: str, *, at: str = "2026-01-02T03:04:05Z") -> dict:
    """What GitHub sends for a comment that somebody has just made on a pull request of the fake."""
    return _commented(payload("issue_comment.created"), number, comment, by, at)


def _commented(found: dict, number: int, comment: Comment, by: str, at: str) -> dict:
    found["issue"] |= {"number": number, "pull_request": {"url": "https://api.github.com/repos/octo/app/pulls/1"}}
    found["comment"] |= {"id": comment.id, "body": comment.body, "updated_at": at}
    found["comment"]["user"] |= objects.user(comment.author)
    found["sender"] |= {"login": by, "type": "Bot" if by.endswith("[bot]") else "User"}
    return found


def merge_group_event(base: str, head: str, action: str = "checks_requested") -> dict:
    """The payload of a merge queue's question."""
    found = payload("merge_group.checks_requested") | {"action": action}
    found["merge_group"] |= {"base_sha": base, "head_sha": head}
    return found


def push_event(before: str, after: str, *, branch: str = "main", forced: bool = False) -> dict:
    """The payload of a push to a repository whose default branch is `main`."""
    found = payload("push") | {"ref": f"refs/heads/{branch}", "before": before, "after": after, "forced": forced}
    found["repository"] |= {"full_name": FULL_NAME, "default_branch": "main"}
    return found


def workflow_run_event(sha: str, branch: str, repository: str | None, event: str = "pull_request") -> dict:
    """The payload of a run that is over; GitHub lists no pull request in it for a fork."""
    found = payload("workflow_run.completed")
    found["workflow_run"] |= {"event": event, "head_sha": sha, "head_branch": branch, "pull_requests": []}
    found["workflow_run"]["head_repository"] |= {"full_name": repository}
    return found


def dispatch_event(**inputs: str) -> dict:
    """The payload of a workflow started by hand."""
    return payload("workflow_dispatch") | {"inputs": inputs}
