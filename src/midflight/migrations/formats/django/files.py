"""What one migration file of Django says."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from midflight.changes.model import NotAnalysed
from midflight.migrations.names import folder_of, name_of
from midflight.migrations.python import Call, Module, Ref, Text, Value, parse_python, plain

Key = tuple[str, str]
_LABEL = re.compile(r"^\s+label\s*(?::\s*str\s*)?=\s*[\"'](\w+)[\"']", re.MULTILINE)

_MARK = re.compile(r"#\s*(midflight:.*)")


@dataclass(frozen=True, slots=True)
class MigrationFile:
    """One migration as written: its key is the app's label and the file's name."""

    key: Key
    path: str
    module: Module
    operations: Value
    needs: tuple[tuple[str, Value], ...]  # app and name, or a setting that names the app
    before: tuple[Key, ...] = ()
    replaces: tuple[Key, ...] = ()
    atomic: bool = True
    marks: tuple[tuple[int, str], ...] = ()  # comments that suppress findings, by line


def app_of(path: str, labels: Mapping[str, str]) -> str:
    """The app that a migration's folder belongs to."""
    app = folder_of(folder_of(path))
    return labels.get(app, name_of(app))


def label_in(text: str) -> str:
    """The label that an `apps.py` gives its app."""
    found = _LABEL.search(text)
    return found[1] if found else ""


def read_file(path: str, text: str, labels: Mapping[str, str]) -> MigrationFile | NotAnalysed | None:
    """Read a file; None for one that holds no migration."""
    if "Migration" not in text:
        return None
    module = parse_python(path, text)
    if isinstance(module, NotAnalysed):
        return module
    body = next(
        (node for node in module.tree.body if isinstance(node, ast.ClassDef) and node.name == "Migration"), None
    )
    if body is None:
        return None
    members = _members(body)
    module.constants = {**module.constants, **members}  # `operations` may name what the class assigns above
    app = app_of(path, labels)
    return MigrationFile(
        (app, name_of(path).removesuffix(".py")),
        path,
        module,
        module.value(members.get("operations")),
        tuple(_needs(module.value(members.get("dependencies")))),
        tuple(_keys(module.value(members.get("run_before")))),
        tuple(_keys(module.value(members.get("replaces")))),
        plain(module.value(members["atomic"])) is not False if "atomic" in members else True,
        tuple(_marks(text)),
    )


def _marks(text: str) -> Iterator[tuple[int, str]]:
    if "midflight" in text:
        for number, line in enumerate(text.split("\n"), 1):
            if found := _MARK.search(line):
                yield number, found[1]


def _members(body: ast.ClassDef) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in body.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
    return found


def _keys(value: Value) -> list[Key]:
    found = []
    for each in value if isinstance(value, list) else []:
        match each:
            case [Text(text=app), Text(text=name)]:
                found.append((app, name))
    return found


def _needs(value: Value) -> list[tuple[str, Value]]:
    found: list[tuple[str, Value]] = []
    for each in value if isinstance(value, list) else []:
        match each:
            case [Text(text=app), Text() as name]:
                found.append((app, name))
            case [Text(text=app), Ref(name=name)]:
                found.append((app, Text(name, 0)))
            case Call(name=name, args=(given, *_)) if name.endswith("swappable_dependency"):
                found.append(("", given))
    return found
