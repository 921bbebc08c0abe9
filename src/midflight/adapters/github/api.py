"""The one place where requests to GitHub's REST API are made, repeated and refused."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from http.client import HTTPException
from typing import Any, ParamSpec, TypeVar

import requests
from github.GithubException import GithubException

import github
from midflight.adapters.github.budget import MADE, Budget
from midflight.adapters.github.moved import MOVED, answered, new_root, tell_moves
from midflight.adapters.github.waits import Refusal
from midflight.errors import PlatformError

MAX_PAGES = 200
MAX_MOVES = 3
MAX_WAIT = 180.0
TIMEOUT = 30
BETWEEN_WRITES = 1.0  # "wait at least one second between each" write ("Best practices", GitHub documentation)

Json = Any
T = TypeVar("T")
P = ParamSpec("P")

# PyGithub raises RuntimeError for a redirect to another host, ValueError for JSON that was cut off, and
# AssertionError for a link to a foreign host.
_UNANSWERED = (requests.RequestException, HTTPException, OSError, ValueError, RuntimeError, AssertionError)


@dataclass(frozen=True, slots=True)
class Clock:
    """Sleeping and the time of day in seconds, so that tests need not wait."""

    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time


SYSTEM_CLOCK = Clock()


def shaped(method: Callable[P, T]) -> Callable[P, T]:
    """Tell an answer of another shape than GitHub's (a proxy's sign-in page, for one) as such."""

    @wraps(method)
    def read(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return method(*arguments, **named)
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise PlatformError(
                "The answer is not in the shape that GitHub describes.", then="Check the API's address and any proxy."
            ) from error

    return read


class Api:
    """Requests below one repository; waits for rate limits and repeats lost requests, within `max_wait` seconds in all.

    PyGithub's own retry is switched off: it repeats a POST whose answer was lost, which makes a second comment, and
    repeats no PATCH.
    """

    def __init__(
        self, repository: str, token: str, url: str, *, clock: Clock = SYSTEM_CLOCK, max_wait: float = MAX_WAIT
    ) -> None:
        self.repository = repository
        self._token = token
        self._clock = clock
        self._left = max_wait
        self._wrote = False
        self._root = f"/repos/{repository}"
        self._url = url
        self.budget = Budget()
        self._client = github.Github(
            auth=github.Auth.Token(token) if token else None,
            base_url=url.rstrip("/"),
            timeout=TIMEOUT,
            per_page=100,
            user_agent="midflight",
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )
        tell_moves(self._client.requester, secure=not url.startswith("http://"))

    def __repr__(self) -> str:
        return f"Api({self.repository!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, **parameters: str | int) -> Json:
        """GET one document."""
        return self._repeated("GET", path, parameters=parameters)[1]

    def header(self, path: str, name: str) -> str:
        """GET a path for one header of its answer, empty when it is not there."""
        return str(self._repeated("GET", path)[0].get(name.lower(), ""))

    def pages(self, path: str, **parameters: str | int) -> Iterator[Json]:
        """GET every page of a list, until no `rel="next"` follows."""
        for page in range(1, MAX_PAGES + 1):
            headers, found = self._repeated("GET", path, parameters={**parameters, "per_page": 100, "page": page})
            yield found
            if 'rel="next"' not in headers.get("link", ""):
                return

    def patch(self, path: str, body: Mapping[str, Json]) -> Json:
        """PATCH: the same edit twice is one edit, so a lost answer is asked for again."""
        return self._repeated("PATCH", path, body=body)[1]

    def delete(self, path: str) -> None:
        """DELETE; what is not there any more is deleted."""
        try:
            self._repeated("DELETE", path)
        except PlatformError as error:
            if error.status != 404:
                raise

    def create(self, path: str, body: Mapping[str, Json], look: Callable[[], T | None]) -> Json | T:
        """POST once; when its answer is lost, `look` whether it was carried out before it is posted again."""
        attempt = 1
        while True:
            answer = self._once("POST", path, body=body)
            if not isinstance(answer, Refusal):
                return answer[1]
            self._pause(answer, attempt)
            found = look() if answer.lost else None
            if found is not None:
                return found
            attempt += 1

    def retried(self, what: str, fetch: Callable[[], T]) -> T:
        """Run a download that is not one request of the API; a lost one is begun again."""
        attempt = 1
        while True:
            try:
                return fetch()
            except _UNANSWERED as error:
                self._pause(self._lost("GET", what, error), attempt)
            attempt += 1

    def _repeated(
        self, verb: str, path: str, *, parameters: Mapping[str, Json] | None = None, body: Json = None
    ) -> tuple[Mapping[str, Json], Json]:
        attempt = 1
        while isinstance(answer := self._once(verb, path, parameters=parameters, body=body), Refusal):
            self._pause(answer, attempt)
            attempt += 1
        return answer

    def _once(
        self, verb: str, path: str, *, parameters: Mapping[str, Json] | None = None, body: Json = None
    ) -> tuple[Mapping[str, Json], Json] | Refusal:
        if verb != "GET":
            self._space_writes()
        for _ in range(MAX_MOVES):
            answer = self._asked(verb, path, parameters=parameters, body=body)
            if not isinstance(answer, Refusal) or not self._follow(answer):
                break
        return answer

    def _asked(
        self, verb: str, path: str, *, parameters: Mapping[str, Json] | None = None, body: Json = None
    ) -> tuple[Mapping[str, Json], Json] | Refusal:
        url = path if path.startswith("/") else f"{self._root}/{path}"
        try:
            answer = self._client.requester.requestJsonAndCheck(
                verb, url, parameters=dict(parameters or {}), input=body
            )
        except GithubException as error:
            headers = {name.lower(): str(value) for name, value in (error.headers or {}).items()}
            self._count(verb, headers)
            return Refusal(verb, path, answered(error.status), self._redacted(_said(error.data)), headers)
        except _UNANSWERED as error:
            self._count(verb, {})
            return self._lost(verb, path, error)
        self._count(verb, answer[0])
        return answer

    def _count(self, verb: str, headers: Mapping[str, object]) -> None:
        self.budget.count(verb, headers)
        MADE.count(verb, headers)

    def _follow(self, refusal: Refusal) -> bool:
        """Whether GitHub says where the repository is now (it was renamed or moved); every request then goes there."""
        if refusal.status not in MOVED:
            return False
        root = new_root(refusal.headers.get("location", ""), refusal.path, self._url)
        if not root or root == self._root:
            return False
        self._root = root
        return True

    def _lost(self, verb: str, path: str, error: Exception) -> Refusal:
        # Only the kind of error: its text may hold the address of a private archive, which is a secret.
        return Refusal(verb, path, 0, type(error).__name__, {})

    def _pause(self, refusal: Refusal, attempt: int) -> None:
        wait = refusal.wait(attempt, self._clock.now())
        if wait is None or wait > self._left:
            raise refusal.error()
        self._left -= wait
        self._clock.sleep(wait)

    def _space_writes(self) -> None:
        if self._wrote:
            self._clock.sleep(BETWEEN_WRITES)
        self._wrote = True

    def _redacted(self, text: str) -> str:
        return text.replace(self._token, "***") if self._token else text


def _said(data: Json) -> str:
    if not isinstance(data, dict):
        return "no reason"
    details = [
        str(error.get("message") or error.get("field") or error.get("code")) if isinstance(error, dict) else str(error)
        for error in data.get("errors") or ()
    ]
    return ": ".join([str(data.get("message") or "no reason").rstrip("."), *details])[:500]
