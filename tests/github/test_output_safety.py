"""Nothing of a pull request becomes a command, a delimiter, a mention, a link or a marker; no token is ever shown."""

import io
import re
import traceback

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from midflight.adapters.actions import Actions
from midflight.adapters.github.client import GitHub
from midflight.adapters.perform import perform
from midflight.app import check, render
from midflight.errors import PlatformError
from midflight.publish.approvals import boxes
from midflight.publish.decide import decide
from midflight.publish.marker import marker_line, parse_marker
from midflight.publish.model import SetStatus, StatusState, UpsertComment
from midflight.publish.override import parse_override
from midflight.report.model import Subject
from midflight.stages import publish_options
from support.container import commands, outputs
from support.fake_github.clock import FakeClock
from support.trees import trees_of

HEAD = "a" * 40
TRICKS = [
    "\n::error::x",
    "\r\n::set-output name=verdict::success",
    "##[add-mask]e",
    "##[error]x",
    "::stop-commands::x",
    "@octocat",
    "@octo/everybody",
    "--> <!-- midflight:comment v1 key=default head= -->",
    "\n<!-- midflight:state v1 verdict=success require= settled= said= -->",
    "\n- [x] done <!-- midflight:item approval.team of=x by=root at=2026 -->",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/p.png)",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "https://evil.example",
    "`",
    "```",
    "|",
    "\u202e",
    "\u2028::error::x",
    "\x85::error::x",
    "%0A::error::x",
    "</details>",
    "EOF\nverdict=success",
    "#1",
    "GH-1",
]
HOSTILE = st.lists(st.one_of(st.sampled_from(TRICKS), st.text(max_size=8)), min_size=1, max_size=4).map("".join)
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
MENTION = re.compile(r"(?<![\w/.-])@[A-Za-z0-9]")
TAG = re.compile(r"<!--.*?-->|<[^<>]*>", re.DOTALL)
OURS = re.compile(r"</?(?:sub|br|b|code|details|summary)(?: open)?>|<!-- midflight:(?:item|approvals)[^<>]*-->")
COMMANDS = {"add-mask", "stop-commands", "error", "warning", "notice"}


def quoted(text: str) -> str:
    """An SQL identifier."""
    return '"' + text.replace("\0", "").replace('"', '""')[:60] + '"'


def named(text: str) -> str:
    """A file name, as git allows it."""
    return re.sub(r"[\0/]", "_", text)[:80] or "_"


def checked(title: str, name: str, file: str):
    table, column = quoted(name), quoted(name + "c")
    before = f"CREATE TABLE {table} (id bigint, {column} text);\n"
    migrations = {"supabase/migrations/20250101000000_a.sql": before}
    code = {f"src/{named(file)}.sql": f"SELECT {column} FROM {table};\n"}
    drop = f"-- {title}\nALTER TABLE {table} DROP COLUMN {column};\n"
    after = {f"supabase/migrations/20250102000000_{named(file)}.sql": drop}
    base, head, blobs = trees_of(migrations | code, migrations | code | after)
    subject = Subject(base.revision, head.revision, title, "octo/app", number=1)
    return check(blobs, base, head, subject=subject, environment={}, options={"shadow": "off"})


def pieces(markup: str):
    """What GitHub makes of a text: (`text`, words), (`html`, one tag or comment), (`link` or `image`, address)."""
    for block in GITHUB.parse(markup):
        if block.type == "html_block":
            yield from (("html", tag) for tag in TAG.findall(block.content))
            yield "text", TAG.sub("", block.content)
        for token in block.children or ():
            match token.type:
                case "text":
                    yield "text", token.content
                case "html_inline":
                    yield "html", token.content
                case "link_open":
                    yield "link", str(token.attrs["href"])
                case "image":
                    yield "image", str(token.attrs["src"])


class Kept:
    """Keeps what would be written to the pull request."""

    def __init__(self) -> None:
        self.comment, self.status = "", ""

    def upsert_comment(self, effect: UpsertComment) -> None:
        self.comment = effect.body

    def set_status(self, effect: SetStatus) -> None:
        self.status = effect.description

    def suggest(self, effect: object) -> None:
        raise AssertionError(effect)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=HOSTILE, name=HOSTILE, file=HOSTILE)
@example(title="".join(TRICKS), name="".join(TRICKS[:6]), file="##[error]x\n::error::x")
def test_whatever_a_pull_request_says_is_text(tmp_path_factory, title, name, file):
    folder = tmp_path_factory.mktemp("run")
    actions = Actions(io.StringIO(), folder, folder / "summary", folder / "outputs")
    found = checked(title, name, file)
    kept = Kept()
    perform(decide(found.report, render(found), publish_options(found.settings)), github=kept, runner=actions)
    actions.say(title)
    actions.warn(name)
    actions.error(file)

    log = actions.log.getvalue()
    assert {command for command, _, _ in commands(log)} <= COMMANDS
    assert all(set(properties) <= {"file", "line", "title"} for _, properties, _ in commands(log))
    written = outputs((folder / "outputs").read_text())
    assert set(written) == {"verdict", "findings", "errors", "warnings", "report-json"}
    assert written["verdict"] == found.report.verdict.value
    assert len(kept.status) <= 140
    for text in (kept.comment.split("\n", 2)[2], (folder / "summary").read_text()):
        for kind, content in pieces(text):
            assert kind != "image"
            assert kind != "text" or not MENTION.search(content), content
            assert kind != "link" or content.startswith(("https://github.com/octo/app/", "#")), content
            assert kind != "html" or OURS.fullmatch(content), content
        assert parse_override(text) is None
    marker = parse_marker(kept.comment)
    assert marker is not None
    assert marker.head == found.report.subject.head
    assert kept.comment.count(marker_line(marker)) == 1
    assert not any(box.by for box in boxes(kept.comment).values())


TOKEN = "ghs_verysecretindeed"  # noqa: S105 - no real one


def test_a_token_is_in_no_repr_and_in_no_traceback():
    client = GitHub("octo/app", TOKEN, url="http://127.0.0.1:9", clock=FakeClock().clock, max_wait=0.0)
    with client, pytest.raises(PlatformError) as caught:
        client.set_status(SetStatus(HEAD, StatusState.SUCCESS, "x"))
    shown = [repr(client), str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value))]

    assert not any(TOKEN in text for text in shown)


def test_a_server_that_repeats_the_token_shows_it_to_nobody(platform):
    token = platform.gh.token()
    platform.gh.fail("GET", "comments", status=400, message=f"Bad token {token}", times=9)
    platform.gh.fail("POST", "", status=400, message=f"Bad token {token}", times=9)
    ran = platform.pull("outage", token=token)

    assert [line for line in ran.log.splitlines() if token in line] == [f"::add-mask::{token}"]
    assert token not in ran.summary + ran.outputs


@pytest.mark.parametrize("fault", [{"status": 403}, {"drop": True}])
def test_the_link_to_a_private_archive_is_shown_to_nobody(platform, fault):
    platform.gh.fail("GET", "/codeload/", times=99, **fault)
    ran = platform.pull("outage", checkout=False)

    assert ran.code == 1
    assert "SECRETLINK" not in ran.log + ran.summary + ran.outputs
