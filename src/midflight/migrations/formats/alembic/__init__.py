"""Alembic: `versions/*.py` beside `env.py`, read into the SQL that `upgrade --sql` prints.

The files are parsed, never run. Revisions are a graph by `down_revision`; an `upgrade head` refuses to run while there
are two heads. All pending ones run in one transaction unless `env.py` says `transaction_per_migration=True`; a database
keeps the revision it is at, so that nothing notices an edit, and one whose file is gone cannot be located (Alembic
documentation, "Tutorial", "Working with Branches", "Runtime Objects").
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, SortKey, by_version
from midflight.migrations.formats.alembic.body import Body, read_body
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import folder_of, join, name_of
from midflight.migrations.python import Module, Text, Value, parse_python

_EACH = re.compile(r"transaction_per_migration\s*=\s*True")
_SLUG = re.compile(r"(?:[0-9][0-9_\-]*_)?(?P<slug>.*)\.py")


def _find(listing: Listing) -> Iterator[Found]:
    for folder, names in listing.scripts.items():
        files = tuple(join(folder, name) for name in names if name.endswith(".py") and name != "__init__.py")
        above = folder_of(folder)
        if files and (listing.named or (name_of(folder) == "versions" and _has_environment(listing, above))):
            env = join(above, "env.py")
            yield Found(folder, files, (env,) if "env.py" in listing.scripts.get(above, ()) else ())


def _has_environment(listing: Listing, folder: str) -> bool:
    return "env.py" in listing.scripts.get(folder, ()) or listing.configured


@dataclass(frozen=True, slots=True)
class _Revision:
    revision: str
    downs: tuple[str, ...]
    needs: tuple[str, ...]
    path: str
    module: Module


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    revisions: dict[str, _Revision] = {}
    unread: list[NotAnalysed] = []
    for path in found.files:
        text = texts.get(path, "")
        if "revision" not in text:
            continue
        match _revision(path, text):
            case _Revision() as one:
                revisions.setdefault(one.revision, one)
            case NotAnalysed() as problem:
                unread.append(problem)
    if not revisions:
        return None
    mode = Transactions.PER_RUN
    if any(_EACH.search(texts.get(marker, "")) for marker in found.markers):
        mode = Transactions.PER_FILE
    down_to = {down for one in revisions.values() for down in one.downs}
    heads = {revision for revision in revisions if revision not in down_to}
    migrations = [_migration(one, mode) for one in _in_order(revisions)]
    several = len(heads) > 1
    marked = (replace(each, rival="head") if several and each.version in heads else each for each in migrations)
    return Reading(tuple(marked), tuple(unread))


def _revision(path: str, text: str) -> _Revision | NotAnalysed | None:
    module = parse_python(path, text)
    if isinstance(module, NotAnalysed):
        return module
    found = {name: module.value(module.constants.get(name)) for name in ("revision", "down_revision", "depends_on")}
    revision = found["revision"]
    if not isinstance(revision, Text):
        return None
    return _Revision(revision.text, _names(found["down_revision"]), _names(found["depends_on"]), path, module)


def _names(value: Value) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(each.text for each in items if isinstance(each, Text))


def _in_order(revisions: Mapping[str, _Revision]) -> list[_Revision]:
    """Each revision behind those that it builds on; those of a circle by name."""
    done: set[str] = set()
    order: list[_Revision] = []
    for start in sorted(revisions):
        stack, entered = [start], {start}
        while stack:
            one = revisions[stack[-1]]
            needs = [each for each in (*one.downs, *one.needs) if each in revisions]
            following = next((each for each in needs if each not in done and each not in entered), None)
            if following is not None:
                entered.add(following)
                stack.append(following)
                continue
            stack.pop()
            if one.revision not in done:
                done.add(one.revision)
                order.append(one)
    return order


def _migration(one: _Revision, mode: Transactions) -> Migration:
    match = _SLUG.fullmatch(name_of(one.path))
    slug = (match["slug"] if match else "").removeprefix(f"{one.revision}_")
    down = _script(one, "downgrade", mode)
    return Migration(one.revision, slug, one.path, _script(one, "upgrade", mode), down if down.text else None)


def _script(one: _Revision, name: str, mode: Transactions) -> Script:
    body = Body(one.path, replace(one.module))
    function = one.module.functions.get(name)
    if function is None:
        if name == "upgrade":
            body.unread("the file has no `upgrade` of its own", 1)
        return body.script(mode)
    try:
        read_body(body, function.body, batch={})
    except RecursionError:
        body.unread("the code is nested too deeply", function.lineno)
    return body.script(mode)


def _unique(migration: Migration) -> str:
    return migration.rival or migration.version


def _as_listed(_: Migration) -> SortKey:
    """Alembic goes by what revisions build on: none comes late."""
    return False, (), ""


FORMAT = Format(
    name="alembic",
    title="Alembic",
    rank=55,
    transactions=Transactions.PER_RUN,
    find=_find,
    read=_read,
    scripts=frozenset({".py"}),
    conduct=Conduct(Reaction.APPLIES, Reaction.FAILS, Reaction.IGNORES, Reaction.FAILS),
    key=by_version,
    unique=_unique,
    sequence=_as_listed,
    rivals="is a head beside",
)
