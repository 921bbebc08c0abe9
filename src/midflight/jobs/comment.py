"""Answers what people do in comments of a pull request: a box of ours that they tick, a command that they write."""

import re
from dataclasses import dataclass

from midflight.adapters.event import Event, IssueComment
from midflight.adapters.github.client import GitHub, Pull
from midflight.errors import SourceError
from midflight.jobs.check import check_again, github_of
from midflight.jobs.failure import failing
from midflight.jobs.model import Job, context_of
from midflight.jobs.standing import set_status
from midflight.publish.approvals import Edit, answered, changed_boxes
from midflight.publish.decide import DEFAULT_KEY, comment_body, context_for, part_of
from midflight.publish.exit import PASSED
from midflight.publish.marker import Marker, parse_marker
from midflight.publish.model import SetStatus, StatusState, UpsertComment
from midflight.publish.override import How, Override, with_override

_COMMAND = re.compile(r"/midflight(?:[ \t]+(?P<word>\S+))?(?:[ \t]+(?P<more>.*\S))?[ \t]*")  # the first line alone
_USAGE = "Commands are `/midflight override <reason>` and `/midflight recheck`, on the first line of a comment."
_NO_REPORT = "The check of this commit has left no report.\n"
_SEEN, _REFUSED = "eyes", "confused"


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for: a word, and the rest of the line."""

    word: str
    more: str


def run(job: Job, event: Event) -> int:
    """Answer; the status tells how it ends, and the exit code is 0 unless this run itself fails."""
    match event:
        case IssueComment(person=False):
            job.actions.say(f"@{event.sender} is no person: nothing to do.")
        case IssueComment(action="created"):
            if command := parse_command(event.body):
                _obey(job, event, command)
            else:
                job.actions.say("The comment holds no command: nothing to do.")
        case IssueComment(action="edited") if parse_marker(event.body) and changed_boxes(event.before, event.body):
            _answer_ticks(job, event)
        case IssueComment():
            job.actions.say("Nobody ticked a box of ours: nothing to do.")
        case _:
            raise SourceError(f"`{job.runner.event_name}` is about no comment.", then="Run on `issue_comment`.")
    return PASSED


def parse_command(body: str) -> Command | None:
    """Read a command; it must stand at the very beginning, so that no quotation or example is one."""
    found = _COMMAND.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    return Command((found["word"] or "").lower(), found["more"] or "") if found else None


def _answer_ticks(job: Job, event: IssueComment) -> None:
    github, marker = github_of(job), parse_marker(event.body)
    if marker is None or not github.is_own(event.author, marker):
        job.actions.say("The comment is not ours: nothing to do.")
        return
    allowed = github.conversation.may_write(event.sender)
    pull = github.pull_request(event.number)
    edit = Edit(event.before, event.body, by=event.sender, at=event.at, may_write=allowed)
    with failing(job, pull.head_sha if allowed else ""):
        now = github.conversation.edit(event.comment, lambda body: answered(body, edit))
        if now is None:
            job.actions.say("The comment is gone: the next check writes a new one.")
            return
        marker = parse_marker(now)
        if marker and marker.head == pull.head_sha:
            _restate(job, github, pull, marker, now)
        else:
            job.actions.say("The comment speaks of an older commit: the check of the new one reads the ticks.")


def _restate(job: Job, github: GitHub, pull: Pull, marker: Marker, body: str) -> None:
    """Set the status from the comment; one that failed stays, because only a check can say what was found."""
    context = context_for(marker.key)
    said = github.status_state(pull.head_sha, context)
    if said in (StatusState.ERROR, StatusState.FAILURE):
        job.actions.say(f"The status stays `{said}`: approvals do not change what was found.")
        return
    set_status(job, body, SetStatus(pull.head_sha, StatusState.ERROR, "", context, job.runner.run_url))


def _obey(job: Job, event: IssueComment, command: Command) -> None:
    github = github_of(job)
    why_not = _refused(github, event, command)
    if why_not:
        github.conversation.react(event.comment, _REFUSED)
        job.actions.say(why_not)
        return
    github.conversation.react(event.comment, _SEEN)
    pull = github.pull_request(event.number)
    if command.word == "recheck":
        check_again(job, pull)
    else:
        with failing(job, pull.head_sha):
            _override(job, github, pull, Override(event.sender, command.more, pull.head_sha, How.COMMENT, event.at))


def _refused(github: GitHub, event: IssueComment, command: Command) -> str:
    if command.word not in ("override", "recheck"):
        return _USAGE
    if command.word == "override" and not command.more:
        return f"An override needs a reason. {_USAGE}"
    if not github.conversation.may_write(event.sender):
        return f"@{event.sender} has no write access: the command does not count."
    return ""


def _override(job: Job, github: GitHub, pull: Pull, override: Override) -> None:
    """Say it in every comment of ours and set each one's status; without a comment one is made that says only this."""
    comments = github.own_comments(pull.number)
    for comment in comments:
        body = github.conversation.edit(comment.id, lambda body: with_override(body, override))
        _let_through(job, pull, body or with_override(comment.body, override), context_for(comment.marker.key))
    whole = context_of(job)
    contexts = {context_for(comment.marker.key) for comment in comments}
    if whole not in contexts and any(part_of(context, whole) for context in contexts):
        _let_through(job, pull, with_override(comments[0].body, override), whole)
    if not comments:
        body = with_override(comment_body(f"\n{_NO_REPORT}", Marker(DEFAULT_KEY, pull.head_sha)), override)
        github.upsert_comment(UpsertComment(pull.number, DEFAULT_KEY, pull.head_sha, body))
        _let_through(job, pull, body, context_of(job))


def _let_through(job: Job, pull: Pull, body: str, context: str) -> None:
    set_status(job, body, SetStatus(pull.head_sha, StatusState.ERROR, "", context, job.runner.run_url))
