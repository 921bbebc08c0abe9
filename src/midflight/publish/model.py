"""Effects: the writes we intend. `decide` makes them, `perform` (an adapter) carries them out."""

from dataclasses import dataclass
from enum import StrEnum


class StatusState(StrEnum):
    """GitHub's commit status states."""

    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    PENDING = "pending"


class AnnotationLevel(StrEnum):
    """GitHub's workflow commands."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class UpsertComment:
    """Post or edit the one sticky comment of a pull request.

    `key` tells our comments apart (one for each `comment_key` setting), `body` holds the marker already;
    `head` is the commit the body speaks of: an older run never overwrites a newer one. With `create` False an
    existing comment is edited but none is made (nothing to say, and nothing said before).
    """

    number: int
    key: str
    head: str
    body: str
    create: bool = True


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A comment on lines of the diff; `body` holds what would stand there instead, `id` tells it from others."""

    id: str
    path: str
    first: int
    last: int
    body: str


@dataclass(frozen=True, slots=True)
class Suggest:
    """Suggest changes in one review of the commit `head`; what a review of ours has suggested is left out."""

    number: int
    key: str
    head: str
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Set the commit status `context` on `sha`; `description` has at most 140 characters."""

    sha: str
    state: StatusState
    description: str
    context: str = "midflight"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Annotate:
    """One annotation in the diff (a workflow command on standard output); texts are raw, escaped at the border."""

    level: AnnotationLevel
    path: str
    line: int
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class AppendSummary:
    """Append Markdown to the job summary (at most 1 MiB)."""

    markdown: str


@dataclass(frozen=True, slots=True)
class SetOutput:
    """Set one step output."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write a file; a relative path is under the workspace."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class UpsertRelease:
    """Draft a release of `tag` at `commit` with the notes, or write them into the draft that is there."""

    key: str
    tag: str
    commit: str
    name: str
    notes: str


@dataclass(frozen=True, slots=True)
class UpsertIssue:
    """Open the issue with the runbook of what comes after the commit `from_`, or bring the open one up to date."""

    key: str
    from_: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class SetDeploymentStatus:
    """Say of a deployment, by its number, how it stands; `description` has at most 140 characters."""

    deployment: int
    state: StatusState
    description: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class TellIncident:
    """Open the one issue of a key, or bring the open one up to date; with `over`, close it with `body` as its comment.

    `head` is the commit that was watched, empty where the issue is not about one.
    """

    key: str
    head: str
    title: str
    body: str
    over: bool = False


Effect = (
    TellIncident
    | SetDeploymentStatus
    | UpsertRelease
    | UpsertIssue
    | UpsertComment
    | Suggest
    | SetStatus
    | Annotate
    | AppendSummary
    | SetOutput
    | WriteFile
)
