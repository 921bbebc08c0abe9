"""What the fake GitHub knows: a real git repository, and comments, statuses and pull requests in memory."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from support.repositories import ENVIRONMENT, run_git

WORKFLOW_LOGIN = "github-actions[bot]"
ALL_RIGHTS = {
    "contents": "read",
    "issues": "write",
    "pull_requests": "write",
    "statuses": "write",
    "deployments": "read",
}


@dataclass
class Comment:
    id: int
    number: int
    author: str
    body: str
    edits: int = 0


@dataclass
class Pull:
    """A pull request; `fork` is "same" (no fork), the fork's full name, or None for a deleted fork."""

    number: int
    head: str
    base: str
    title: str
    author: str = "ada"
    fork: str | None = "same"
    merged: str = ""
    merged_at: str = ""
    base_sha: str = ""
    labels: list[str] = field(default_factory=list)
    events: list[dict] = field(default_factory=list)  # label events: event, label, login, at
    closed: bool = False


@dataclass
class Token:
    """Who a token is and what it may do; an installation's token may not ask for its user."""

    login: str = WORKFLOW_LOGIN
    rights: dict[str, str] = field(default_factory=lambda: dict(ALL_RIGHTS))
    installation: bool = True

    def may(self, right: str, level: str) -> bool:
        held = self.rights.get(right, "none")
        return held == "write" or (held == "read" and level == "read")


class State:
    def __init__(self, repository: Path, full_name: str) -> None:
        self.path = repository
        self.full_name = full_name
        self.tokens: dict[str, Token] = {}
        self.comments: list[Comment] = []
        self.statuses: list[dict] = []  # oldest first
        self.pulls: dict[int, Pull] = {}
        self.last_id = 1000
        self.permissions = {"octocat": "write", "root": "admin"}  # everybody else may read; None: not known
        self.reactions: list[tuple[int, str]] = []
        self.reviews: list[dict] = []  # id, number, login, body, commit, comments
        self.limit = 1000  # requests an hour, for all tokens together
        self.left = 1000
        self.reset = 1_767_229_200  # an hour after the fake clock's beginning
        self.moved = ""  # the repository's new path, when it was renamed
        self.truncated = False  # whether its trees are too large to be listed
        self.readers: dict[str, Token] = {}  # of another repository than the run's own, by their tokens
        self.release = ""  # the tag of the latest release
        self.releases: list[tuple[str, dict]] = []  # newest first: the tag, and what of it differs
        self.issues: list[dict] = []  # oldest first: number, title, body, login, state
        self.deployments: list[dict] = []  # oldest first: id, sha, environment, states (oldest first)

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def git(self, *arguments: str) -> str:
        return run_git(self.path, *arguments)

    def git_bytes(self, *arguments: str) -> bytes:
        command = ["git", "-C", os.fspath(self.path), *arguments]
        return subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True).stdout

    def sha(self, revision: str) -> str | None:
        try:
            return self.git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        except AssertionError:
            return None

    def head_sha(self, pull: Pull) -> str:
        return self.git("rev-parse", f"refs/heads/{pull.head}")

    def base_sha(self, pull: Pull) -> str:
        return pull.base_sha or self.git("rev-parse", f"refs/heads/{pull.base}")

    def commits(self, *ranges: str) -> list[str]:
        """Commit ids, oldest first."""
        return self.git("rev-list", "--reverse", "--topo-order", *ranges).split()
