"""Says in one line what an effect would write, for a dry run."""

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


def describe(effect: Effect) -> str:
    """Describe one effect; texts of the pull request are shown as literals, so that none can act on a terminal."""
    match effect:
        case UpsertComment(number, key, _, body, create):
            verb = "post or edit" if create else "edit, if there is one,"
            return f"{verb} the comment {key!r} on pull request {number} ({len(body)} characters)"
        case Suggest(number, _, _, suggestions):
            places = ", ".join(f"{each.path!r} line {each.first}" for each in suggestions)
            return f"suggest changes on pull request {number}: {places}"
        case SetStatus(sha, state, description, context):
            return f"set the status {context!r} of {sha[:12]} to {state}: {description!r}"
        case Annotate(level, path, line, title):
            return f"annotate {path!r} line {line} with {level}: {title!r}"
        case AppendSummary(markdown):
            return f"append {len(markdown)} characters to the job summary"
        case SetDeploymentStatus(number, state, description):
            return f"set the status of deployment {number} to {state}: {description!r}"
        case TellIncident(_, _, title, _, over):
            return f"close the issue: {title!r}" if over else f"open or edit the issue {title!r}"
        case SetOutput() | WriteFile() | UpsertRelease() | UpsertIssue():
            return _named(effect)


def _named(effect: SetOutput | WriteFile | UpsertRelease | UpsertIssue) -> str:
    match effect:
        case SetOutput(name, value):
            return f"set the output {name!r} to {value!r}"
        case WriteFile(path, text):
            return f"write {len(text)} characters to {path!r}"
        case UpsertRelease(_, tag, _, _, notes):
            return f"draft the release {tag!r} ({len(notes)} characters)"
        case UpsertIssue(_, _, title, body):
            return f"open or edit the issue {title!r} ({len(body)} characters)"
