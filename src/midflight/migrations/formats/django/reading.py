"""Reads the files of one Django project into its history."""

import re
from collections.abc import Iterator, Mapping

from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Found, Reading
from midflight.migrations.formats.django import NUMBERED
from midflight.migrations.formats.django.changes import Turn
from midflight.migrations.formats.django.files import Key, MigrationFile, read_file
from midflight.migrations.formats.django.graph import in_order, leaves, replaced_by
from midflight.migrations.formats.django.operations import backwards, forwards, turns_of, unread_in
from midflight.migrations.formats.django.settings import labels_of, read_project
from midflight.migrations.formats.django.state import Project, State
from midflight.migrations.formats.django.writer import Writer
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import name_of

_USER = re.compile(r"[\"']last_login[\"']")
_CREATED = re.compile(r"CreateModel\(\s*(?:name\s*=\s*)?[\"'](\w+)[\"']")


def read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    """Return the migrations of a project in the order in which they need each other, None where none is Django's."""
    if not any("Migration" in texts.get(path, "") and "django" in texts.get(path, "") for path in found.files):
        return None
    settings = {path: texts[path] for path in found.markers if path in texts}
    labels = labels_of(settings)
    files: dict[Key, MigrationFile] = {}
    unread: list[NotAnalysed] = []
    skipped: list[NotAnalysed] = []
    for path in found.files:
        match read_file(path, texts[path], labels) if path in texts else None:
            case MigrationFile() as one:
                files[one.key] = one
            case NotAnalysed() as problem:
                unread.append(problem)
            case None if path in texts and NUMBERED.fullmatch(name_of(path)):
                skipped.append(NotAnalysed(path, 1, "it has no class `Migration`"))
    project = read_project(settings, labels, _guess_user(files, texts))
    try:
        migrations = tuple(_migrations(files, project))
    except RecursionError:
        return Reading((), (NotAnalysed(found.folder, 1, "the migrations are nested too deeply"),))
    return Reading(migrations, tuple(unread), tuple(skipped), project.dialect)


def _guess_user(files: Mapping[Key, MigrationFile], texts: Mapping[str, str]) -> Key:
    """The model that is made with a `last_login`, as those that extend `AbstractBaseUser` are."""
    for (app, _), one in files.items():
        text = texts[one.path]
        at = _USER.search(text)
        names = [found[1] for found in _CREATED.finditer(text, 0, at.start() if at else 0)]
        if names:
            return app, names[-1].lower()
    return "auth", "user"


def _migrations(files: Mapping[Key, MigrationFile], project: Project) -> Iterator[Migration]:
    void = replaced_by(files)
    ends = {app: leaves(files, app) for app in {key[0] for key in files}}
    state = State(project)
    for one in in_order(files, project):
        app, stem = one.key
        mode = Transactions.PER_FILE if one.atomic else Transactions.NONE
        up = down = Script(one.path, "", mode)
        if one.key not in void:
            state, up, down = _scripts(one, state, mode)
        number, _, name = stem.partition("_")
        leaf = f"{app} leaf" if len(ends[app]) > 1 and one.key in ends[app] else ""
        replaces = tuple(f"{app}.{stem}" for app, stem in one.replaces)
        yield Migration(f"{app}.{number}", name, one.path, up, down, rival=leaf, replaces=replaces)


def _scripts(one: MigrationFile, state: State, mode: Transactions) -> tuple[State, Script, Script]:
    up, down = Writer(one.path), Writer(one.path)
    for line in unread_in(one.operations):
        up.unread("the operations are put together by the program", line or 1)
        down.unread("the operations are put together by the program", line or 1)
    steps: list[tuple[Turn, State, State]] = []
    marks = list(one.marks)
    for turn in turns_of(one.key[0], one.module, one.operations):
        while marks and marks[0][0] <= turn.call.line:
            up.comment(*marks.pop(0))
        after = forwards(turn, up, state)
        steps.append((turn, state, after))
        state = after
    for turn, before, after in reversed(steps):
        backwards(turn, down, before, after)
    return state, up.script(mode), down.script(mode)
