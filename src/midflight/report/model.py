"""The report: everything that any rendering needs, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from midflight.changes.model import NotAnalysed, Status
from midflight.compatibility.model import Matrix, OldVersion
from midflight.inspection.contraction import Contraction
from midflight.inspection.finding import Finding, Level, Phase
from midflight.plan.model import Plan, RollbackPlan
from midflight.proof.model import Proof


class Verdict(StrEnum):
    """The answer; `UNDETERMINED` when something that could matter was not readable and nothing worse was found."""

    ERROR = "error"
    WARNING = "warning"
    SUCCESS = "success"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Subject:
    """What was checked. `server` and `repository` ("owner/name") make links; empty on a local run.

    `number` is the pull request's, 0 without one; `run` is the workflow run's URL, for links to the job summary;
    `date` is the day of the check (YYYY-MM-DD), empty where it does not matter; `rules` the address of the folder with
    the rules' pages, empty where it is not known.
    """

    base: str
    head: str
    title: str = ""
    repository: str = ""
    server: str = "https://github.com"
    number: int = 0
    run: str = ""
    date: str = ""
    rules: str = ""


@dataclass(frozen=True, slots=True)
class MigrationLine:
    """One changed migration, for the table of what was looked at."""

    path: str
    status: Status
    phase: Phase | None
    transactions: str
    pending: bool


@dataclass(frozen=True, slots=True)
class DatabaseReport:
    """One database of the repository."""

    name: str
    format: str
    dialect: str
    migrations: tuple[MigrationLine, ...]
    rollback: RollbackPlan
    proof: Proof | None = None  # None where nothing was run


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was read, and everything that was not, with its reason."""

    statements: int = 0
    opaque: tuple[NotAnalysed, ...] = ()
    references: int = 0
    unresolved: tuple[NotAnalysed, ...] = ()
    not_analysed: tuple[NotAnalysed, ...] = ()
    not_proven: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Another repository ("owner/name", empty for one on disk) and the revision of it that was read."""

    repository: str
    revision: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that any rendering needs.

    `headline` is one plain-text sentence that says the verdict (at most 140 characters: it is the status's
    description too). `quiet` is True when nothing of the change concerns a database.
    """

    subject: Subject
    verdict: Verdict
    headline: str
    quiet: bool
    findings: tuple[Finding, ...]
    matrix: Matrix
    plan: Plan
    databases: tuple[DatabaseReport, ...]
    coverage: Coverage
    digest: str = ""  # of the migrations, as an approval approves them
    required: tuple[str, ...] = ()  # ids of the checklist's items that the team requires
    elsewhere: Mapping[str, Origin] = field(default_factory=dict)  # by what stands before `:` in paths of other code
    versions: tuple[OldVersion, ...] = ()  # whose code runs, where that is not base's alone
    later: tuple[Contraction, ...] = ()  # what the change stops naming, and when it may be dropped
    sections: tuple["Report", ...] = ()  # one for each database where there are several
    is_part: bool = False  # whether it is such a section that stands for itself

    @property
    def name(self) -> str:
        """What a section is called: its database."""
        return self.databases[0].name if self.databases else ""

    def count(self, level: Level) -> int:
        """How many findings of that level count (suppressed ones do not)."""
        return sum(1 for f in self.findings if f.level is level and f.suppressed is None)
