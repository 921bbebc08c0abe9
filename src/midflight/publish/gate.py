"""What the gate writes: the job's summary and outputs, and a status on the commit or deployment that it is about."""

from collections.abc import Iterator
from dataclasses import dataclass

from midflight.inspection.gate import Gate, Verdict
from midflight.publish.exit import PASSED, UNSAFE
from midflight.publish.model import AppendSummary, Effect, SetDeploymentStatus, SetOutput, SetStatus, StatusState
from midflight.text import shorten

CONTEXT = "midflight/gate"
_LONGEST = 140


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gate was asked about: the commit, GitHub's number of the deployment (0 for none), and this run's page.

    With `status` False no status is set.
    """

    sha: str
    run: str = ""
    deployment: int = 0
    status: bool = True


def gate_code(gate: Gate) -> int:
    """Return the exit code: 0 for a go, 10 for a no-go."""
    return PASSED if gate.verdict is Verdict.GO else UNSAFE


def decide_gate(gate: Gate, texts: tuple[str, str, str], asked: Asked) -> tuple[Effect, ...]:
    """Give what is written; `texts` are the headline, the summary and the data.

    A go leaves the deployment's own status alone: it is not deployed yet.
    """
    headline, summary, data = texts
    written = (AppendSummary(summary), SetOutput("gate", str(gate.verdict)), SetOutput("gate-json", data))
    if gate.verdict is Verdict.GO:
        return (*written, *_statuses(StatusState.SUCCESS, headline, asked, deployment=False))
    return (*written, *_statuses(StatusState.FAILURE, headline, asked))


def unknown_gate(why: str, asked: Asked) -> tuple[Effect, ...]:
    """Give what is written where nothing could be told: never a go."""
    summary = AppendSummary(f"## Gate: ❔ could not tell\n\n{why}\n")
    return summary, SetOutput("gate", "unknown"), *_statuses(StatusState.ERROR, f"Could not tell: {why}", asked)


def _statuses(state: StatusState, told: str, asked: Asked, *, deployment: bool = True) -> Iterator[Effect]:
    if not asked.status:
        return
    description = shorten(told, _LONGEST)
    yield SetStatus(asked.sha, state, description, CONTEXT, asked.run)
    if asked.deployment and deployment:
        yield SetDeploymentStatus(asked.deployment, state, description, asked.run)
