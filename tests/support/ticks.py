"""Ticks boxes of the bot's comment on the fake GitHub, as people do."""

import re

from midflight.publish.approvals import Edit, answered
from support.action_runs import Platform, Ran
from support.fake_github.events import created_event, edited_event
from support.fake_github.state import Comment

BOT = "github-actions[bot]"
TEAM, STAGING, ORDER = "approval.team", "approval.staging", "approval.order"


def own(platform: Platform, branch: str) -> Comment:
    """The bot's one comment."""
    [comment] = platform.gh.comments(platform.numbers[branch], BOT)
    return comment


def line_of(body: str, item: str) -> str:
    """The line of an item."""
    [line] = [line for line in body.split("\n") if f"<!-- midflight:item {item} " in line]
    return line


def toggled(body: str, item: str) -> str:
    """The text after a click on the box of an item."""
    line = line_of(body, item)
    clicked = line.replace("- [ ]", "- [x]", 1) if "- [ ]" in line else line.replace("- [x]", "- [ ]", 1)
    return body.replace(line, clicked)


def answer(comment: Comment, item: str, by: str) -> None:
    """Another run writes a tick that its event told of, between two requests of ours."""
    edit = Edit(comment.body, toggled(comment.body, item), by=by, at="2026-01-02T03:04:05Z", may_write=True)
    comment.body = answered(comment.body, edit)


def toggle(platform: Platform, branch: str, item: str, by: str = "octocat", **more: str) -> Ran:
    """Somebody clicks a box, and the workflow runs on that."""
    comment = own(platform, branch)
    event = edited_event(platform.numbers[branch], comment, toggled(comment.body, item), by, **more)
    return platform.start("issue_comment", event)


def say(platform: Platform, branch: str, text: str, by: str = "octocat") -> Ran:
    """Somebody comments, and the workflow runs on that."""
    number = platform.numbers[branch]
    return platform.start("issue_comment", created_event(number, platform.gh.add_comment(number, by, text), by))


def shown(body: str, item: str) -> str:
    """The line of an item without what is hidden in it."""
    return re.sub(r" <!--.*?-->", "", line_of(body, item)).replace("&#8203;", "")


def status(platform: Platform, branch: str) -> tuple[str, str]:
    """State and description of the status of a pull request's head."""
    found = platform.gh.statuses(platform.head(branch))[-1]
    return found["state"], found["description"]
