"""Tells what the names of a Python file stand for, as its imports and classes say it."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

_FROM = re.compile(r"from[ \t]+([.\w]+)[ \t]+import[ \t]+(?:\(([^)]{0,6000})\)|([^\n#(]{1,2000}))")
_IMPORT = re.compile(r"\n[ \t]*import[ \t]+([\w., \t]{1,2000})")
_CLASS = re.compile(r"\nclass[ \t]+(\w+)")
_COMMENT = re.compile(r"#[^\n]*")


@dataclass(frozen=True, slots=True)
class Names:
    """The dotted names behind the imported ones, the module of the file, and its own classes."""

    imported: dict[str, str]
    module: str
    classes: frozenset[str]

    def whole(self, name: str) -> str:
        """The dotted name of a class or module, "" for one that the file neither imports nor declares."""
        head, _, rest = name.partition(".")
        if head in self.classes:
            found = f"{self.module}.{head}"
        elif head in self.imported:
            found = self.imported[head]
        else:
            return ""
        return f"{found}.{rest}" if rest else found


def names_of(path: str, text: bytes) -> Names:
    """Read the imports of a file wherever they stand."""
    source = "\n" + text.decode("utf-8", "replace")
    imported: dict[str, str] = {}
    for found in _IMPORT.finditer(source):
        for each in found[1].split(","):
            name, _, alias = each.strip().partition(" as ")
            imported[alias.strip() or name.partition(".")[0]] = name if alias else name.partition(".")[0]
    for found in _FROM.finditer(source):
        module = _absolute(path, found[1])
        listed = _COMMENT.sub("", found[2] or found[3]).replace("\\", " ")
        for each in listed.split(","):
            name, _, alias = " ".join(each.split()).partition(" as ")
            if name.isidentifier():
                imported[alias or name] = f"{module}.{name}" if module else name
    return Names(imported, _module(path), frozenset(_CLASS.findall(source)))


def _module(path: str) -> str:
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1:] == ("__init__",) else parts)


def _absolute(path: str, module: str) -> str:
    """A module as the root sees it: `..order.models` in `saleor/plugins/a.py` is `saleor.order.models`."""
    named = module.lstrip(".")
    level = len(module) - len(named)
    if not level:
        return named
    folders = PurePosixPath(path).parts[:-1]
    return ".".join([*folders[: len(folders) - level + 1], *([named] if named else [])])
