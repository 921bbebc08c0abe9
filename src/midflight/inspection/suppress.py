"""Findings that a person decided to ignore, with the reason; they stay in the report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from midflight.inspection.finding import Confidence, Finding, Level, Suppressed
from midflight.inspection.marks import Mark
from midflight.references.model import Place

RULE = "suppression"


@dataclass(frozen=True, slots=True)
class Ignore:
    """One entry of the configuration's `ignore` list; `by` says where it stands ("path:line").

    `object` is a glob of the finding's object, or of the table that it is a part of. `ended` is the last day it
    counted, where that is past: it then ignores nothing and is a finding itself.
    """

    rule: str
    reason: str
    by: str
    path: str = "**"
    object: str = ""
    ended: str = ""

    def covers(self, finding: Finding) -> bool:
        """Return whether the entry is about the finding, ended or not."""
        if self.rule != finding.rule or (self.object and not _names(self.object, finding.object)):
            return False
        return self.path == "**" or fnmatchcase(finding.place.path, self.path)


@dataclass(frozen=True, slots=True)
class Baseline:
    """Findings that were there when the team began, by fingerprint; `by` is the file that lists them."""

    fingerprints: frozenset[str] = frozenset()
    by: str = ""


def _names(pattern: str, written: str) -> bool:
    return fnmatchcase(written, pattern) or fnmatchcase(written, f"{pattern}.*")


def suppress(
    findings: Sequence[Finding], marks: Sequence[Mark], ignores: Sequence[Ignore], baseline: Baseline
) -> list[Finding]:
    """Mark the findings that a comment, the configuration or the baseline ignores.

    A comment without a rule or a reason, one that ignores nothing, and an entry of the configuration that has ended
    is a finding itself.
    """
    current = [ignore for ignore in ignores if not ignore.ended]
    judged = [_judge(finding, marks, current, baseline) for finding in findings]
    used = {(f.suppressed.by, f.rule) for f in judged if f.suppressed}
    ended = (_ended(ignore, judged) for ignore in ignores if ignore.ended)
    return [*judged, *(_complaint(m) for m in marks if (m.by, m.rule) not in used), *ended]


def _judge(finding: Finding, marks: Sequence[Mark], ignores: Sequence[Ignore], baseline: Baseline) -> Finding:
    for mark in marks:
        if mark.covers(finding):
            return replace(finding, suppressed=Suppressed(mark.reason, mark.by))
    for ignore in ignores:
        if ignore.covers(finding):
            return replace(finding, suppressed=Suppressed(ignore.reason, ignore.by))
    if finding.fingerprint in baseline.fingerprints:
        return replace(finding, suppressed=Suppressed("known since the baseline", baseline.by))
    return finding


def _complaint(mark: Mark) -> Finding:
    form = "ignore" if mark.statement else "ignore-file"
    if not mark.rule:
        problem = f"The suppression names no rule. Instead, write `-- midflight: {form}[rule-id] reason`."
    elif not mark.reason:
        problem = f"The suppression of `{mark.rule}` gives no reason. Instead, say behind the bracket why it is safe."
    else:
        problem = f"The suppression of `{mark.rule}` matches no finding. Instead, delete the comment."
    return Finding(
        RULE, Level.WARNING, Confidence.HIGH, problem, mark.place, object=mark.rule, statement=mark.statement
    )


def _ended(ignore: Ignore, findings: Sequence[Finding]) -> Finding:
    """A warning where a finding counts again because of it, else a note."""
    again = any(ignore.covers(finding) and not finding.suppressed for finding in findings)
    counts = ", and a finding counts again" if again else ""
    return Finding(
        rule=RULE,
        level=Level.WARNING if again else Level.NOTE,
        confidence=Confidence.HIGH,
        message=(
            f"The suppression of `{ignore.rule}` ended on {ignore.ended}{counts}. "
            "Instead of leaving it there, cure what it was about and delete the entry, or give it a later day."
        ),
        place=_place(ignore),
        object=ignore.rule,
    )


def _place(ignore: Ignore) -> Place:
    path, _, line = ignore.by.rpartition(":")
    return Place(path, int(line)) if path and line.isdigit() else Place(ignore.by, 1)


def unused(ignores: Sequence[Ignore], paths: Sequence[str], folders: Sequence[str]) -> Iterator[Finding]:
    """Yield a note for each entry whose path lies in a folder of migrations and matches none of the files there."""
    for ignore in ignores:
        inside = any(folder and ignore.path.startswith(f"{folder}/") for folder in folders)
        if inside and not any(fnmatchcase(path, ignore.path) for path in paths):
            yield Finding(
                rule=RULE,
                level=Level.NOTE,
                confidence=Confidence.HIGH,
                message=(
                    f"The suppression of `{ignore.rule}` is for `{ignore.path}`, and no migration has that path. "
                    "Instead, delete the entry."
                ),
                place=_place(ignore),
                object=ignore.rule,
            )
