"""What a plan must be told: how the team merges, deploys, toggles flags and watches."""

from dataclasses import dataclass
from enum import StrEnum

from midflight.inspection.model import Deploys
from midflight.plan.model import Query

FLAG_COMMAND = "supabase secrets set {flag}=false"
"""The strategy's command; it is only printed for flags that Supabase's secrets set."""


class MergeMethod(StrEnum):
    """How a pull request became part of the branch; decides the command that reverts it."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


@dataclass(frozen=True, slots=True)
class MonitoringOptions:
    """Alert thresholds (percent, percent, rows), how long to watch, and the team's own queries."""

    error_rate: float = 5
    call_failures: float = 10
    orphaned_rows: int = 0
    hours: int = 24
    queries: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """`head` and `base` are revisions; `merged` is the commit on the branch once the pull request is merged.

    `flag_command` switches a flag off, `{flag}` stands for its name; `branch` is where production deploys from.
    `code` says whether files changed that are no migrations. `when` is the announced time. `unread` are the paths of
    migrations that are programs, which change the database nobody here knows how.
    """

    title: str = ""
    head: str = ""
    base: str = ""
    merged: str = ""
    branch: str = "main"
    merge_method: MergeMethod = MergeMethod.SQUASH
    deploys: Deploys = Deploys.TOGETHER
    monitoring: MonitoringOptions = MonitoringOptions()
    flag_command: str = FLAG_COMMAND
    code_minutes: int = 2
    database_minutes: int = 10
    code: bool = False
    when: str = ""
    unread: tuple[str, ...] = ()
