"""Where the lines that a report names can be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from midflight.changes.model import Status
from midflight.compatibility.lasting import one
from midflight.compatibility.model import Side
from midflight.inspection.suppress import RULE as SUPPRESSION
from midflight.references.surfaces import SERVER, RunsOn
from midflight.report.model import Origin, Report, Subject
from midflight.text import shorten, shorten_path, url_path

_PATH = 120
_NAME = 60
_URL = 2000  # longer ones are of no use to a browser, and many of them would fill the comment


@dataclass(frozen=True, slots=True)
class Spot:
    """A line that a reader can open; `url` is empty where there is nothing to open (a local run).

    `runs_on` is what runs the code ("mobile"), empty for the server and for what is no code.
    """

    label: str
    url: str = ""
    runs_on: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """Makes spots for one report; `gone` are the paths that only base has, `elsewhere` where code of others is."""

    subject: Subject
    gone: frozenset[str] = frozenset()
    elsewhere: Mapping[str, Origin] = field(default_factory=dict)

    def spot(self, path: str, line: int = 0, side: Side = Side.HEAD, runs: RunsOn = SERVER) -> Spot:
        """Return the spot of a line at one side's revision; line 0 means the file."""
        label = shorten_path(path, _PATH) + (f":{line}" if line else "")
        return Spot(label, self.url(path, line, side), shorten(one(runs), _NAME) if runs.is_special else "")

    def url(self, path: str, line: int, side: Side) -> str:
        """Return `{server}/{repository}/blob/{revision}/{path}#L{line}`, empty without a repository or far too long."""
        subject = self.subject
        origin, path = self._origin(path, side)
        if not origin.repository or not 0 < len(path) < _URL or not subject.server.startswith(("https://", "http://")):
            return ""
        revision = url_path(origin.revision)
        anchor = f"#L{line}" if line else ""
        url = f"{web(subject.server)}/{url_path(origin.repository)}/blob/{revision}/{url_path(path)}{anchor}"
        return url if len(url) <= _URL else ""

    def _origin(self, path: str, side: Side) -> tuple[Origin, str]:
        """Where a path is, and the path there: other repositories' code has the repository before it."""
        before, _, there = path.partition(":")
        if before in self.elsewhere and there:
            # links need a server: a local run has none, even where another repository was read over the API
            return self.elsewhere[before] if self.subject.repository else Origin("", ""), there
        old = side is Side.BASE or path in self.gone
        return Origin(self.subject.repository, self.subject.base if old else self.subject.head), path


def rule_page(subject: Subject, rule: str) -> str:
    """Return the address of a rule's page, empty where pages or the rule's are not known."""
    if not subject.rules or rule == SUPPRESSION:
        return ""
    return f"{web(subject.rules)}/{url_path(rule)}.md"


def links_for(report: Report) -> Links:
    """Return the link maker of a report."""
    lines = (line for database in report.databases for line in database.migrations)
    gone = frozenset(line.path for line in lines if line.status is Status.DELETED)
    return Links(report.subject, gone, report.elsewhere)


def web(url: str) -> str:
    """Return an http address with nothing in it that could end a Markdown link, empty for any other address."""
    if not url.startswith(("https://", "http://")):
        return ""
    kept = "".join(c if c.isascii() and c.isprintable() and c not in '()<>"\\` ' else "" for c in url)
    return kept.rstrip("/")


def known_places(report: Report, links: Links) -> Mapping[str, str]:
    """Return the address of each `path:line` that messages of this report can name."""
    urls = {f"{path}:{line}": links.url(path, line, side) for path, line, side in _places(report)}
    return {label: url for label, url in urls.items() if url}


def _places(report: Report) -> Iterator[tuple[str, int, Side]]:
    for finding in report.findings:
        for place in (finding.place, *finding.code):
            yield place.path, place.line, Side.HEAD
        if finding.statement:
            yield finding.statement.path, finding.statement.line, Side.HEAD
    for place in report.plan.search:
        yield place.path, place.line, Side.BASE
    for _, cell in report.matrix.cells:
        for found in cell.breaks:  # last: a break knows its side
            yield found.place.path, found.place.line, found.side
