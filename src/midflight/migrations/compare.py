"""Compare histories at base and head: which migrations were added, edited, deleted or moved, and what is pending."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from midflight.changes.model import Status
from midflight.migrations.formats import BY_NAME
from midflight.migrations.model import DatabaseChange, History, Migration, MigrationChange
from midflight.migrations.wording import nearly_same, same_words, words

_TRIES = 5  # candidates of one name whose text is compared word by word


def compare_histories(base: tuple[History, ...], head: tuple[History, ...]) -> tuple[DatabaseChange, ...]:
    """Give one change for each database at either side, those at head first, with or without differences.

    Histories belong together by folder, else by their contents (a folder that moved), else by name and format.
    """
    pairs = _pair_histories(base, head)
    matched = {id(before) for before, _ in pairs}
    gone = ((before, _emptied(before)) for before in base if id(before) not in matched)
    return tuple(_compare(before, after) for before, after in (*pairs, *gone))


def _pair_histories(base: tuple[History, ...], head: tuple[History, ...]) -> list[tuple[History, History]]:
    left = list(base)
    found: dict[int, History] = {}
    for alike in (_same_place, _same_folder, _same_contents, _same_name):
        for after in head:
            if id(after) in found:
                continue
            before = next((each for each in left if alike(each, after)), None)
            if before:
                found[id(after)] = before
                left = [each for each in left if each is not before]
    return [(found.get(id(after)) or _emptied(after), after) for after in head]


def _same_place(before: History, after: History) -> bool:
    return before.folder == after.folder and before.format == after.format


def _same_folder(before: History, after: History) -> bool:
    return before.folder == after.folder


def _same_contents(before: History, after: History) -> bool:
    """Whether half of the smaller one's scripts are in the other."""
    one, other = ({migration.up.text for migration in history.migrations} for history in (before, after))
    return bool(one and other) and 2 * len(one & other) >= min(len(one), len(other))


def _same_name(before: History, after: History) -> bool:
    return before.database == after.database and before.format == after.format


def _emptied(history: History) -> History:
    return replace(history, migrations=(), not_analysed=(), skipped=())


@dataclass(slots=True)
class _Left:
    """The migrations that have no counterpart yet."""

    gone: list[Migration]
    fresh: list[Migration]

    def take(self, pairs: Iterable[tuple[Migration, Migration]]) -> Iterator[tuple[Migration, Migration]]:
        """Give each pair whose sides are both still free, and take them out."""
        gone = {id(each) for each in self.gone}
        fresh = {id(each) for each in self.fresh}
        for before, after in pairs:
            if id(before) in gone and id(after) in fresh:
                gone.remove(id(before))
                fresh.remove(id(after))
                yield before, after
        self.gone = [each for each in self.gone if id(each) in gone]
        self.fresh = [each for each in self.fresh if id(each) in fresh]


def _compare(base: History, head: History) -> DatabaseChange:
    left = _Left(list(base.migrations), list(head.migrations))
    same_path = left.take(_by_path(base, head))
    changes = [_change(before, after) for before, after in same_path]
    changes += [_change(before, after) for before, after in left.take(_by_key(left, head.format))]
    changes += [_moved(before, after) for before, after in left.take(_by_script(left))]
    changes += [_moved(before, after) for before, after in left.take(_by_name(left))]
    found = [change for change in changes if change]
    found += [MigrationChange(Status.ADDED, None, after) for after in left.fresh]
    places = {id(migration): place for place, migration in enumerate(head.migrations)}
    found.sort(key=lambda change: places[id(change.after)])
    found += [MigrationChange(Status.DELETED, before, None) for before in left.gone]
    return DatabaseChange(base, head, tuple(found), _pending(head, found))


def _by_path(base: History, head: History) -> Iterator[tuple[Migration, Migration]]:
    at_base = {_inside(base, migration): migration for migration in base.migrations}
    for after in head.migrations:
        if before := at_base.get(_inside(head, after)):
            yield before, after


def _inside(history: History, migration: Migration) -> str:
    return migration.path.removeprefix(history.folder)


def _by_key(left: _Left, tool: str) -> Iterator[tuple[Migration, Migration]]:
    """Pair what the tool takes for the same migration, as long as only one at each side may be meant."""
    key = BY_NAME[tool].key
    for group in _groups(left, key).values():
        if len(group.gone) == len(group.fresh) == 1:
            yield group.gone[0], group.fresh[0]


def _by_script(left: _Left) -> Iterator[tuple[Migration, Migration]]:
    """Pair equal scripts, those of one name first; scripts without any SQL say nothing."""
    groups = _groups(left, lambda migration: "\x1f".join(words(migration.up.text)))
    for script, group in groups.items():
        if script:
            yield from _by_same_name(group)
            yield from zip(group.gone, group.fresh, strict=False)


def _by_same_name(group: _Left) -> Iterator[tuple[Migration, Migration]]:
    for each in _groups(group, lambda migration: migration.name).values():
        yield from zip(each.gone, each.fresh, strict=False)


def _by_name(left: _Left) -> Iterator[tuple[Migration, Migration]]:
    for name, group in _groups(left, lambda migration: migration.name).items():
        for after in group.fresh if name else ():
            for before in group.gone[:_TRIES]:
                if nearly_same(before.up.text, after.up.text):
                    yield before, after


def _groups(left: _Left, key: Callable[[Migration], str]) -> dict[str, _Left]:
    groups: dict[str, _Left] = {}
    for migration in left.gone:
        groups.setdefault(key(migration), _Left([], [])).gone.append(migration)
    for migration in left.fresh:
        groups.setdefault(key(migration), _Left([], [])).fresh.append(migration)
    return {key: group for key, group in groups.items() if group.gone and group.fresh}


def _change(before: Migration, after: Migration) -> MigrationChange | None:
    """How a migration that stayed itself differs, if it does."""
    if _scripts(before) != _scripts(after):
        return MigrationChange(Status.EDITED, before, after, _is_cosmetic(before, after))
    if (before.path, before.version, before.name) != (after.path, after.version, after.name):
        return MigrationChange(Status.MOVED, before, after)
    return None


def _moved(before: Migration, after: Migration) -> MigrationChange:
    differs = _scripts(before) != _scripts(after)
    return MigrationChange(Status.MOVED, before, after, differs and _is_cosmetic(before, after))


def _scripts(migration: Migration) -> tuple[object, ...]:
    up, down = migration.up, migration.down
    return up.text, up.transactions, down and (down.text, down.transactions)


def _is_cosmetic(before: Migration, after: Migration) -> bool:
    if before.up.transactions is not after.up.transactions or (before.down is None) != (after.down is None):
        return False
    downs = (migration.down.text if migration.down else "" for migration in (before, after))
    return same_words(before.up.text, after.up.text) and same_words(*downs)


def _pending(head: History, changes: Iterable[MigrationChange]) -> tuple[Migration, ...]:
    again = {Status.EDITED, Status.MOVED}
    ids = {
        id(change.after)
        for change in changes
        if change.status is Status.ADDED or (change.status in again and change.migration.repeatable)
    }
    return tuple(migration for migration in head.migrations if id(migration) in ids)
