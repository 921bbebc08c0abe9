"""When a check fails the job."""

from enum import StrEnum

from midflight.report.model import Report, Verdict

PASSED = 0
UNSAFE = 10


class FailOn(StrEnum):
    """From which verdict on the job fails."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


_FAILING = {
    FailOn.ERROR: frozenset({Verdict.ERROR}),
    FailOn.WARNING: frozenset({Verdict.ERROR, Verdict.WARNING}),
    FailOn.NEVER: frozenset[Verdict](),
}


def exit_code(report: Report, fail_on: FailOn) -> int:
    """Give the exit code of a finished check: 10 when its verdict fails the job, else 0.

    `undetermined` never fails by itself: it says that something was not read, not that it is unsafe.
    """
    return UNSAFE if report.verdict in _FAILING[fail_on] else PASSED
