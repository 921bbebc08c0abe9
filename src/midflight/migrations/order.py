"""Find what is wrong with the order and the past of a history: duplicates, latecomers, rewritten migrations."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from midflight.changes.model import Status
from midflight.migrations.format import Format, Reaction
from midflight.migrations.formats import BY_NAME
from midflight.migrations.model import DatabaseChange, Migration, MigrationChange


class ProblemKind(StrEnum):
    """What is wrong."""

    DUPLICATE_VERSION = "duplicate-version"
    OUT_OF_ORDER = "out-of-order"
    EDITED = "edited-migration"
    DELETED = "deleted-migration"
    RENUMBERED = "renumbered-migration"
    UNRECOGNISED_NAME = "unrecognised-name"


@dataclass(frozen=True, slots=True)
class HistoryProblem:
    """One problem of a history.

    `path` is the file at fault, `other` the one it collides with or used to be (empty for none). `reaction` is what
    the tool does about it by default; `cosmetic` marks an edit that changes no SQL.
    """

    kind: ProblemKind
    path: str
    message: str
    other: str = ""
    reaction: Reaction = Reaction.UNKNOWN
    cosmetic: bool = False


def find_problems(change: DatabaseChange) -> tuple[HistoryProblem, ...]:
    """Give the problems that this change brings in; those that base already has are left alone."""
    tool = BY_NAME[change.head.format]
    if change.base.migrations and not change.head.migrations:
        return (_all_gone(change, tool),)
    return (
        *_duplicates(change, tool),
        *_late(change, tool),
        *(problem for each in change.changes if (problem := _rewritten(each, tool))),
        *_unrecognised(change),
    )


def _all_gone(change: DatabaseChange, tool: Format) -> HistoryProblem:
    count = len(change.base.migrations)
    message = f"All {count} merged migrations of `{change.database}` are deleted; a new database cannot be built."
    return HistoryProblem(ProblemKind.DELETED, change.base.folder, message, reaction=tool.conduct.deleted)


def _duplicates(change: DatabaseChange, tool: Format) -> Iterator[HistoryProblem]:
    key = tool.unique or tool.key
    added = [each.after for each in change.changes if each.after and each.status in {Status.ADDED, Status.MOVED}]
    new, wanted = {id(each) for each in added}, {key(each) for each in added}
    groups: defaultdict[str, list[Migration]] = defaultdict(list)
    for migration in change.head.migrations if wanted else ():
        if (version := key(migration)) in wanted:
            groups[version].append(migration)
    reaction = tool.conduct.duplicate
    for group in groups.values():
        first = next((each for each in group if id(each) not in new), group[0])
        for each in group if len(group) > 1 else ():
            if each is not first and id(each) in new:
                message = f"`{_title(each)}` {tool.rivals} `{_title(first)}`; {_sentence(tool, reaction, 'it')}"
                yield HistoryProblem(ProblemKind.DUPLICATE_VERSION, each.path, message, first.path, reaction)


def _late(change: DatabaseChange, tool: Format) -> Iterator[HistoryProblem]:
    merged = [migration for migration in change.base.migrations if not migration.repeatable]
    if not merged:
        return
    last = max(merged, key=tool.sequence)
    reaction = tool.conduct.out_of_order
    for each in change.changes:
        after = each.after
        if (
            each.status is Status.ADDED
            and after
            and not after.repeatable
            and tool.sequence(after) < tool.sequence(last)
        ):
            message = f"`{_title(after)}` sorts before `{_title(last)}`, which is merged already; "
            message += _sentence(tool, reaction, "it to databases that have the later one")
            yield HistoryProblem(ProblemKind.OUT_OF_ORDER, after.path, message, last.path, reaction)


def _rewritten(change: MigrationChange, tool: Format) -> HistoryProblem | None:
    before, after = change.before, change.after
    if before is None or before.repeatable:
        return None
    if after is None:
        reaction = tool.conduct.deleted
        message = f"`{_title(before)}` is merged and deleted here; {_past(tool, reaction)}"
        return HistoryProblem(ProblemKind.DELETED, before.path, message, reaction=reaction)
    if change.status is Status.EDITED:
        return _edited(change, before, after, tool)
    if tool.key(before) == tool.key(after):
        return None
    message = (
        f"`{_title(before)}` is merged and is `{_title(after)}` here; to {tool.title} that is another migration, "
        "so databases that have the first run the same SQL again."
    )
    return HistoryProblem(ProblemKind.RENUMBERED, after.path, message, before.path, Reaction.APPLIES)


def _edited(change: MigrationChange, before: Migration, after: Migration, tool: Format) -> HistoryProblem | None:
    if (before.up.text, before.up.transactions) == (after.up.text, after.up.transactions):
        return None  # a better way back for a merged migration harms nobody
    reaction = tool.conduct.edited
    what = "White space or comments" if change.cosmetic else "The SQL"
    follows = "its SQL stays the same." if change.cosmetic else _past(tool, reaction)
    if change.cosmetic and reaction in {Reaction.FAILS, Reaction.WARNS}:
        follows = f"its SQL stays the same, but its checksum does not: {_past(tool, reaction)}"
    message = f"{what} of `{_title(before)}`, which is merged, changed here; {follows}"
    return HistoryProblem(ProblemKind.EDITED, after.path, message, before.path, reaction, change.cosmetic)


def _unrecognised(change: DatabaseChange) -> Iterator[HistoryProblem]:
    known = {skipped.path for skipped in change.base.skipped}
    for skipped in change.head.skipped:
        if skipped.path not in known:
            message = f"This file is not applied: {skipped.reason}."
            kind = ProblemKind.UNRECOGNISED_NAME
            yield HistoryProblem(kind, skipped.path, message, reaction=Reaction.IGNORES)


def _title(migration: Migration) -> str:
    return f"{migration.version}_{migration.name}" if migration.name else migration.version


def _sentence(tool: Format, reaction: Reaction, what: str) -> str:
    match reaction:
        case Reaction.FAILS:
            return f"{tool.title} refuses to run."
        case Reaction.IGNORES | Reaction.WARNS:
            return f"{tool.title} does not apply {what}."
        case Reaction.APPLIES:
            return f"{tool.title} applies {what}, in another order than on a new database."
        case Reaction.UNKNOWN:
            return f"what {tool.title} does then is not known."


def _past(tool: Format, reaction: Reaction) -> str:
    match reaction:
        case Reaction.FAILS:
            return f"{tool.title} refuses to run on databases that have it."
        case Reaction.WARNS:
            return f"{tool.title} warns, and databases that have it stay as they are."
        case Reaction.APPLIES | Reaction.IGNORES:
            return "databases that have it stay as they are, new ones differ from them."
        case Reaction.UNKNOWN:
            return "databases that have it most likely stay as they are, new ones differ from them."
