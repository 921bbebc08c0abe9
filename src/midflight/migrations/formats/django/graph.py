"""The order in which Django applies the migrations of all apps (`db.migrations.graph` and `loader`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from midflight.migrations.formats.django.files import Key, MigrationFile
from midflight.migrations.formats.django.state import Project
from midflight.migrations.python import Ref, Text


def replaced_by(files: Mapping[Key, MigrationFile]) -> dict[Key, Key]:
    """The migrations that do not count, by the one that stands for them.

    While every replaced migration is still there, a squashed one sends nothing: databases have the others already,
    and on a new one both ways lead to the same schema.
    """
    found: dict[Key, Key] = {}
    for key, one in files.items():
        known = [each for each in one.replaces if each in files]
        if one.replaces and len(known) == len(one.replaces):
            found[key] = key
        else:
            found |= dict.fromkeys(known, key)
    return found


def in_order(files: Mapping[Key, MigrationFile], project: Project) -> list[MigrationFile]:
    """All migrations, each behind those that it needs; where they need each other in a circle, by name."""
    needs = _needs(files, project)
    order: list[MigrationFile] = []
    done: set[Key] = set()
    for start in sorted(files):
        stack = [(start, iter(sorted(needs[start])))]
        entered = {start}
        while stack and start not in done:
            key, rest = stack[-1]
            following = next((each for each in rest if each not in done and each not in entered), None)
            if following is None:
                stack.pop()
                if key not in done:
                    done.add(key)
                    order.append(files[key])
            else:
                entered.add(following)
                stack.append((following, iter(sorted(needs[following]))))
    return order


def _needs(files: Mapping[Key, MigrationFile], project: Project) -> dict[Key, set[Key]]:
    stands: dict[Key, Key] = {each: key for key, one in files.items() for each in one.replaces if each not in files}
    needs: dict[Key, set[Key]] = {key: set() for key in files}
    for key, one in files.items():
        for app, name in one.needs:
            needs[key].update(stands.get(each, each) for each in _resolved(files, project, app, name))
        for each in one.before:
            needs.setdefault(stands.get(each, each), set()).add(key)
        needs[key].update(each for each in one.replaces if each in files)
    return {
        key: {each for each in found if each in files and each != key} for key, found in needs.items() if key in files
    }


def _resolved(files: Mapping[Key, MigrationFile], project: Project, app: str, name: object) -> Iterable[Key]:
    if not app:
        user = (
            project.user[0] if isinstance(name, Ref) else name.text.partition(".")[0] if isinstance(name, Text) else ""
        )
        return _first(files, user)
    text = name.text if isinstance(name, Text) else ""
    if text == "__first__":
        return _first(files, app)
    if text == "__latest__":
        return leaves(files, app)
    return ((app, text),)


def _first(files: Mapping[Key, MigrationFile], app: str) -> list[Key]:
    own = [key for key in sorted(files) if key[0] == app]
    roots = [key for key in own if not any(need == app for need, _ in files[key].needs)]
    return roots[:1] or own[:1]


def leaves(files: Mapping[Key, MigrationFile], app: str) -> list[Key]:
    """The migrations of an app that no other of it needs."""
    own = [key for key in sorted(files) if key[0] == app]
    return list(_leaves(own, files))


def _leaves(own: Sequence[Key], files: Mapping[Key, MigrationFile]) -> Iterator[Key]:
    replaced = {each for key in own for each in files[key].replaces}
    for key in own:
        # who needs a replaced migration needs what stands for it
        names = {key, *files[key].replaces}
        others = (each for each in own if each not in names)
        if key not in replaced and not any(names & _named(files[each]) for each in others):
            yield key


def _named(one: MigrationFile) -> set[Key]:
    return {(app, name.text) for app, name in one.needs if isinstance(name, Text)}
