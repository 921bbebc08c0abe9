"""A GitHub of our own on 127.0.0.1: stateful, strict, and able to fail on demand.

with FakeGitHub(repository) as gh:
    number = gh.open_pull("feature")
    client = GitHub("octo/app", gh.token(), url=gh.url, clock=gh.clock)
assert gh.violations == []
"""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from support.fake_github import description, routes
from support.fake_github.routes import Answer, Request
from support.fake_github.state import ALL_RIGHTS, WORKFLOW_LOGIN, Comment, Pull, State, Token

FULL_NAME = "octo/app"


@dataclass
class Fault:
    """What goes wrong with the next `times` matching requests; `after` means that the work is done all the same."""

    method: str
    pattern: str
    status: int = 502
    message: str = "Server Error"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    delay: float = 0.0
    after: bool = False
    times: int = 1


class FakeGitHub:
    """The server and its state; everything it was asked is in `requests`, every breach of the API in `violations`."""

    def __init__(self, repository: Path, *, prefix: str = "", host: str = "") -> None:
        self.state = State(repository, FULL_NAME)
        self.others: dict[str, State] = {}  # by full name
        self.prefix = prefix
        self.host = host or "127.0.0.1"
        self.failed = 0  # requests that a fault or a spent hour refused
        self.violations: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.before: list = []  # callables run, one for each write, before it: what another run does meanwhile
        self.lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        description.document()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The API's URL, as GITHUB_API_URL has it."""
        return f"http://{self.host}:{self._server.server_port}{self.prefix}"

    def token(self, login: str = WORKFLOW_LOGIN, *, rights: dict[str, str] | None = None, installation=True) -> str:
        """Give out a token; a workflow's with all rights unless told otherwise."""
        name = f"ghs_secret{len(self.state.tokens):04d}"
        self.state.tokens[name] = Token(login, dict(ALL_RIGHTS if rights is None else rights), installation)
        return name

    def read_only_token(self) -> str:
        """A fork's token."""
        return self.token(rights=dict.fromkeys(ALL_RIGHTS, "read"))

    def add_repository(self, full_name: str, repository: Path, token: str) -> State:
        """Say that there is another repository, which only that token may read."""
        other = State(repository, full_name)
        other.tokens[token] = self.state.tokens.setdefault(token, Token(rights={}))
        other.readers = {token: Token(rights={"contents": "read"})}
        self.others[full_name] = other
        return other

    def open_pull(self, head: str, *, base: str = "main", title: str = "Change", fork: str | None = "same") -> int:
        """Open a pull request of a branch and give its number."""
        number = len(self.state.pulls) + 1
        self.state.pulls[number] = Pull(number, head, base, title, fork=fork)
        return number

    def merge_pull(self, number: int, sha: str, at: str = "2026-01-03T00:00:00Z") -> None:
        """Say that a pull request was merged as commit `sha`; the repository holds that commit already."""
        pull = self.state.pulls[number]
        pull.base_sha = self.state.git("rev-parse", f"{sha}^1")
        pull.merged, pull.merged_at = sha, at

    def deploy(self, environment: str, revision: str, *states: str) -> None:
        """Say that a commit was deployed, and what became of it, oldest state first."""
        facts = {"id": self.state.next_id(), "sha": self.state.sha(revision), "environment": environment}
        self.state.deployments.append(facts | {"states": list(states)})

    def add_comment(self, number: int, author: str, body: str) -> Comment:
        """Somebody comments."""
        made = Comment(self.state.next_id(), number, author, body)
        self.state.comments.append(made)
        return made

    def label(self, number: int, name: str, by: str, at: str = "2026-01-02T03:04:05Z") -> None:
        """Somebody sets a label."""
        pull = self.state.pulls[number]
        pull.labels.append(name)
        pull.events.append({"event": "labeled", "label": name, "login": by, "at": at})

    def unlabel(self, number: int, name: str, by: str, at: str = "2026-01-02T04:04:05Z") -> None:
        """Somebody takes a label away."""
        pull = self.state.pulls[number]
        pull.labels.remove(name)
        pull.events.append({"event": "unlabeled", "label": name, "login": by, "at": at})

    def comments(self, number: int, author: str = "") -> list[Comment]:
        """The comments of a pull request, of one author if told so."""
        return [c for c in self.state.comments if c.number == number and author in ("", c.author)]

    def statuses(self, sha: str) -> list[dict]:
        """The statuses of a commit, oldest first."""
        return [item for item in self.state.statuses if item["sha"] == sha]

    def fail(self, method: str, pattern: str, **what: object) -> None:
        """Let the next matching requests fail: see `Fault`."""
        self.faults.append(Fault(method, pattern, **what))

    def asked(self, method: str, pattern: str = "") -> int:
        """How many requests of that kind came in."""
        return sum(1 for verb, path in self.requests if verb == method and re.search(pattern, path))

    def next_fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method == method and re.search(fault.pattern, path):
                fault.times -= 1
                self.failed += 1
                return fault
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_DELETE = do_PUT = do_GET  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def _serve(self) -> None:
        fake: FakeGitHub = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urlsplit(self.path)
        path = unquote(address.path.removeprefix(fake.prefix))
        with fake.lock:
            fake.requests.append((self.command, path))
            meanwhile = fake.before.pop(0) if fake.before and self.command != "GET" else None
            if meanwhile:
                meanwhile()
            fault = fake.next_fault(self.command, path)
            answer = None
            if fault is None or fault.after:
                answer = self._answer(fake, path, dict(parse_qsl(address.query)), body)
        if fault:
            time.sleep(fault.delay)
            if fault.drop:
                self.close_connection = True
                self.connection.close()
                return
            if fault.status:
                answer = routes.refusal(fault.status, fault.message)
        answer.headers |= self._limits(fake)
        answer.headers |= fault.headers if fault and fault.status else {}
        self._send(answer)

    def _limits(self, fake: FakeGitHub) -> dict[str, str]:
        told = {"Limit": fake.state.limit, "Remaining": fake.state.left, "Reset": fake.state.reset}
        return {f"X-RateLimit-{name}": str(value) for name, value in told.items()}

    def _answer(self, fake: FakeGitHub, path: str, query: dict, body: bytes) -> Answer:
        if path.startswith("/codeload/"):
            if "Authorization" in self.headers:
                fake.violations.append(f"the token was sent to another host: {path}")
            sha = path.rsplit("/", 1)[1]
            return routes.archive(next(s for s in (fake.state, *fake.others.values()) if s.sha(sha)), sha)
        word = (self.headers.get("Authorization") or "").removeprefix("token ").removeprefix("Bearer ")
        token = fake.state.tokens.get(word)
        if token is None:
            return routes.refusal(401, "Bad credentials")
        if path.startswith("/repos/octo/app/") and fake.state.moved:
            location = (
                f"{fake.url}{fake.state.moved}{self.path.removeprefix(fake.prefix).removeprefix('/repos/octo/app')}"
            )
            body = {"message": "Moved Permanently", "url": location, "documentation_url": routes.DOCUMENTATION}
            return Answer(301 if self.command == "GET" else 307, body, {"Location": location})
        if fake.state.moved:
            path = path.replace(fake.state.moved, "/repos/octo/app", 1)
        if not fake.state.left:
            fake.failed += 1
            return routes.refusal(403, "API rate limit exceeded for installation ID 7.")
        fake.state.left -= 1
        found = description.request_violations(self.command, path, query, dict(self.headers), body)
        fake.violations += [f"request {self.command} {path}: {violation}" for violation in found]
        if found:
            return routes.refusal(422, "Invalid request.")
        state = fake.others.get("/".join(path.split("/")[2:4]), fake.state)
        if state is not fake.state:
            token = state.readers.get(word, Token(rights={}))
        request = Request(state, token, fake.url, path, query, json.loads(body) if body else {}, {})
        answer = routes.answer(request, self.command)
        self._judge(fake, path, answer)
        return answer

    def _judge(self, fake: FakeGitHub, path: str, answer: Answer) -> None:
        if answer.status >= 400 and not description.is_described(self.command, path, answer.status):
            return
        headers = {"Content-Type": "application/json"} | answer.headers
        found = description.response_violations(self.command, path, answer.status, headers, _described(answer))
        fake.violations += [f"response {self.command} {path} {answer.status}: {violation}" for violation in found]

    def _send(self, answer: Answer) -> None:
        content = _encoded(answer)
        self.send_response(answer.status)
        for name, value in ({"Content-Type": "application/json; charset=utf-8"} | answer.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _described(answer: Answer) -> bytes:
    # GitHub answers `head.repo: null` when a fork was deleted; its description has no null there.
    match answer.body:
        case {"head": {"repo": None} as head, "base": {"repo": repository}}:
            return json.dumps(answer.body | {"head": head | {"repo": repository}}).encode()
        case _:
            return _encoded(answer)


def _encoded(answer: Answer) -> bytes:
    if answer.raw is not None:
        return answer.raw
    return b"" if answer.body is None else json.dumps(answer.body).encode()
