"""Which files each commit of a branch changed, read in one pass over the history."""

import re
from pathlib import Path

from midflight.adapters.git import MAX_COMMITS, GitRepository
from midflight.adapters.git_program import call
from midflight.errors import SourceError

_COMMIT = re.compile(r"\x01([0-9a-f]{40}(?:[0-9a-f]{24})?)")
_TIMEOUT = 120


def changed_files(folder: Path, from_: str, to: str) -> dict[str, frozenset[str]]:
    """Return the paths that each commit of a range's own line changed, by the commit's id.

    A merge counts with everything that it brought (compared with its first parent, git-log's `-m --first-parent`).
    """
    repository = GitRepository(folder)
    arguments = ("log", "-z", "--first-parent", "-m", "--name-only", "--no-renames", "--no-color", "--no-notes")
    ends = (repository.resolve(to), f"^{repository.resolve(from_)}")
    answer = call(folder, *arguments, f"--max-count={MAX_COMMITS}", "--format=%x01%H", *ends, "--", timeout=_TIMEOUT)
    if answer.status:
        raise SourceError(f"git log failed: {answer.complaint}", where=str(folder))
    found: dict[str, set[str]] = {}
    current: set[str] = set()
    for token in answer.output.split("\0"):
        named = _COMMIT.fullmatch(token.strip("\n"))
        if named:
            current = found.setdefault(named[1], set())
        elif token.strip("\n"):
            current.add(token.lstrip("\n"))
    return {sha: frozenset(paths) for sha, paths in found.items()}
