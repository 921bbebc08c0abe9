"""Reads the files of one Alembic environment into its history."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Found, Reading
from midflight.migrations.formats.alembic.body import Body, read_body
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import name_of
from midflight.migrations.python import Module, Text, Value, parse_python

_EACH = re.compile(r"transaction_per_migration\s*=\s*True")
_SLUG = re.compile(r"(?:[0-9][0-9_\-]*_)?(?P<slug>.*)\.py")


@dataclass(frozen=True, slots=True)
class _Revision:
    revision: str
    downs: tuple[str, ...]
    needs: tuple[str, ...]
    path: str
    module: Module


def read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    """Return the revisions of a folder, each behind those that it builds on, None where it has none."""
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
    up, needs = _script(one, "upgrade", mode), (*one.downs, *one.needs)
    return Migration(one.revision, slug, one.path, up, down if down.text else None, needs=needs)


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
