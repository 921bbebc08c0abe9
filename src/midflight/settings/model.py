"""What can be set: the configuration file, this run's inputs, and the runner's facts."""

from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from midflight.inspection.model import Deploys

CONFIGURATION_PATH = ".github/midflight.yml"


def _only_true_or_false(value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ValueError("not a boolean")


def _inside_the_repository(value: str) -> str:
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError("must be a path inside the repository")
    return str(path) if value else ""


def _up_before_down(value: str) -> str:
    parts = PurePosixPath(value).parts
    down = next((at for at, part in enumerate(parts) if part != ".."), len(parts))
    if ".." in parts[down:]:
        raise ValueError("must not go up again after it went down")
    return value


def _names_the_flag(value: str) -> str:
    if "{flag}" not in value:
        raise ValueError("must contain {flag}, which stands for the flag's name")
    return value


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


FILE = r"^[^\x00-\x1f]+$"
LINE = r"^[^\x00-\x1f]*$"
KEY = r"^[a-z0-9][a-z0-9_-]{0,39}$"
REVISION = r"^$|^[^-\s\x00-\x1f][^\s\x00-\x1f]*$"  # git would take a leading hyphen for an option
DEPLOYED = (
    r"^$|^environment:[^\s\x00-\x1f][^\x00-\x1f]{0,254}$"
    r"|^latest-tag:[^\s\x00-\x1f]+$|^[^-:\s\x00-\x1f][^:\s\x00-\x1f]*$"
)
REPOSITORY = r"^$|^[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{0,49}[A-Za-z0-9_-][A-Za-z0-9._-]{0,49}$"
CONSUMER = r"^[^\s`\x00-\x1f][^`\x00-\x1f]{0,79}$"
USED = r"^[^\s.()]+(?:\.[^\s.()]+){0,2}(?:\(\))?$"
RULE = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SOMETHING = r"\S"
IN_WORDS = {
    FILE: "a path on one line",
    LINE: "a directory on one line",
    KEY: "at most 40 lower-case letters, digits, hyphens and underscores",
    REVISION: "a branch, tag or commit, without spaces and not beginning with a hyphen",
    DEPLOYED: "`base`, `latest-tag`, `latest-tag:<glob>`, `latest-release`, `environment:<name>`, or a branch, tag or "
    "commit",
    RULE: "a rule's id, lower-case words joined by hyphens",
    SOMETHING: "a text that is not empty",
    REPOSITORY: "`owner/name`",
    CONSUMER: "at most 80 characters without backticks",
    USED: "`table`, `table.column` or `routine`, with its schema before it where that is needed",
}

Switch = Annotated[bool, BeforeValidator(_only_true_or_false)]
TreePath = Annotated[str, AfterValidator(_inside_the_repository)]
FilePath = Annotated[str, Field(pattern=FILE)]
Revision = Annotated[str, Field(pattern=REVISION)]
DeployedRef = Annotated[str, Field(pattern=DEPLOYED)]
PostgresVersion = Annotated[int, Field(ge=12, le=18)]
Percent = Annotated[float, Field(ge=0, le=100)]
RuleId = Annotated[str, Field(pattern=RULE)]
Text = Annotated[str, Field(pattern=SOMETHING)]
RuleLevel = Literal["error", "warning", "note", "off"]
Days = Annotated[int, Field(ge=0, le=3650)]
SurfaceName = Literal["server", "edge-function", "worker", "browser", "command-line", "mobile"]
ConsumerName = Annotated[str, Field(pattern=CONSUMER)]
UsedObject = Annotated[str, Field(pattern=USED)]
ApprovalName = Literal[
    "additive",
    "old-code-tested",
    "new-code-tested",
    "flags-ready",
    "rollback-documented",
    "monitoring-ready",
    "team-notified",
    "staging-tested",
    "order-confirmed",
    "verification-ready",
]
TablePattern = Annotated[str, Field(pattern=SOMETHING)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DatabaseCode(_Part):
    """Which code uses this database, where a repository has several."""

    roots: tuple[TreePath, ...] = Field(
        (), description="Folders, or globs of them, whose code uses this database; what is below no other's when empty."
    )
    ignore: tuple[str, ...] = Field((), description="Globs of files whose code does not use this database.")


class Database(_Part):
    """A history of migrations that detection does not find, or names otherwise."""

    name: str = Field("", description="The name shown in the report; the folder when empty.")
    folder: TreePath = Field(pattern=SOMETHING, description="The folder that holds the migrations.")
    format: str = Field("", description="The migration tool's format, as the report names it; detected when empty.")
    dialect: Literal["postgres", "mysql", "mariadb", "sqlite"] = Field("postgres", description="The SQL grammar.")
    role: str = Field(
        "",
        max_length=63,
        description="The role that the application logs in as: its queries are tried as this one with `shadow`.",
    )
    applied: str = Field(
        "",
        description="A query for `midflight gate` whose rows are the applied migrations, oldest first: version or file "
        "name, then, where known, `applied`, `failed` or `undone`. Not needed for tools whose table is known.",
    )
    code: DatabaseCode = Field(DatabaseCode(), description="Which code uses this database.")
    deployed_ref: DeployedRef = Field("", description="What of its code is deployed; as for all databases when empty.")
    postgres_version: PostgresVersion | None = Field(
        None, description="The major version of its PostgreSQL server; as for all databases when left out."
    )


class Code(_Part):
    """Where to look for code that names the database."""

    roots: tuple[TreePath, ...] = Field((), description="Folders to look into; the whole repository when empty.")
    ignore: tuple[str, ...] = Field((), description="Globs of files to leave out.")
    tests: Switch = Field(False, description="Whether references in tests count as running code.")


class Table(_Part):
    """What is known of tables, by name or glob; waiting for a small one is a note, for a large or hot one an error."""

    size: Literal["small", "large"] | None = Field(None, description="How long a scan takes: no time, or too long.")
    hot: Switch = Field(False, description="Whether every request uses it, so that a short lock is felt.")


class Sizes(_Part):
    """From how many rows on a table of the statistics file counts as small or large."""

    small: int = Field(10_000, ge=0, description="Tables with at most so many rows are small.")
    large: int = Field(1_000_000, ge=0, description="Tables with at least so many rows are large.")


class SurfacePath(_Part):
    """Where the code of some paths runs; the first entry that matches a file decides, else [a guess](surfaces.md)."""

    path: Text = Field(description="A glob of files; `*` also matches `/`.")
    surface: SurfaceName = Field(description="What runs them.")
    lifetime_days: Days | None = Field(
        None, description="For how many days old builds stay in use; that of the surface when left out."
    )


class Lifetimes(_Part):
    """For how many days an old build of each surface is in use once the new one is out."""

    server: Days = Field(0, description="Servers that a deployment replaces.")
    edge_function: Days = Field(0, description="Functions that a platform runs, as Supabase's.")
    worker: Days = Field(0, description="Workers, jobs and scheduled tasks.")
    browser: Days = Field(1, description="Pages that stay open in a browser.")
    command_line: Days = Field(30, description="Programs that people have installed.")
    mobile: Days = Field(180, description="Apps on phones, of which old builds live for months.")


class ConsumerCode(_Part):
    """Which of a consumer's code uses this database."""

    roots: tuple[TreePath, ...] = Field((), description="Folders to look into; the whole repository when empty.")
    ignore: tuple[str, ...] = Field((), description="Globs of files to leave out.")


class Consumer(_Part):
    """Code of another repository that uses the database: what breaks for it is an error that names it.

    Its code is read, as [consumers](consumers.md) says, unless `uses` lists what it names and neither `ref` nor `path`
    asks for more.
    """

    name: ConsumerName = Field(description="What it is called in the report.")
    repository: str = Field("", pattern=REPOSITORY, description="Its repository, as `owner/name`.")
    uses: tuple[UsedObject, ...] = Field(
        (), description="The objects that it names: `table`, `table.column` or `routine`, with a schema where needed."
    )
    ref: Revision = Field(
        "",
        description="What is deployed of it: `default` for the default branch, which it is when empty, "
        "`latest-release`, or a branch, tag or commit.",
    )
    path: Annotated[str, Field(pattern=LINE), AfterValidator(_up_before_down)] = Field(
        "", description="A git repository on disk to read instead of `repository`, from the folder that is checked."
    )
    code: ConsumerCode = Field(ConsumerCode(), description="Which of its code uses this database.")

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.uses or self.repository or self.path):
            raise ValueError("must have `repository`, `path` or `uses`, so that there is something to look at")
        return self

    @property
    def is_read(self) -> bool:
        """Whether its code is looked into, beside what `uses` lists."""
        return bool(self.path or (self.repository and (self.ref or not self.uses)))


class Ignore(_Part):
    """A finding that does not count, with the reason; it stays in the report, folded."""

    rule: RuleId = Field(description="The rule's id.")
    path: Text = Field("**", description="A glob of the files it is ignored in.")
    object: str = Field("", description="A glob of the object's name as the finding gives it, or of its table.")
    reason: Text = Field(description="Why; shown in the report.")
    until: date | None = Field(None, description="The last day it is ignored, as YYYY-MM-DD.")


class MonitoringQuery(_Part):
    """A query of the team's own for the hours after a deployment."""

    purpose: Text = Field(description="What it watches.")
    sql: Text = Field(description="The query.")
    expect: str = Field("", description="What its answer should be.")
    kind: Literal["error-rate", "call-failures", "orphaned-rows", "count"] = Field(
        "count", description="What it counts, for `midflight watch`: decides its threshold and what to do."
    )
    limit: float | None = Field(
        None, ge=0, description="The most that its value may be; the threshold of its kind when left out."
    )
    series: str = Field(
        "", description="A query that gives its values of before, one a row and oldest first, for the curve."
    )


class Monitoring(_Part):
    """Alert thresholds and queries for the hours after a deployment."""

    error_rate: Percent = Field(5, description="Percent of requests that fail before somebody investigates.")
    call_failures: Percent = Field(10, description="Percent of calls of a new routine that fail before the fallback.")
    orphaned_rows: int = Field(0, ge=0, description="Orphaned rows that are tolerated before a rollback.")
    hours: int = Field(24, ge=1, description="How long to watch after a deployment.")
    leftovers: Literal["report", "alert"] = Field(
        "report",
        description="Whether `midflight watch` only reports what deployments left unfinished, or counts it as a "
        "threshold that is crossed.",
    )
    queries: tuple[MonitoringQuery, ...] = Field(
        (), description="Queries for the report; `midflight watch` runs them, as `docs/watch.md` says."
    )


class Flags(_Part):
    """How a feature flag is switched off in production."""

    set_: Annotated[str, AfterValidator(_names_the_flag)] = Field(
        "supabase secrets set {flag}=false",
        alias="set",
        description="The command that switches a flag off; `{flag}` stands for its name.",
    )


class Deployment(_Part):
    """How long a deployment takes, for the rollback plan's estimates."""

    code_minutes: int = Field(2, ge=0, description="Minutes until reverted code runs.")
    database_minutes: int = Field(10, ge=0, description="Minutes until a database rollback is applied.")


class GateSettings(_Part):
    """What `midflight gate` asks of the database that is deployed to."""

    pending: Literal["applied", "needed"] = Field(
        "applied",
        description="`applied`: migrations that add something must be applied before the code; `needed`: only those "
        "that code is seen to need. With `deploys: code-first` it is always the latter.",
    )
    max_replica_lag: float = Field(
        30, ge=0, description="Seconds that a standby may be behind; beyond them nothing can be told."
    )


class Contractions(_Part):
    """How long an object stays after code stopped naming it."""

    days: Days = Field(14, description="Days for which it is watched before it may be dropped.")
    lookback_days: Days = Field(180, description="How many days back uses of it are looked for.")
    issue: Switch = Field(
        False,
        description="Whether a scheduled run keeps one issue with what may be dropped now. Needs `issues: write`.",
    )


class Configuration(_Part):
    """Midflight's configuration file, `.github/midflight.yml`, read from the base revision."""

    fail_on: Literal["error", "warning", "never"] = Field(
        "error", description="The lowest level of finding that fails the job."
    )
    comment: Switch = Field(True, description="Whether to post the comment on the pull request.")
    status: Switch = Field(True, description="Whether to set the commit status `midflight` on the head commit.")
    annotations: Switch = Field(True, description="Whether to annotate the diff.")
    suggestions: Switch = Field(
        False,
        description="Whether to suggest safer SQL in a review of the pull request, on the lines of new migrations.",
    )
    comment_key: str = Field(
        "default",
        pattern=KEY,
        description="Tells several comments of one pull request apart, one for each key.",
    )
    comments: Literal["one", "per-database"] = Field(
        "one", description="Whether several databases share one comment, or each has its own, with a status of its own."
    )
    report_path: FilePath = Field("midflight-report.json", description="Where the JSON report is written.")
    sarif_path: FilePath | Literal[""] = Field(
        "", description="Where the findings are written as SARIF, for code scanning; nowhere when empty."
    )
    release_notes_path: FilePath = Field("release-notes.md", description="Where the release notes are written.")
    draft_release: Switch = Field(
        False, description="Whether `release-notes` drafts a GitHub release of `release_tag`, or writes into its draft."
    )
    runbook_issue: Switch = Field(
        False, description="Whether `release-notes` keeps an issue with the runbook's boxes; ticks stay over updates."
    )
    deploys: Deploys = Field(
        Deploys.TOGETHER,
        description="What the pipeline guarantees: `together` means that nothing decides whether migrations or code "
        "go out first, so both windows are real.",
    )
    deployed_ref: DeployedRef = Field(
        "base",
        description="Which code is deployed now: `base`, `latest-tag`, `latest-tag:<glob>`, `latest-release`, "
        "`environment:<name>`, or a branch, tag or commit, as `docs/deployed-versions.md` says.",
    )
    supported_versions: int = Field(
        0,
        ge=0,
        le=10,
        description="How many of the latest tags, releases or deployments run on beside the new code: a break of any "
        "of them counts.",
    )
    postgres_version: PostgresVersion = Field(
        18, description="The major version of the PostgreSQL server, which decides what statements lock."
    )
    template: TreePath = Field(
        ".github/midflight/comment.md.j2",
        description="The team's template that extends the comment, read from the base revision; not needed.",
    )
    merge_method: Literal["squash", "merge", "rebase"] = Field(
        "squash", description="How pull requests are merged; decides the command that reverts one."
    )
    require: tuple[ApprovalName, ...] = Field(
        (),
        description="Items of the checklist that hold the commit status at `pending` until Midflight has verified them "
        "or somebody with write access has ticked them, as `docs/github.md` says.",
    )
    databases: tuple[Database, ...] = Field((), description="Histories of migrations; detected when empty.")
    code: Code = Field(Code(), description="Where to look for code.")
    rules: Mapping[RuleId, RuleLevel] = Field({}, description="The level of a rule, by its id.")
    ignore: tuple[Ignore, ...] = Field((), description="Findings that do not count.")
    baseline: TreePath = Field(
        ".github/midflight-baseline.json",
        description="The findings that were there when the team began, as `--write-baseline` writes them; not needed.",
    )
    surfaces: tuple[SurfacePath, ...] = Field(
        (),
        description="Where code runs, by path; for all other files it is [guessed](surfaces.md).",
    )
    lifetimes: Lifetimes = Field(
        Lifetimes(),
        description="For how many days an old build is in use once the new one is out. What it names must stay for so "
        "long: removing it before is an error that says so. With 0, old code is gone when the rollout is over.",
    )
    consumers: tuple[Consumer, ...] = Field((), description="Code of other repositories that uses the database.")
    tables: Mapping[TablePattern, Table] = Field(
        {}, description="What is known of tables, by name or glob (`events`, `audit.*`)."
    )
    cache: FilePath | Literal[""] = Field(
        "",
        description="A folder in which results are kept from run to run, as `docs/cache.md` says; none when empty.",
    )
    statistics: TreePath = Field(
        "",
        description="A CSV file with the tables' rows, as `docs/statistics.md` says; none when empty.",
    )
    sizes: Sizes = Field(Sizes(), description="What the statistics file's numbers mean.")
    monitoring: Monitoring = Field(Monitoring(), description="Thresholds and queries.")
    gate: GateSettings = Field(GateSettings(), description="What must be there before a deployment.")
    contraction: Contractions = Field(
        Contractions(), description="When what no code names any more may be dropped, as `docs/contractions.md` says."
    )
    flags: Flags = Field(Flags.model_validate({}), description="Feature flags.")
    deployment: Deployment = Field(Deployment(), description="Estimates.")
    shadow: Literal["auto", "required", "off"] = Field(
        "auto",
        description="Whether migrations and rollback plan are run on a throw-away PostgreSQL server: `auto` where one "
        "is found, `required` fails the job where none is. Nothing is run on events whose job holds secrets.",
    )
    shadow_rows: int = Field(
        2000,
        ge=0,
        le=10_000,
        description="How many rows are generated for each table of the shadow database, 0 for none: they show what a "
        "rollback loses, and what fails on tables with rows alone.",
    )
    postgres_bin: Annotated[str, Field(pattern=LINE)] = Field(
        "", description="The directory with `postgres` and `initdb` for the throw-away server; found when empty."
    )


class Runner(BaseModel):
    """What the runner says about the job, by GitHub's variable names ("Variables reference", GitHub documentation)."""

    model_config = ConfigDict(frozen=True)

    in_action: Annotated[bool, BeforeValidator(_is_true)] = Field(False, alias="GITHUB_ACTIONS")
    event_name: str = Field("", alias="GITHUB_EVENT_NAME")
    event_path: str = Field("", alias="GITHUB_EVENT_PATH")
    repository: str = Field("", alias="GITHUB_REPOSITORY")
    sha: str = Field("", alias="GITHUB_SHA")
    ref: str = Field("", alias="GITHUB_REF")
    action_repository: str = Field("", alias="GITHUB_ACTION_REPOSITORY")
    action_ref: str = Field("", alias="GITHUB_ACTION_REF")
    api_url: str = Field("https://api.github.com", alias="GITHUB_API_URL")
    server_url: str = Field("https://github.com", alias="GITHUB_SERVER_URL")
    run_id: str = Field("", alias="GITHUB_RUN_ID")
    run_attempt: str = Field("1", alias="GITHUB_RUN_ATTEMPT")
    workspace: str = Field("", alias="GITHUB_WORKSPACE")
    output_path: str = Field("", alias="GITHUB_OUTPUT")
    summary_path: str = Field("", alias="GITHUB_STEP_SUMMARY")
    temporary_folder: str = Field("", alias="RUNNER_TEMP")

    @property
    def rules_url(self) -> str:
        """The folder with the rules' pages in the repository that the action came from; empty where that is unknown."""
        if not (self.action_repository and self.action_ref):
            return ""
        return f"{self.server_url}/{self.action_repository}/blob/{self.action_ref}/docs/rules"

    @property
    def run_url(self) -> str:
        """The page of this run, where the job summary is; empty outside a run."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}" if self.run_id else ""


class Settings(Configuration):
    """Everything that decides what a run does: the configuration, this run's inputs and the runner's facts."""

    github_token: SecretStr = Field(SecretStr(""), description="The token to comment and set the status with.")
    consumers_token: SecretStr = Field(
        SecretStr(""),
        description="The token to read the repositories of `consumers` with; `github_token` when empty, which can read "
        "this repository and public ones only.",
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        description="The address of the database that is deployed to, which is only read; `DATABASE_URL` when empty.",
    )
    shadow_database_url: SecretStr = Field(
        SecretStr(""),
        description="The address of an empty throw-away PostgreSQL server, such as a service container, that `shadow` "
        "uses instead of its own; `SHADOW_DATABASE_URL` when empty.",
    )
    config: TreePath = Field(
        CONFIGURATION_PATH, pattern=SOMETHING, description="The configuration file, read from the base revision."
    )
    verbose: Switch = Field(False, description="Whether to say at the end what was asked of GitHub and what is left.")
    command: Literal["auto", "check", "comment", "contractions", "gate", "release-notes", "watch"] = Field(
        "auto", description="What the run does; with `auto` the event decides, as `docs/github.md` says."
    )
    revision: Revision = Field("", description="`gate`: the revision to deploy; what is checked out when empty.")
    contract: Switch = Field(
        False,
        description="`gate`: whether to ask if the pending migrations may be applied while `revision` and what "
        "`deployed_ref` and `supported_versions` name run.",
    )
    database: str = Field(
        "", description="`gate`: which of several databases `database_url` is, as the report names it."
    )
    from_: Revision = Field(
        "",
        alias="from",
        description="Release notes: the revision that is deployed now; `watch`: the one that ran before.",
    )
    to: Revision = Field("", description="Release notes: the revision to deploy; `watch`: the one that runs now.")
    deployment_id: int = Field(
        0, ge=0, description="`watch`: the number of the deployment whose status is set too; none with 0."
    )
    release_tag: Revision = Field(
        "", description="Release notes: the tag of the draft release; `to` when empty, where that is a tag."
    )
    runner: Runner = Runner.model_validate({})
