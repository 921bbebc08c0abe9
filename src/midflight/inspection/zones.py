"""The time zone in which a migration's session reads timestamps, where the migration says it."""

from midflight.catalog.model import Step
from midflight.inspection.model import Context
from midflight.operations.model import SetSetting

_UTC = frozenset({"utc", "etc/utc", "gmt", "zulu", "uct", "etc/uct", "0"})


def zone_of(step: Step, context: Context) -> str:
    """Return what the last SET TimeZone before the step, in the same file, says; empty where none does."""
    at, said = step.operation.statement, ""
    for other in context.steps:
        setting = other.operation
        if not isinstance(setting, SetSetting) or setting.name.lower() != "timezone":
            continue
        if setting.statement.path == at.path and setting.statement.number < at.number:
            said = "".join(setting.values).strip().strip("'")
    return "" if said.upper() == "DEFAULT" else said


def is_utc(zone: str) -> bool:
    """Return whether a zone is UTC by one of its names, for which timestamps keep their form."""
    return zone.lower() in _UTC
