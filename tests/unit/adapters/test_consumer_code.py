"""Where the code of other repositories is read, and what is never read."""

from pathlib import Path

import pytest

from midflight.adapters.consumer_code import MOST_READ, SECONDS, Budget, Means, Wanted, with_sources
from midflight.adapters.github.api import Clock
from midflight.compatibility.consumers import Consumer, Elsewhere
from support.repositories import add_commit, make_repository, run_git


def read(wanted: Wanted, means: Means) -> Elsewhere | str:
    [consumer] = with_sources([Consumer("a", "", ())], [wanted], means)
    assert consumer.source is not None
    return consumer.source.read()


@pytest.fixture
def means(tmp_path: Path) -> Means:
    make_repository(tmp_path / "other", {"a.ts": "1"})
    run_git(tmp_path / "other", "tag", "v1", "main")
    add_commit(tmp_path / "other", "main", {"b.ts": "2"}, "More")
    (tmp_path / "plain").mkdir()
    (tmp_path / "other" / "sub").mkdir()
    return Means(folder=str(tmp_path))


@pytest.mark.parametrize(("ref", "files"), [("default", ["a.ts", "b.ts"]), ("v1", ["a.ts"]), ("main~1", ["a.ts"])])
def test_a_repository_on_disk_is_read_at_its_revision(means, ref, files):
    found = read(Wanted(path="other", ref=ref), means)

    assert sorted(found.tree.entries) == files
    assert [content for _, content in found.blobs.read([found.tree.entries["a.ts"].blob])] == [b"1"]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Wanted(path="nowhere"), "there is no git repository at nowhere"),
        (Wanted(path="plain"), "there is no git repository at plain"),
        (Wanted(path="other/sub"), "there is no git repository at other/sub"),
        (Wanted(path="other", ref="v9"), "The revision `v9` is not in the repository."),
        (
            Wanted(path="other", ref="latest-release"),
            "a repository on disk does not say what its latest release is: name a tag",
        ),
        (Wanted(path="other", refused="not this one"), "not this one"),
        (Wanted("acme/a"), "there is no token to read it with: give `consumers_token`, or set GITHUB_TOKEN"),
    ],
)
def test_what_cannot_be_read_is_a_reason(means, wanted, reason):
    assert read(wanted, means) == reason


def test_no_more_than_twenty_are_read(means):
    consumers = [Consumer(str(number), "", ()) for number in range(MOST_READ + 2)]
    wanted = [None, *[Wanted(path="other")] * (MOST_READ + 1)]

    sources = [each.source for each in with_sources(consumers, wanted, means)]

    assert sources[0] is None
    assert isinstance(sources[MOST_READ].read(), Elsewhere)
    assert sources[MOST_READ + 1].read() == "no more than 20 consumers are read"


def test_what_comes_after_the_time_is_over_is_not_asked_for():
    times = iter([0.0, SECONDS + 1])
    budget = Budget(Clock(sleep=lambda _: None, now=lambda: next(times)))

    assert not budget.is_spent()
    means = Means("t", "http://127.0.0.1:9", budget=budget)
    assert read(Wanted("acme/a"), means) == "reading the consumers before it took 300 seconds"


def test_the_token_is_in_no_representation():
    assert "ghs_secret" not in repr(Means("ghs_secret"))
