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
    """The merge queue asks about a group of pull requests as one change."""

    base_sha: str
    head_sha: str


@dataclass(frozen=True, slots=True)
class Push:
    """Commits were pushed; `before` is empty for a new branch, `after` for a deleted one."""

    before: str
    after: str
    ref: str


@dataclass(frozen=True, slots=True)
class Other:
    """An event that names no change to check."""

    name: str


Event = PullRequest | Dispatch | MergeGroup | Push | Other


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
            return MergeGroup(_needed(group, "base_sha"), _needed(group, "head_sha"))
        case "push":
            return Push(_commit(payload, "before"), _commit(payload, "after"), _text(payload, "ref"))
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
