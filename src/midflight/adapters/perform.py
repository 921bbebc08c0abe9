"""Carries out effects: first what needs no token, then the comment, and the status that gates the merge last."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from midflight.adapters.github.waits import PermissionRefusedError
from midflight.errors import MidflightError, PlatformError
from midflight.publish.model import (
    Annotate,
    AppendSummary,
    Effect,
    SetDeploymentStatus,
    SetOutput,
    SetStatus,
    Suggest,
    TellIncident,
    UpsertComment,
    UpsertIssue,
    UpsertRelease,
    WriteFile,
)

Remote = UpsertComment | Suggest | SetStatus | UpsertRelease | UpsertIssue | TellIncident | SetDeploymentStatus

READ_ONLY = (
    "This token may not write {what} on the pull request (it only reads, as for every fork, or the job's `permissions` "
    "lack `pull-requests: write` and `statuses: write`). The report is in the job summary."
)
NO_TOKEN = "There is no token to write {what} on the pull request with. The report is in the job summary."  # noqa: S105 - a sentence

_ORDER: tuple[type[Effect], ...] = (
    WriteFile,
    SetOutput,
    AppendSummary,
    Annotate,
    UpsertComment,
    Suggest,
    UpsertRelease,
    UpsertIssue,
    TellIncident,
    SetDeploymentStatus,
    SetStatus,
)
_RIGHTS: Mapping[type[Effect], str] = {
    UpsertRelease: "The draft release was not written: the token lacks `contents: write`.",
    UpsertIssue: "The issue with the runbook was not written: the token lacks `issues: write`.",
    SetDeploymentStatus: "The deployment's status was not set: the token lacks `deployments: write`.",
    TellIncident: "The issue was not written: the token lacks `issues: write`.",
}


class Runner(Protocol):
    """What runs us: it keeps files, outputs, summary and annotations. `Actions` is one, a terminal may be another."""

    def annotate(self, annotations: Sequence[Annotate]) -> None:
        """Show annotations."""
        ...

    def append_summary(self, markdown: str) -> None:
        """Append to the job summary."""
        ...

    def set_output(self, name: str, value: str) -> None:
        """Set a step output."""
        ...

    def write_file(self, path: str, text: str) -> None:
        """Write a file; relative paths are below the workspace."""
        ...


class Platform(Protocol):
    """What keeps the pull request; `GitHub` is one."""

    def upsert_comment(self, effect: UpsertComment) -> None:
        """Post or edit the comment."""
        ...

    def suggest(self, effect: Suggest) -> None:
        """Suggest changes in a review."""
        ...

    def upsert_release(self, effect: UpsertRelease) -> None:
        """Draft a release, or write the notes into its draft."""
        ...

    def upsert_issue(self, effect: UpsertIssue) -> None:
        """Open the issue with the runbook, or bring it up to date."""
        ...

    def tell_incident(self, effect: TellIncident) -> None:
        """Open the issue of a threshold that is crossed, bring it up to date, or close it."""
        ...

    def set_deployment_status(self, effect: SetDeploymentStatus) -> None:
        """Say how a deployment stands."""
        ...

    def set_status(self, effect: SetStatus) -> None:
        """Set the commit status."""
        ...


def perform(effects: Iterable[Effect], *, github: Platform | None, runner: Runner) -> tuple[str, ...]:
    """Carry out the effects and give the warnings; one that fails stops none of the others.

    Whatever a token may not write is told in one warning together.
    """
    ordered = sorted(effects, key=lambda effect: _ORDER.index(type(effect)))
    local = [effect for effect in ordered if not isinstance(effect, Remote | Annotate)]
    annotations = [effect for effect in ordered if isinstance(effect, Annotate)]
    remote = [effect for effect in ordered if isinstance(effect, Remote)]
    steps: list[Callable[[], None]] = [_local_step(effect, runner) for effect in local]
    if annotations:
        steps.append(lambda: runner.annotate(annotations))
    warnings = [warning for step in steps if (warning := _complaint(step))]
    return (*warnings, *_perform_remote(remote, github))


def _local_step(effect: WriteFile | SetOutput | AppendSummary, runner: Runner) -> Callable[[], None]:
    match effect:
        case WriteFile(path, text):
            return lambda: runner.write_file(path, text)
        case SetOutput(name, value):
            return lambda: runner.set_output(name, value)
        case AppendSummary(markdown):
            return lambda: runner.append_summary(markdown)


def _complaint(step: Callable[[], None]) -> str:
    try:
        step()
    except MidflightError as error:
        return error.sentence
    except OSError as error:
        return f"{error.filename or 'A file'}: {error.strerror or 'could not be written'}."
    return ""


def _perform_remote(effects: Sequence[Remote], github: Platform | None) -> Iterator[str]:
    if github is None:
        if effects:
            yield NO_TOKEN.format(what=_named(effects))
        return
    refused = []
    for effect in effects:
        try:
            _write(effect, github)
        except PermissionRefusedError:
            if type(effect) in _RIGHTS:
                yield _RIGHTS[type(effect)]
            else:
                refused.append(effect)
        except PlatformError as error:
            yield error.sentence
    if refused:
        yield READ_ONLY.format(what=_named(refused))


def _write(effect: Remote, github: Platform) -> None:
    match effect:
        case UpsertComment():
            github.upsert_comment(effect)
        case Suggest():
            github.suggest(effect)
        case UpsertRelease():
            github.upsert_release(effect)
        case UpsertIssue():
            github.upsert_issue(effect)
        case TellIncident():
            github.tell_incident(effect)
        case SetDeploymentStatus():
            github.set_deployment_status(effect)
        case SetStatus():
            github.set_status(effect)


def _named(effects: Iterable[Remote]) -> str:
    names = {
        UpsertComment: "the comment",
        Suggest: "the suggestions",
        UpsertRelease: "the draft release",
        UpsertIssue: "the issue",
        TellIncident: "the issue",
        SetDeploymentStatus: "the deployment's status",
        SetStatus: "the commit status",
    }
    return " and ".join(dict.fromkeys(names[type(effect)] for effect in effects))
