"""A scenario: what happens to a pull request of the fake GitHub, and how a run must end all the same."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from midflight.publish.marker import parse_marker
from support.action_runs import BASE, OUTAGE, QUIET, Platform, Ran
from support.fake_github.server import FakeGitHub
from support.repositories import make_repository

BRANCH = "outage"


@dataclass(frozen=True)
class Ends:
    """How the run ends: exit code, our comments on the pull request, the status' state of each context, words told.

    `shown` is where the words are: the log or the job summary.
    """

    code: int = 10
    comments: int = 1
    statuses: tuple[str, ...] = ("failure",)
    says: str = ""


@dataclass(frozen=True)
class Scenario:
    """`run` arranges the fake and gives the run that counts; `prefix` and `host` are the API's on another server."""

    group: str
    title: str
    event: str
    run: Callable[[Platform], Ran]
    ends: Ends = Ends()
    prefix: str = ""
    host: str = ""


@dataclass(frozen=True)
class Figures:
    """What the run cost: requests that read and that write, how many of them GitHub failed, and seconds waited."""

    reads: int
    writes: int
    failed: int
    waited: int


@dataclass(frozen=True)
class Measured:
    """One scenario, carried out."""

    ends: Ends
    figures: Figures
    text: str
    violations: list[str]


def carry_out(scenario: Scenario, folder: Path, runs: Callable[..., Platform] = Platform) -> Measured:
    """Carry a scenario out in an empty folder; `runs` makes what runs the action, here or in a container."""
    repository = make_repository(folder / "app", BASE, outage=OUTAGE, quiet=QUIET)
    with FakeGitHub(repository, prefix=scenario.prefix, host=scenario.host) as gh:
        numbers = {branch: gh.open_pull(branch) for branch in ("outage", "quiet")}
        platform = runs(gh, numbers, folder)
        ran = scenario.run(platform)
        return _measured(scenario, platform, ran)


def as_json(figures: Figures) -> dict[str, int]:
    return asdict(figures)


def _measured(scenario: Scenario, platform: Platform, ran: Ran) -> Measured:
    gh = platform.gh
    text = f"{ran.log}\n{ran.summary}"
    asked = [verb for verb, path in gh.requests[platform.asked_before :] if not path.startswith("/codeload/")]
    reads = asked.count("GET")
    figures = Figures(reads, len(asked) - reads, gh.failed - platform.failed_before, round(platform.clock.waited))
    ends = Ends(ran.code, len(_own(platform)), _states(platform), scenario.ends.says)
    return Measured(ends, figures, text, gh.violations)


def _own(platform: Platform) -> list[str]:
    logins = {token.login for token in platform.gh.state.tokens.values()}
    return [c.body for c in platform.gh.state.comments if c.author in logins and parse_marker(c.body)]


def _states(platform: Platform) -> tuple[str, ...]:
    """The newest state of each context, of whatever commit got one last."""
    statuses = platform.gh.state.statuses
    newest = {s["context"]: s["state"] for s in statuses if s["sha"] == statuses[-1]["sha"]}
    return tuple(newest[name] for name in sorted(newest))
