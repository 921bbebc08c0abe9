"""Decides what is written of a watch: summary, output, status, and the issue while a threshold is crossed."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from midflight.plan.watching import Standing, Watch
from midflight.publish.decide import context_for
from midflight.publish.exit import PASSED, UNSAFE
from midflight.publish.marker import Marker
from midflight.publish.model import (
    AppendSummary,
    Effect,
    SetDeploymentStatus,
    SetOutput,
    SetStatus,
    StatusState,
    TellIncident,
)
from midflight.text import printable, prose, shorten

COULD_NOT_TELL = 1
_FIRST_LINE = re.compile(r"<!-- midflight:incident v1 key=([^\s<>]{1,400}) head=([0-9a-f]{0,64}) -->")
_CODES = {Standing.FINE: PASSED, Standing.CROSSED: UNSAFE, Standing.UNKNOWN: COULD_NOT_TELL}
_STATES = {
    Standing.FINE: StatusState.SUCCESS,
    Standing.CROSSED: StatusState.FAILURE,
    Standing.UNKNOWN: StatusState.ERROR,
}
_MOST_TITLE = 256


@dataclass(frozen=True, slots=True)
class WatchTexts:
    """What was rendered of one watch."""

    headline: str
    title: str
    summary: str
    incident: str
    data: str


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What may be written: the key of the job, the commit that runs (empty for none), and the page of this run."""

    key: str
    head: str = ""
    run: str = ""
    status: bool = True
    deployment: int = 0  # GitHub's number of it, 0 for none


def watch_code(watch: Watch) -> int:
    """Give the exit code: 0 within all limits, 10 over one, 1 where something could not be told."""
    return _CODES[watch.standing]


def decide_watch(watch: Watch, texts: WatchTexts, options: WatchOptions) -> tuple[Effect, ...]:
    """Give every write; while something could not be told, an open issue is left as it is."""
    told = (AppendSummary(texts.summary), SetOutput("watch", texts.data))
    return (*told, *_incident(watch, texts, options), *_status(watch, texts, options))


def _incident(watch: Watch, texts: WatchTexts, options: WatchOptions) -> tuple[TellIncident, ...]:
    if watch.standing is Standing.UNKNOWN:
        return ()
    over = watch.standing is Standing.FINE
    title = shorten(printable(" ".join(texts.title.split())), _MOST_TITLE)
    body = f"{texts.headline}. Closed by the watch." if over else texts.incident
    return (TellIncident(options.key, options.head, title, body, over=over),)


def _status(watch: Watch, texts: WatchTexts, options: WatchOptions) -> tuple[Effect, ...]:
    """A status of its own; it links to the run only while it matters: GitHub keeps 1,000 of a commit at most."""
    url = "" if watch.standing is Standing.FINE else options.run
    return _said(_STATES[watch.standing], texts.headline, options, url)


def _said(
    state: StatusState, what: str, options: WatchOptions, url: str
) -> tuple[SetStatus | SetDeploymentStatus, ...]:
    commit = SetStatus(options.head, state, what, f"{context_for(options.key)}/watch", url)
    deployment = SetDeploymentStatus(options.deployment, state, what, url)
    return (
        *((commit,) if options.head and options.status else ()),
        *((deployment,) if options.deployment else ()),
    )


def lost(why: str, options: WatchOptions) -> tuple[Effect, ...]:
    """Give the writes of a run that could not ask at all; an open issue is left as it is."""
    said = shorten(f"Could not tell: {' '.join(why.split())}", 140)
    return (AppendSummary(f"## Watch: ❔ {prose(said)}"), *_said(StatusState.ERROR, said, options, options.run))


def incident_body(effect: TellIncident) -> str:
    """Return the issue's text with our marker."""
    return f"<!-- midflight:incident v1 key={quote(effect.key, safe='')} head={effect.head} -->\n{effect.body}"


def marker_of(body: str) -> Marker | None:
    """Find the marker on the first line of an issue; anywhere else it is a quotation."""
    found = _FIRST_LINE.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    return Marker(unquote(found[1]), found[2]) if found else None
