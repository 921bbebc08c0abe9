"""What each change of a range is for an operator: database before the code, clean-up after it, code, or neither."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from posixpath import dirname

from midflight.inspection.finding import Phase
from midflight.report.model import Report


class ChangeKind(StrEnum):
    """What an operator has to do with a change; the values are the headings, in the order of the deployment."""

    EXPAND = "Database before the code (expand)"
    BOTH = "Database before and after the code (expand and contract)"
    CODE = "Code in files that use what the database changes"
    CONTRACT = "Database after the code (contract)"
    NONE = "No database"
    UNKNOWN = "Not sorted: the files of these are not known without the whole history"


def phases_by_path(report: Report) -> Mapping[str, frozenset[Phase]]:
    """Return the phases of the deployment that each file takes part in; a down script takes part like its migration."""
    found: dict[str, set[Phase]] = {}
    for deployment in report.plan.deployments:
        for item in deployment.items:
            if item.path:
                found.setdefault(item.path, set()).add(deployment.phase)
    for database in report.databases:
        for line in database.migrations:
            if line.phase and line.path not in found:
                found[line.path] = {line.phase}
    return {path: frozenset(phases) for path, phases in found.items()}


def kind_of(files: Iterable[str] | None, phases: Mapping[str, frozenset[Phase]]) -> ChangeKind:
    """Return what a change of these files is; `phases` are those of `phases_by_path`."""
    if files is None:
        return ChangeKind.UNKNOWN
    folders = _folders(phases)
    touched = (phases.get(path) or folders.get(_script_folder(path)) for path in files)
    met = {phase for each in touched if each for phase in each}
    if {Phase.EXPAND, Phase.CONTRACT} <= met:
        return ChangeKind.BOTH
    by_phase = (
        (Phase.EXPAND, ChangeKind.EXPAND),
        (Phase.CONTRACT, ChangeKind.CONTRACT),
        (Phase.ROLLOUT, ChangeKind.CODE),
    )
    return next((kind for phase, kind in by_phase if phase in met), ChangeKind.NONE)


def _script_folder(path: str) -> str:
    return dirname(path) if path.endswith(".sql") else ""


def _folders(phases: Mapping[str, frozenset[Phase]]) -> Mapping[str, frozenset[Phase]]:
    """The folders that hold one migration of the range: other scripts there are its own (Diesel's `down.sql`)."""
    found: dict[str, list[frozenset[Phase]]] = {}
    for path, met in phases.items():
        if path.endswith(".sql") and dirname(path):
            found.setdefault(dirname(path), []).append(met)
    return {folder: each[0] for folder, each in found.items() if len(each) == 1}
