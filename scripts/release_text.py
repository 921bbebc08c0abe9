"""Prints a version's section of the changelog, and fails where package, changelog and version do not agree."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def section(changelog: str, version: str) -> str:
    """Return what the changelog tells of a version, without its heading; raises `ValueError` where that is nothing."""
    heading = re.compile(rf"^## \[{re.escape(version)}\].*$", re.MULTILINE)
    found = heading.search(changelog)
    text = re.split(r"^## ", changelog[found.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip() if found else ""
    if not text:
        raise ValueError(f"CHANGELOG.md tells nothing of {version}: it needs a heading `## [{version}] - date`")
    return text


def released(project: str, changelog: str, version: str) -> str:
    """Return the release's text; raises `ValueError` where pyproject.toml has another version."""
    packaged = tomllib.loads(project)["project"]["version"]
    if packaged != version:
        raise ValueError(f"the tag says {version}, and pyproject.toml {packaged}")
    return section(changelog, version)


if __name__ == "__main__":
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "CHANGELOG.md")]
    try:
        print(released(*texts, sys.argv[1]))
    except ValueError as problem:
        sys.exit(str(problem))
