"""What a check writes: the whole report, and where each database has a comment of its own, each of them beside it."""

from dataclasses import dataclass, replace

from midflight.app import Checked, render
from midflight.jobs.model import Job
from midflight.jobs.standing import before, settle
from midflight.publish.decide import Before, PublishOptions, decide, decide_part, override_in
from midflight.publish.model import Effect
from midflight.publish.override import Override
from midflight.report.comment import render_comment
from midflight.report.model import Report, Subject
from midflight.stages import parts, whole_options


@dataclass(frozen=True, slots=True)
class Part:
    """One comment and its status: what it says, what may be written, and what stood there before."""

    report: Report
    options: PublishOptions
    stood: Before


@dataclass(frozen=True, slots=True)
class Parts:
    """The whole report, and each database's where they have comments of their own."""

    whole: Part
    own: tuple[Part, ...] = ()


def parts_of(job: Job, checked: Checked, subject: Subject) -> Parts:
    """Return what is written; whoever lets one database's part of a commit through lets the commit through."""
    found = [Part(*part, before(job, subject, part[1])) for part in parts(checked.settings, checked.report)]
    report, options = whole_options(checked.settings, checked.report)
    stood = before(job, subject, options)
    lets = stood.override or next((over for p in found if (over := override_in(p.stood, subject.head))), None)
    return Parts(
        Part(report, options, replace(stood, override=lets)),
        tuple(replace(part, stood=_with(part.stood, lets)) for part in found),
    )


def _with(stood: Before, lets: Override | None) -> Before:
    return replace(stood, override=stood.override or lets)


def effects_of(found: Parts, checked: Checked) -> tuple[Effect, ...]:
    """Return all that is written."""
    whole = found.whole
    effects = decide(whole.report, render(checked), whole.options, whole.stood)
    for part in found.own:
        comment = render_comment(part.report, template=checked.template)
        effects = (*effects, *decide_part(part.report, comment, part.options, part.stood))
    return effects


def settle_all(job: Job, found: Parts, subject: Subject, effects: tuple[Effect, ...]) -> None:
    """Set each status again where somebody ticked or overrode while the check was running."""
    for part in (found.whole, *found.own):
        settle(job, subject, part.options, effects)
