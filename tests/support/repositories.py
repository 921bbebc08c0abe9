"""Builds git repositories for tests: real ones, with fixed dates and identities, without a checkout.

`make_repository(tmp_path / "app", {"a.sql": "..."}, feature={"b.sql": "...", "a.sql": None})` has the branches
`main` and `feature`, where `feature` is one commit on top of `main`. A content of None deletes the file. A path
may hold any bytes (as surrogate escapes), a content may be a `Symlink` or a `Submodule`.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

FIRST_DATE = 1_767_225_600  # 2026-01-01T00:00:00Z
IDENTITY = "Ada Example <ada@example.com>"
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),  # noqa: TID251 - tests find git where the machine has it
    "HOME": os.devnull,
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada Example",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": f"{FIRST_DATE + 86_400} +0000",
    "GIT_COMMITTER_NAME": "Ada Example",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_COMMITTER_DATE": f"{FIRST_DATE + 86_400} +0000",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link to `target`."""

    target: str


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule at `commit`."""

    commit: str


Content = str | bytes | Symlink | Submodule | None
Files = Mapping[str, Content]


def make_repository(folder: Path, base: Files, **branches: Files) -> Path:
    """Make a repository in `folder`: `main` holds `base`, each branch is one commit on top of it."""
    folder.mkdir(parents=True, exist_ok=True)
    run_git(folder, "init", "--quiet", "--initial-branch=main")
    add_commit(folder, "main", base, "Start")
    for name, files in branches.items():
        add_commit(folder, name, files, f"Change {name}")
    return folder


def add_commit(repo: Path, branch: str, files: Files, message: str, *, merge: str = "", day: str = "") -> str:
    """Add a commit to `branch` (started at `main` when it is new) and give its id.

    `merge` names a second parent; `files` are then what the merge changes against `branch`: see `merge_branch`.
    `day` (YYYY-MM-DD) is when it is made, else a minute after the one before.
    """
    parent = _revision(repo, f"refs/heads/{branch}") or _revision(repo, "refs/heads/main")
    second = run_git(repo, "rev-parse", "--verify", f"{merge}^{{commit}}") if merge else ""
    count = int(run_git(repo, "rev-list", "--count", parent)) if parent else 0
    seconds = datetime.fromisoformat(f"{day}T12:00+00:00").timestamp() if day else FIRST_DATE + 60 * count
    date = f"{int(seconds)} +0000"
    text = message.encode("utf-8", "surrogateescape")
    lines = [
        f"commit refs/heads/{branch}\nauthor {IDENTITY} {date}\ncommitter {IDENTITY} {date}\n".encode(),
        _data(text),
        f"from {parent}\n".encode() if parent else b"",
        f"merge {second}\n".encode() if second else b"",
        *(_change(path, content) for path, content in files.items()),
    ]
    run_git(repo, "fast-import", "--quiet", "--force", feed=b"".join(lines))
    return run_git(repo, "rev-parse", f"refs/heads/{branch}")


def merge_branch(repo: Path, into: str, other: str, *, branch: str = "merged") -> str:
    """Make `branch` the merge commit of `into` and `other`, as GitHub makes `refs/pull/N/merge`, and give its id."""
    tree = run_git(repo, "merge-tree", "--write-tree", into, other)
    parents = ("-p", into, "-p", other)
    text = f"Merge {other} into {into}".encode()
    commit = run_git(repo, "commit-tree", tree, *parents, feed=text)
    run_git(repo, "update-ref", f"refs/heads/{branch}", commit)
    return commit


def run_git(repo: Path, *arguments: str, feed: bytes = b"") -> str:
    """Run git in `repo` with a clean environment and give its standard output without the last newline."""
    done = subprocess.run(
        ["git", "-C", os.fspath(repo), *arguments], input=feed, env=ENVIRONMENT, capture_output=True, check=False
    )
    if done.returncode:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr.decode('utf-8', 'replace')}")
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def _revision(repo: Path, name: str) -> str:
    return run_git(repo, "for-each-ref", "--format=%(objectname)", name)


def _change(path: str, content: Content) -> bytes:
    quoted = b'"' + b"".join(rb"\%03o" % byte for byte in os.fsencode(path)) + b'"'
    match content:
        case None:
            return b"D " + quoted + b"\n"
        case Submodule(commit):
            return b"M 160000 " + commit.encode() + b" " + quoted + b"\n"
        case Symlink(target):
            return b"M 120000 inline " + quoted + b"\n" + _data(os.fsencode(target))
        case _:
            blob = content if isinstance(content, bytes) else content.encode("utf-8")
            return b"M 100644 inline " + quoted + b"\n" + _data(blob)


def _data(text: bytes) -> bytes:
    return b"data %d\n" % len(text) + text + b"\n"
