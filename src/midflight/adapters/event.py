"""The event that started a workflow run, as a value."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from midflight.errors import SourceError

MAX_PAYLOAD = 32 * 1024 * 1024  # GitHub caps webhook payloads at 25 MB

Payload = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request was opened, pushed to or edited.

    `head_repo` is None when the fork was deleted. `event` is `pull_request` or `pull_request_target`: in the
    latter the token may write, so nothing of the pull request may be run.
    """

    number: int
    title: str
    base_sha: str
    head_sha: str
    head_repo: str | None
    fork: bool
    draft: bool
    action: str
    base_ref: str = ""
    repository: str = ""
    labels: tuple[str, ...] = ()
    event: str = "pull_request"


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Somebody started the workflow by hand."""

    inputs: Mapping[str, str] = field(default_factory=dict)
    ref: str = ""


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """The merge queue asks about a group of pull requests as one change; `action` `destroyed` asks no more."""

    base_sha: str
    head_sha: str
    action: str = "checks_requested"


@dataclass(frozen=True, slots=True)
class Push:
    """Commits were pushed; `before` is empty for a new branch, `after` for a deleted one.

    `default` says whether it was to the default branch, `forced` whether commits of before may be gone.
    """

    before: str
    after: str
    ref: str
    default: bool = False
    forced: bool = False


@dataclass(frozen=True, slots=True)
class IssueComment:
    """Somebody commented on a pull request, or edited a comment.

    `author` wrote the comment, `sender` is who did this; `before` is the text before an edit.
    """

    action: str
    number: int
    comment: int
    body: str
    before: str
    author: str
    sender: str
    person: bool  # whether the sender is one, and no bot
    at: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """Another workflow run is over; `head_repository` is None when the fork was deleted. Nothing in it is trusted."""

    event: str
    head_sha: str
    head_branch: str
    head_repository: str | None
    conclusion: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hour has come."""


@dataclass(frozen=True, slots=True)
class Other:
    """An event that names no change to check."""

    name: str


Event = PullRequest | Dispatch | MergeGroup | Push | IssueComment | WorkflowRun | Schedule | Other


PULL_INPUTS = ("pull-request", "pull_request", "number")
"""What a workflow may call the input of `workflow_dispatch` that names the pull request to check again."""


def named_pull(inputs: Mapping[str, str]) -> str:
    """Return the pull request that somebody named by hand, empty where they named none."""
    return next((inputs[name].strip() for name in PULL_INPUTS if inputs.get(name, "").strip()), "")


def head_of(event: Event) -> str:
    """Return the commit that the event itself asks about, empty where it names none."""
    match event:
        case PullRequest(head_sha=head) | MergeGroup(head_sha=head):
            return head
        case Push(after=after, default=True):
            return after
        case _:
            return ""


def read_event(name: str, path: Path) -> Event:
    """Read the event from its file (GITHUB_EVENT_NAME and GITHUB_EVENT_PATH)."""
    try:
        if path.stat().st_size > MAX_PAYLOAD:
            raise SourceError("The event file is too large.", where=str(path))
        payload = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError("The event file cannot be read.", where=str(path), then="Run inside a workflow.") from error
    return parse_event(name, payload if isinstance(payload, dict) else {})


def parse_event(name: str, payload: Payload) -> Event:
    """Parse an event by its name ("Webhook events and payloads", GitHub documentation)."""
    match name:
        case "pull_request" | "pull_request_target":
            return _pull_request(name, payload)
        case "workflow_dispatch":
            inputs = _part(payload, "inputs")
            return Dispatch({key: _text(inputs, key) for key in inputs}, ref=_text(payload, "ref"))
        case "merge_group":
            group = _part(payload, "merge_group")
            action = _text(payload, "action") or "checks_requested"
            return MergeGroup(_needed(group, "base_sha"), _needed(group, "head_sha"), action)
        case "push":
            return _push(payload)
        case "issue_comment" if "pull_request" in _part(payload, "issue"):
            return _issue_comment(payload)
        case "workflow_run":
            return _workflow_run(payload)
        case "schedule":
            return Schedule()
        case _:
            return Other(name)


def _pull_request(name: str, payload: Payload) -> PullRequest:
    pull = _part(payload, "pull_request")
    base, head = _part(pull, "base"), _part(pull, "head")
    repository = _text(_part(base, "repo"), "full_name")
    head_repo = _text(_part(head, "repo"), "full_name") or None
    labels = pull.get("labels")
    return PullRequest(
        number=_number(pull, "number"),
        title=_text(pull, "title"),
        base_sha=_needed(base, "sha"),
        head_sha=_needed(head, "sha"),
        head_repo=head_repo,
        fork=head_repo != repository,
        draft=pull.get("draft") is True,
        action=_text(payload, "action"),
        base_ref=_text(base, "ref"),
        repository=repository,
        labels=tuple(_text(label, "name") for label in labels if isinstance(label, dict))
        if isinstance(labels, list)
        else (),
        event=name,
    )


def _push(payload: Payload) -> Push:
    ref = _text(payload, "ref")
    return Push(
        before=_commit(payload, "before"),
        after=_commit(payload, "after"),
        ref=ref,
        default=ref == f"refs/heads/{_text(_part(payload, 'repository'), 'default_branch')}",
        forced=payload.get("forced") is True,
    )


def _issue_comment(payload: Payload) -> IssueComment:
    comment, sender = _part(payload, "comment"), _part(payload, "sender")
    return IssueComment(
        action=_text(payload, "action"),
        number=_number(_part(payload, "issue"), "number"),
        comment=_number(comment, "id"),
        body=_text(comment, "body"),
        before=_text(_part(_part(payload, "changes"), "body"), "from"),
        author=_text(_part(comment, "user"), "login"),
        sender=_text(sender, "login"),
        person=_text(sender, "type") == "User",
        at=_text(comment, "updated_at"),
    )


def _workflow_run(payload: Payload) -> WorkflowRun:
    run = _part(payload, "workflow_run")
    return WorkflowRun(
        event=_text(run, "event"),
        head_sha=_needed(run, "head_sha"),
        head_branch=_text(run, "head_branch"),
        head_repository=_text(_part(run, "head_repository"), "full_name") or None,
        conclusion=_text(run, "conclusion"),
    )


def _part(payload: Payload, key: str) -> Payload:
    part = payload.get(key)
    return part if isinstance(part, dict) else {}


def _text(payload: Payload, key: str) -> str:
    match payload.get(key):
        case None:
            return ""
        case bool(value):
            return str(value).lower()
        case value:
            return str(value)


def _needed(payload: Payload, key: str) -> str:
    if text := _text(payload, key):
        return text
    raise SourceError(f"The event has no `{key}`.", then="Run on `pull_request`, `merge_group` or `workflow_dispatch`.")


def _number(payload: Payload, key: str) -> int:
    number = payload.get(key)
    if isinstance(number, int) and number > 0:
        return number
    raise SourceError(f"The event has no `{key}`.", then="Run on `pull_request`.")


def _commit(payload: Payload, key: str) -> str:
    sha = _text(payload, key)
    return sha if sha.strip("0") else ""
