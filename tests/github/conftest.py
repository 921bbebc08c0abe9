"""A fake GitHub with one open pull request, and clients for it."""

from dataclasses import dataclass, field

import pytest

from midflight.adapters.github.client import GitHub
from midflight.publish.decide import comment_body
from midflight.publish.marker import Marker
from midflight.publish.model import UpsertComment
from support.action_runs import BASE, OUTAGE, QUIET, Platform
from support.fake_github.clock import FakeClock
from support.fake_github.server import FakeGitHub
from support.repositories import add_commit, make_repository, run_git


@dataclass
class World:
    """The fake, its one pull request, and what a run of ours would use."""

    gh: FakeGitHub
    number: int
    waits: FakeClock = field(default_factory=FakeClock)
    clients: list[GitHub] = field(default_factory=list)

    @property
    def head(self) -> str:
        return run_git(self.gh.state.path, "rev-parse", "feature")

    def push(self, text: str = "select 1;") -> str:
        return add_commit(self.gh.state.path, "feature", {"b.sql": text}, "Push")

    def client(self, token: str = "", **options: object) -> GitHub:
        token = token or self.gh.token()
        client = GitHub("octo/app", token, url=self.gh.url, clock=self.waits.clock, **options)
        self.clients.append(client)
        return client

    def comment(self, text: str, *, head: str = "", key: str = "midflight", create: bool = True) -> UpsertComment:
        head = head or self.head
        return UpsertComment(self.number, key, head, comment_body(text, Marker(key, head)), create=create)


@pytest.fixture
def world(tmp_path):
    repository = make_repository(tmp_path / "app", {"a.sql": "select 1;"}, feature={"b.sql": "select 2;"})
    with FakeGitHub(repository) as gh:
        world = World(gh, gh.open_pull("feature"))
        yield world
        for client in world.clients:
            client.close()
    assert gh.violations == []


@pytest.fixture
def platform(tmp_path):
    repository = make_repository(tmp_path / "app", BASE, outage=OUTAGE, quiet=QUIET)
    with FakeGitHub(repository) as gh:
        numbers = {branch: gh.open_pull(branch) for branch in ("outage", "quiet")}
        yield Platform(gh, numbers, tmp_path)
    assert gh.violations == []
