"""Decides what is written of release notes: files, summary, output, a draft release, and an issue with the runbook."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from midflight.publish.approvals import joined
from midflight.publish.model import AppendSummary, Effect, SetOutput, UpsertIssue, UpsertRelease, WriteFile

_FIRST_LINE = re.compile(r"<!-- midflight:runbook v1 key=([^\s<>]{1,400}) from=([0-9a-f]{1,64}) -->")
_BEGIN = "<!-- midflight:notes v1 key={key} -->"
_END = "<!-- midflight:notes end -->"


@dataclass(frozen=True, slots=True)
class ReleaseTexts:
    """What was rendered of one range; `issue` is the runbook in the size of an issue.

    The announcements are empty where there is nothing to announce.
    """

    title: str
    notes: str
    runbook: str
    issue: str
    before: str
    after: str
    data: str


@dataclass(frozen=True, slots=True)
class ReleaseOptions:
    """What may be written beside the summary: files beginning with `path`, and on GitHub what is asked for.

    `tag` is that of the draft release, empty for none; `issue` asks for the runbook's issue. `from_` and `to` are the
    range's commits, `key` tells the issues and drafts of several jobs apart.
    """

    path: str
    key: str
    from_: str
    to: str
    tag: str = ""
    issue: bool = False


def decide_release(texts: ReleaseTexts, options: ReleaseOptions) -> tuple[Effect, ...]:
    """Give every write that the release notes call for."""
    files = tuple(WriteFile(path, text) for path, text in _files(texts, options.path) if text)
    told = (SetOutput("release-notes", options.path), AppendSummary(texts.notes), AppendSummary(texts.runbook))
    return (*files, *told, *_remote(texts, options))


def _files(texts: ReleaseTexts, path: str) -> tuple[tuple[str, str], ...]:
    """The notes where the setting says; the others beside them, by its name."""
    whole = PurePosixPath(path)

    def beside(end: str) -> str:
        return str(whole.with_name(f"{whole.stem}{end}"))

    return (
        (path, texts.notes),
        (beside("-runbook.md"), texts.runbook),
        (beside("-before.txt"), texts.before),
        (beside("-after.txt"), texts.after),
        (beside(".json"), texts.data),
    )


def _remote(texts: ReleaseTexts, options: ReleaseOptions) -> tuple[Effect, ...]:
    release = UpsertRelease(options.key, options.tag, options.to, options.tag, texts.notes)
    title = f"Deploy {texts.title}"
    issue = UpsertIssue(options.key, options.from_, title, texts.issue)
    return (*((release,) if options.tag else ()), *((issue,) if options.issue else ()))


def runbook_body(effect: UpsertIssue, old: str = "") -> str:
    """Return the issue's text with our marker; a box that is ticked in `old` stays so where its work is the same."""
    line = f"<!-- midflight:runbook v1 key={quote(effect.key, safe='')} from={effect.from_} -->"
    return joined(old, f"{line}\n{effect.body}")


def is_runbook(body: str, effect: UpsertIssue) -> bool:
    """Whether an issue is the runbook of the same job for what is deployed now; elsewhere a marker is a quotation."""
    found = _FIRST_LINE.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    return found is not None and (unquote(found[1]), found[2]) == (effect.key, effect.from_)


def release_body(effect: UpsertRelease, old: str = "") -> str:
    """Return a release's text with our notes in place of the earlier ones; what people wrote around them stays."""
    begin = _BEGIN.format(key=quote(effect.key, safe=""))
    ours = f"{begin}\n{effect.notes.strip()}\n{_END}"
    before, found, rest = old.replace("\r\n", "\n").partition(begin)
    _, ended, after = rest.partition(_END)
    if found and ended:
        return f"{before}{ours}{after}"
    return f"{old.rstrip()}\n\n{ours}" if old.strip() else ours
