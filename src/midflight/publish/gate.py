"""What the gate writes: the job's summary and outputs, and a status on the commit that is deployed."""

from midflight.inspection.gate import Gate, Verdict
from midflight.publish.model import AppendSummary, Effect, SetOutput, SetStatus, StatusState

CONTEXT = "midflight/gate"
_LONGEST = 140


def gate_code(gate: Gate) -> int:
    """Return the exit code: 0 for a go, 10 for a no-go."""
    return 0 if gate.verdict is Verdict.GO else 10


def decide_gate(gate: Gate, texts: tuple[str, str, str], sha: str, url: str, *, status: bool) -> tuple[Effect, ...]:
    """Give what is written; `texts` are the headline, the summary and the data."""
    headline, summary, data = texts
    state = StatusState.SUCCESS if gate.verdict is Verdict.GO else StatusState.FAILURE
    written = (AppendSummary(summary), SetOutput("gate", str(gate.verdict)), SetOutput("gate-json", data))
    return (*written, SetStatus(sha, state, headline[:_LONGEST], CONTEXT, url)) if status else written


def unknown_gate(why: str, sha: str, url: str, *, status: bool) -> tuple[Effect, ...]:
    """Give what is written where nothing could be told: never a go."""
    written: tuple[Effect, ...] = (
        AppendSummary(f"## Gate: ❔ could not tell\n\n{why}\n"),
        SetOutput("gate", "unknown"),
    )
    told = f"Could not tell: {why}"[:_LONGEST]
    return (*written, SetStatus(sha, StatusState.ERROR, told, CONTEXT, url)) if status else written
