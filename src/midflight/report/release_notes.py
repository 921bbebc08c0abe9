"""Release notes of a range: what changed, what to apply in which order, how to go back, what to announce."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from midflight.errors import ToolError
from midflight.inspection.finding import Level
from midflight.plan.model import Plan
from midflight.report.announcements import AFTER, BEFORE, announced
from midflight.report.change_groups import ChangeKind, kind_of, phases_by_path
from midflight.report.compose import view_of
from midflight.report.limits import RUNBOOK, SUMMARY, Limits
from midflight.report.links import links_for, web
from midflight.report.model import DatabaseReport, Report, Subject, Verdict
from midflight.report.parts import migrations_of
from midflight.report.range_wording import of_range
from midflight.report.release_stages import Stage, net_lines, stages_of
from midflight.report.runbook import Chapter, chapters_of
from midflight.report.templates import render
from midflight.report.view import Cut, MigrationView, cut
from midflight.text import plural, shorten, utf16_length

_COMMIT = re.compile(r"\b[0-9a-f]{40}\b")

BUDGET = 120_000
"""A release's body has at most 125,000 characters (GitHub answers 422 "body is too long")."""

FILE_BUDGET = 1_000_000

ISSUE_BUDGET = 64_000
"""An issue's body has at most 65,536 characters; the rest is for our marker."""


@dataclass(frozen=True, slots=True)
class Change:
    """A merged pull request, or a commit that belongs to none (`number` is 0)."""

    title: str
    sha: str = ""
    number: int = 0
    author: str = ""
    url: str = ""
    labels: tuple[str, ...] = ()
    files: frozenset[str] | None = None  # None where they are not known


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved a pull request: the items ticked in our comment, each with who ticked it, and who reviewed it."""

    number: int
    url: str
    ticked: tuple[tuple[str, str], ...]
    reviewers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseNotes:
    """The notes of one range; `title` names it ("v1.2 to v1.3"). `report` is the check of the range as a whole.

    `approvals` are those of the pull requests that change the database, where GitHub could be asked.
    """

    title: str
    changes: tuple[Change, ...]
    report: Report
    approvals: tuple[Approval, ...] = ()

    @property
    def subject(self) -> Subject:
        """The range."""
        return self.report.subject

    @property
    def databases(self) -> tuple[DatabaseReport, ...]:
        """The migrations of the range, in order, by database."""
        return self.report.databases

    @property
    def plan(self) -> Plan:
        """Deployment order, combined rollback plan and the two announcements."""
        return self.report.plan

    @property
    def verdict(self) -> Verdict:
        """What the check of the range came to."""
        return self.report.verdict

    @property
    def findings(self) -> Mapping[Level, int]:
        """How many findings of each level count."""
        return {level: self.report.count(level) for level in Level}


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One line of the list of changes."""

    title: str
    label: str
    url: str
    author: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    """The changes that are one thing for an operator."""

    title: str
    changes: Cut[ChangeView]


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """One pull request's approvals; both lists may be empty."""

    label: str
    url: str
    ticked: tuple[tuple[str, str], ...]
    reviewers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotesView:
    """What `release-notes.md.j2` and `runbook.md.j2` may name beside `view`."""

    title: str
    changes: Cut[ChangeView]
    groups: tuple[GroupView, ...]
    stages: tuple[Stage, ...]
    net: tuple[str, ...]
    counted: str
    migrations: int
    new: Cut[MigrationView]
    standing: str  # what became of migrations that base had: "2 edited, 1 removed", or ""
    chapters: tuple[Chapter, ...]
    approvals: tuple[ApprovalView, ...]


def range_title(from_: str, to: str) -> str:
    """Return the title of a range; full commit ids are shortened."""
    return _COMMIT.sub(lambda found: found[0][:7], f"{from_} to {to}")


def build_release_notes(
    report: Report, changes: Iterable[Change], *, title: str = "", approvals: Iterable[Approval] = ()
) -> ReleaseNotes:
    """Return the notes of the range that `report` checked; without a title the range is named by its commits."""
    subject = report.subject
    together = of_range(replace(report, sections=()))
    named = title or f"{subject.base[:7]} to {subject.head[:7]}"
    return ReleaseNotes(named, tuple(changes), together, tuple(approvals))


def changes_of_database(notes: ReleaseNotes) -> tuple[Change, ...]:
    """Return the pull requests of the range that bring migrations, or code that uses what migrations change."""
    phases = phases_by_path(notes.report)
    calm = (ChangeKind.NONE, ChangeKind.UNKNOWN)
    return tuple(each for each in notes.changes if each.number and kind_of(each.files, phases) not in calm)


def render_release_notes(notes: ReleaseNotes) -> str:
    """Return the notes as Markdown that fits a GitHub release; long lists are shortened, nothing is cut."""
    return _fitting("release-notes.md.j2", notes, SUMMARY, BUDGET)


def render_runbook(notes: ReleaseNotes, budget: int = FILE_BUDGET) -> str:
    """Return the runbook as Markdown of so many characters at most: the boxes of each numbered deployment."""
    return _fitting("runbook.md.j2", notes, RUNBOOK, budget)


def render_announcement(notes: ReleaseNotes, name: str) -> str:
    """Return the announcement `before` or `after` the deployment as plain text; empty where nothing is announced."""
    form, said = {"before": (BEFORE, notes.plan.before), "after": (AFTER, notes.plan.after)}[name]
    told = announced(said, form)
    return "".join(f"{label}: {' '.join(told[key].split())}\n" for key, (label, _) in form.items() if told)


def _fitting(template: str, notes: ReleaseNotes, sizes: Sequence[Limits], budget: int) -> str:
    for number, limits in enumerate(sizes):
        view = view_of(notes.report, limits, shortened=number > 0)
        rendered = render(template, view=view, notes=_view(notes, limits))
        if utf16_length(rendered) <= budget:
            return rendered
    raise ToolError("The release notes do not fit into a release.")


def _view(notes: ReleaseNotes, limits: Limits) -> NotesView:
    migrations = list(migrations_of(notes.report, links_for(notes.report)))
    stages = stages_of(notes.plan, [(_label(c), c.files or frozenset()) for c in notes.changes])
    return NotesView(
        title=shorten(notes.title, 200),
        changes=cut([_change(change) for change in notes.changes], limits.items),
        groups=_groups(notes, limits.items),
        stages=stages,
        net=net_lines(notes.plan.passing),
        counted=_counted(notes.changes),
        migrations=len(migrations),
        new=cut([line for line in migrations if line.status == "added"], limits.items),
        standing=_standing(migrations),
        chapters=chapters_of(notes.plan, stages, limits, notes.subject.head[:7]),
        approvals=tuple(ApprovalView(f"#{a.number}", web(a.url), a.ticked, a.reviewers) for a in notes.approvals),
    )


def _standing(migrations: Sequence[MigrationView]) -> str:
    counted = Counter(line.status for line in migrations if line.status != "added")
    return ", ".join(f"{count} {status}" for status, count in counted.items())


def _groups(notes: ReleaseNotes, most: int) -> tuple[GroupView, ...]:
    """The changes by what they are; none where nothing is known of their files."""
    phases = phases_by_path(notes.report)
    by_kind: dict[ChangeKind, list[ChangeView]] = {kind: [] for kind in ChangeKind}
    for change in notes.changes:
        by_kind[kind_of(change.files, phases)].append(_change(change))
    if len(by_kind[ChangeKind.UNKNOWN]) == len(notes.changes):
        return ()
    return tuple(GroupView(kind.value, cut(found, most)) for kind, found in by_kind.items() if found)


def _change(change: Change) -> ChangeView:
    return ChangeView(
        title=shorten(change.title.split("\n", 1)[0], 200),
        label=_label(change),
        url=web(change.url),
        author=shorten(change.author, 80),
        labels=tuple(shorten(label, 50) for label in change.labels[:5]),
    )


def _label(change: Change) -> str:
    return f"#{change.number}" if change.number else change.sha[:7]


def _counted(changes: Sequence[Change]) -> str:
    requests = sum(1 for change in changes if change.number)
    commits = len(changes) - requests
    parts = [plural(n, noun) for n, noun in ((requests, "pull request"), (commits, "commit")) if n]
    return " and ".join(parts) or "No changes"
