"""What a token may do with a repository, as far as GitHub says without anything being written."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from midflight.adapters.github.api import Api
from midflight.errors import PlatformError


@dataclass(frozen=True, slots=True)
class Access:
    """What can be read, with GitHub's refusals by what was asked for; `writes` is None where GitHub does not say.

    `permissions` of the repository are those of a person's token ("Get a repository", GitHub documentation); for an
    installation's token, as a workflow has, they say nothing about what it may write.
    """

    refused: dict[str, str]
    writes: bool | None


_ASKED = {
    "pull requests": "pulls",
    "comments": "issues",
    "statuses": "commits/HEAD/statuses",
}


def read_access(repository: str, token: str, url: str) -> Access:
    """Ask for one thing of each kind; nothing is written, and no wait is longer than ten seconds."""
    with closing(Api(repository, token, url, max_wait=10)) as api:
        refused = dict(_refusals(api))
        return Access(refused, None if refused or token.startswith("ghs_") else _writes(api))


def _refusals(api: Api) -> Iterator[tuple[str, str]]:
    asked: dict[str, Callable[[], object]] = {"the repository": partial(api.get, _root(api))}
    asked |= {what: partial(api.get, path, per_page=1) for what, path in _ASKED.items()}
    for what, ask in asked.items():
        try:
            ask()
        except PlatformError as error:
            yield what, error.sentence
            if error.status in {0, 401}:
                return  # nobody answers, or nobody will: the other questions have the same answer


def _writes(api: Api) -> bool | None:
    found = api.get(_root(api))
    permissions = found.get("permissions") if isinstance(found, dict) else None
    return bool(permissions.get("push")) if isinstance(permissions, dict) else None


def _root(api: Api) -> str:
    return f"/repos/{api.repository}"
