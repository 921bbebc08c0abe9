"""The operations of the fake GitHub: what it answers, and the limits that the description lacks."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from support.fake_github import objects
from support.fake_github.description import example
from support.fake_github.state import Comment, Pull, State, Token

MAX_COMMENT = 65_536
MAX_DESCRIPTION = 140
MAX_RELEASE = 125_000
DOCUMENTATION = "https://docs.github.com/rest"


@dataclass
class Answer:
    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


@dataclass
class Request:
    state: State
    token: Token
    url: str
    path: str
    query: dict[str, str]
    body: dict
    parts: dict[str, str]

    @property
    def number(self) -> int:
        return int(self.parts["number"])

    def page(self, items: list, status: int = 200, *, wrap: Callable[[list], object] = list) -> Answer:
        """One page, with GitHub's `Link` header; more than 100 a page are not given, whatever is asked."""
        size = max(1, min(int(self.query.get("per_page", 30)), 100))
        page = int(self.query.get("page", 1))
        last = max(1, -(-len(items) // size))
        asked = "".join(f"{name}={quote(value)}&" for name, value in self.query.items() if "page" not in name)
        base = f"{self.url}{self.path}?{asked}per_page={size}&page="
        links = [f'<{base}{page + 1}>; rel="next"', f'<{base}{last}>; rel="last"'] if page < last else []
        headers = {"Link": ", ".join(links)} if links else {}
        return Answer(status, wrap(items[(page - 1) * size : page * size]), headers)


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern
    right: tuple[str, ...]
    level: str
    answer: Callable[[Request], Answer]


ROUTES: list[Route] = []


def route(method: str, pattern: str, right: str = "contents", level: str = "read"):
    def register(answer: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
        expression = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", f"/repos/octo/app/{pattern}".rstrip("/")))
        ROUTES.append(Route(method, expression, tuple(right.split("|")), level, answer))
        return answer

    return register


def refusal(status: int, message: str) -> Answer:
    return Answer(status, {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)})


def invalid(resource: str, name: str, message: str) -> Answer:
    error = {"resource": resource, "field": name, "code": "custom", "message": message}
    return Answer(422, {"message": "Validation Failed", "errors": [error], "documentation_url": DOCUMENTATION})


def answer(request: Request, method: str) -> Answer:
    own = f"/repos/{request.state.full_name}"
    if request.state.readers and not request.token.may("contents", "read"):
        return refusal(404, "Not Found")  # GitHub does not say that a private repository exists
    if request.path == "/user":
        if request.token.installation:
            return refusal(403, "Resource not accessible by integration")
        person = example("private-user-response-with-public-profile-information", login=request.token.login)
        return Answer(200, person)
    for found in ROUTES:
        path = request.path.replace(own, "/repos/octo/app", 1)
        match = found.pattern.fullmatch(path) if found.method == method else None
        if match:
            if not any(request.token.may(right, found.level) for right in found.right):
                return refusal(403, "Resource not accessible by integration")
            request.parts = match.groupdict()
            return found.answer(request)
    return refusal(404, "Not Found")


def _pull(request: Request) -> Pull | None:
    return request.state.pulls.get(request.number)


@route("GET", "pulls", "pull_requests|contents")
def list_pulls(request: Request) -> Answer:
    owner, _, branch = request.query.get("head", "").partition(":")
    state = request.query.get("state", "open")
    found = [objects.pull(request.state, pull, simple=True) for pull in request.state.pulls.values()]
    if request.query.get("sort") == "updated":
        found.sort(key=lambda each: each["updated_at"], reverse=request.query.get("direction") == "desc")
    return request.page(
        [
            each
            for each in found
            if state in ("all", each["state"])
            and (not branch or each["head"]["ref"] == branch)
            and (not owner or ((each["head"]["repo"] or {}).get("owner") or {}).get("login") == owner)
        ]
    )


@route("GET", "pulls/{number}", "pull_requests|contents")
def get_pull(request: Request) -> Answer:
    pull = _pull(request)
    return Answer(200, objects.pull(request.state, pull)) if pull else refusal(404, "Not Found")


@route("GET", "pulls/{number}/files", "pull_requests|contents")
def list_files(request: Request) -> Answer:
    pull = _pull(request)
    if not pull:
        return refusal(404, "Not Found")
    base, head = request.state.base_sha(pull), request.state.head_sha(pull)
    rows = request.state.git("diff", "--name-status", "--no-renames", f"{base}...{head}").splitlines()
    return request.page([objects.changed_file(request.state, row, base, head) for row in rows[:3000]])


@route("GET", "pulls/{number}/commits", "pull_requests|contents")
def list_pull_commits(request: Request) -> Answer:
    pull = _pull(request)
    if not pull:
        return refusal(404, "Not Found")
    shas = request.state.commits(request.state.head_sha(pull), f"^{request.state.base_sha(pull)}")[:250]
    return request.page([objects.commit(request.state, sha) for sha in shas])


@route("GET", "issues/{number}/comments", "issues|pull_requests|contents")
def list_comments(request: Request) -> Answer:
    if not _pull(request):
        return refusal(404, "Not Found")
    comments = [c for c in request.state.comments if c.number == request.number]
    return request.page([objects.comment(c) for c in sorted(comments, key=lambda c: c.id)])


@route("POST", "issues/{number}/comments", "issues|pull_requests", "write")
def create_comment(request: Request) -> Answer:
    if not _pull(request) and all(item["number"] != request.number for item in request.state.issues):
        return refusal(404, "Not Found")
    if len(request.body["body"]) > MAX_COMMENT:
        return invalid("IssueComment", "data", "Body is too long (maximum is 65536 characters)")
    made = Comment(request.state.next_id(), request.number, request.token.login, request.body["body"])
    request.state.comments.append(made)
    return Answer(201, objects.comment(made), {"Location": f"{request.url}/repos/octo/app/issues/comments/{made.id}"})


def _comment(request: Request) -> Comment | None:
    return next((c for c in request.state.comments if c.id == int(request.parts["id"])), None)


@route("GET", "issues/comments/{id}", "issues|pull_requests|contents")
def get_comment(request: Request) -> Answer:
    found = _comment(request)
    return Answer(200, objects.comment(found)) if found else refusal(404, "Not Found")


@route("PATCH", "issues/comments/{id}", "issues|pull_requests", "write")
def edit_comment(request: Request) -> Answer:
    found = _comment(request)
    if not found:
        return refusal(404, "Not Found")
    if len(request.body["body"]) > MAX_COMMENT:
        return invalid("IssueComment", "data", "Body is too long (maximum is 65536 characters)")
    found.body = request.body["body"]
    found.edits += 1
    return Answer(200, objects.comment(found))


@route("DELETE", "issues/comments/{id}", "issues|pull_requests", "write")
def delete_comment(request: Request) -> Answer:
    found = _comment(request)
    if not found:
        return refusal(404, "Not Found")
    request.state.comments.remove(found)
    return Answer(204)


@route("POST", "issues/{number}/labels", "issues|pull_requests", "write")
def add_labels(request: Request) -> Answer:
    pull = _pull(request)
    if not pull:
        return refusal(404, "Not Found")
    pull.labels += [name for name in request.body["labels"] if name not in pull.labels]
    return Answer(200, objects.pull(request.state, pull)["labels"])


@route("GET", "issues/{number}/events", "issues|pull_requests|contents")
def list_events(request: Request) -> Answer:
    pull = _pull(request)
    return request.page([objects.label_event(e) for e in pull.events]) if pull else refusal(404, "Not Found")


@route("GET", "collaborators/{login}/permission", "contents")
def get_permission(request: Request) -> Answer:
    login = request.parts["login"]
    held = request.state.permissions.get(login, "read")
    return Answer(200, objects.permission(login, held)) if held else refusal(404, f"{login} is not a user")


@route("POST", "issues/comments/{id}/reactions", "issues|pull_requests", "write")
def create_reaction(request: Request) -> Answer:
    found = _comment(request)
    if not found:
        return refusal(404, "Not Found")
    request.state.reactions.append((found.id, request.body["content"]))
    return Answer(201, objects.reaction(request.body["content"], request.token.login))


@route("POST", "statuses/{sha}", "statuses", "write")
def create_status(request: Request) -> Answer:
    sha = request.state.sha(request.parts["sha"])
    if not sha:
        return invalid("Status", "sha", "No commit found for SHA")
    description = request.body.get("description") or ""
    if len(description) > MAX_DESCRIPTION:
        return invalid("Status", "description", "description is too long (maximum is 140 characters)")
    item = {
        "id": request.state.next_id(),
        "sha": sha,
        "login": request.token.login,
        "state": request.body["state"],
        "description": description,
        "context": request.body.get("context", "default"),
        "target_url": request.body.get("target_url"),
    }
    request.state.statuses.append(item)
    return Answer(201, objects.status(item))


def _statuses(request: Request) -> list[dict]:
    sha = request.state.sha(request.parts["ref"])
    return [item for item in reversed(request.state.statuses) if item["sha"] == sha]


@route("GET", "commits/{ref}/statuses", "statuses|contents")
def list_statuses(request: Request) -> Answer:
    return request.page([objects.status(item) for item in _statuses(request)])


@route("GET", "commits/{sha}/pulls", "pull_requests|contents")
def list_pulls_for_commit(request: Request) -> Answer:
    state, sha = request.state, request.state.sha(request.parts["sha"])
    found = [
        pull
        for pull in state.pulls.values()
        if sha == pull.merged or sha in state.commits(state.head_sha(pull), f"^{state.base_sha(pull)}")
    ]
    return request.page([objects.pull(state, pull, simple=True) for pull in found])


@route("GET", "commits", "contents")
def list_commits(request: Request) -> Answer:
    """The commits that a revision holds, the newest first; `since` is about the committer's time."""
    state, tip = request.state, request.state.sha(request.query["sha"])
    found = state.git("rev-list", f"--since={request.query['since']}", tip).split()
    return request.page([objects.commit(state, sha) for sha in found])


@route("GET", "commits/{ref}", "contents")
def get_commit(request: Request) -> Answer:
    sha = request.state.sha(request.parts["ref"])
    if not sha:
        return refusal(422, f"No commit found for SHA: {request.parts['ref']}")
    return Answer(200, objects.commit(request.state, sha, files=True))


@route("GET", "", "contents|metadata")
def get_repository(request: Request) -> Answer:
    return Answer(200, objects.repository(request.state.full_name))


@route("GET", "releases/latest", "contents")
def get_latest_release(request: Request) -> Answer:
    tag = request.state.release
    return Answer(200, objects.release(tag)) if tag else refusal(404, "Not Found")


@route("GET", "releases", "contents")
def list_releases(request: Request) -> Answer:
    return request.page([objects.release(tag) | facts for tag, facts in request.state.releases])


@route("POST", "releases", "contents", "write")
def create_release(request: Request) -> Answer:
    """A release; drafts of one tag may be many, published ones may not."""
    tag, facts = request.body["tag_name"], {name: v for name, v in request.body.items() if name != "tag_name"}
    if len(facts.get("body", "")) > MAX_RELEASE:
        return invalid("Release", "body", f"body is too long (maximum is {MAX_RELEASE} characters)")
    made = (tag, {"id": request.state.next_id(), "draft": False, **facts})
    request.state.releases.insert(0, made)
    return Answer(201, objects.release(tag) | made[1], {"Location": f"{request.url}/repos/octo/app/releases/1"})


@route("PATCH", "releases/{id}", "contents", "write")
def edit_release(request: Request) -> Answer:
    for tag, facts in request.state.releases:
        if facts.get("id") == int(request.parts["id"]):
            facts.update(request.body)
            return Answer(200, objects.release(tag) | facts)
    return refusal(404, "Not Found")


@route("GET", "issues", "issues|pull_requests|contents")
def list_issues(request: Request) -> Answer:
    """Issues and pull requests, the newest first, as GitHub lists both."""
    state = request.query.get("state", "open")
    found = [objects.issue(item) for item in reversed(request.state.issues)]
    found += [objects.pull_issue(request.state, pull) for pull in request.state.pulls.values()]
    return request.page([each for each in found if state in ("all", each["state"])])


@route("POST", "issues", "issues", "write")
def create_issue(request: Request) -> Answer:
    if len(request.body["body"]) > MAX_COMMENT:
        return invalid("Issue", "body", "body is too long (maximum is 65536 characters)")
    facts = {"number": request.state.next_id(), "login": request.token.login, "state": "open"}
    made = facts | {name: request.body[name] for name in ("title", "body")}
    request.state.issues.append(made)
    return Answer(201, objects.issue(made), {"Location": f"{request.url}/repos/octo/app/issues/{made['number']}"})


@route("PATCH", "issues/{number}", "issues", "write")
def edit_issue(request: Request) -> Answer:
    found = next((item for item in request.state.issues if item["number"] == request.number), None)
    if not found:
        return refusal(404, "Not Found")
    found |= request.body
    return Answer(200, objects.issue(found))


@route("GET", "tags", "contents|metadata")
def list_tags(request: Request) -> Answer:
    rows = request.state.git("for-each-ref", "--format=%(refname:strip=2)", "refs/tags").split()
    return request.page([objects.tag(request.state, name) for name in sorted(rows, reverse=True)])


@route("GET", "deployments", "deployments")
def list_deployments(request: Request) -> Answer:
    wanted = request.query.get("environment", "")
    found = [each for each in reversed(request.state.deployments) if each["environment"] == wanted or not wanted]
    return request.page([objects.deployment(each) for each in found])


@route("GET", "deployments/{id}/statuses", "deployments")
def list_deployment_statuses(request: Request) -> Answer:
    found = next((d for d in request.state.deployments if d["id"] == int(request.parts["id"])), None)
    if found is None:
        return refusal(404, "Not Found")
    return request.page([objects.deployment_status(found, state) for state in reversed(found["states"])])


@route("POST", "deployments/{id}/statuses", "deployments", "write")
def create_deployment_status(request: Request) -> Answer:
    found = next((d for d in request.state.deployments if d["id"] == int(request.parts["id"])), None)
    if found is None:
        return refusal(404, "Not Found")
    found["states"].append(request.body["state"])
    found.setdefault("descriptions", {})[request.body["state"]] = request.body.get("description", "")
    return Answer(201, objects.deployment_status(found, request.body["state"]))


@route("GET", "compare/{from_}\\.\\.\\.{to}", "contents")
def compare(request: Request) -> Answer:
    state = request.state
    first, second = state.sha(request.parts["from_"]), state.sha(request.parts["to"])
    if not first or not second:
        return refusal(404, "Not Found")
    merge_base = state.git("merge-base", first, second)
    ahead, behind = state.commits(second, f"^{first}"), state.commits(first, f"^{second}")
    rows = state.git("diff", "--name-status", "--no-renames", merge_base, second).splitlines()
    facts = {
        "base_commit": objects.commit(state, first),
        "merge_base_commit": objects.commit(state, merge_base),
        "status": "diverged" if behind and ahead else "ahead" if ahead else "behind" if behind else "identical",
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "files": [objects.changed_file(state, row, merge_base, second) for row in rows[:300]],
    }
    return request.page(
        ahead, wrap=lambda page: example("commit-comparison") | facts | {"commits": [_commit(state, s) for s in page]}
    )


def _commit(state: State, sha: str) -> dict:
    return objects.commit(state, sha)


@route("GET", "branches/{branch}", "contents")
def get_branch(request: Request) -> Answer:
    sha = request.state.sha(f"refs/heads/{request.parts['branch']}")
    if not sha:
        return refusal(404, "Branch not found")
    return Answer(200, objects.branch(request.state, request.parts["branch"], sha))


@route("GET", "contents/(?P<path>.+)", "contents")
def get_content(request: Request) -> Answer:
    """A file of the default branch, or of the revision asked for."""
    path, ref = request.parts["path"], request.query.get("ref", "main")
    row = request.state.git("ls-tree", ref, "--", path).split()
    return Answer(200, objects.content(request.state, path, row[2])) if row else refusal(404, "Not Found")


@route("GET", "pulls/{number}/reviews", "pull_requests|contents")
def list_reviews(request: Request) -> Answer:
    found = [objects.review(item) for item in request.state.reviews if item["number"] == request.number]
    return request.page(found) if _pull(request) else refusal(404, "Not Found")


@route("POST", "pulls/{number}/reviews", "pull_requests", "write")
def create_review(request: Request) -> Answer:
    """A review; each comment must be on a line that the pull request adds or shows, else the whole is refused."""
    pull, body = _pull(request), request.body
    if not pull:
        return refusal(404, "Not Found")
    base, head = request.state.base_sha(pull), request.state.head_sha(pull)
    for each in body.get("comments", ()):
        if not _shown(request.state, f"{base}...{head}", each):
            return refusal(422, "Unprocessable Entity: Line could not be resolved")
    item = {
        "id": request.state.next_id(),
        "number": pull.number,
        "login": request.token.login,
        "body": body.get("body", ""),
        "commit": body.get("commit_id") or head,
        "comments": body.get("comments", []),
    }
    request.state.reviews.append(item)
    return Answer(200, objects.review(item))


def _shown(state: State, ends: str, comment: dict) -> bool:
    """Whether the lines of a review comment are in one hunk of the diff, on the right."""
    first, last = comment.get("start_line", comment["line"]), comment["line"]
    hunks = re.findall(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", state.git("diff", ends, "--", comment["path"]), re.MULTILINE)
    return any(int(start) <= first <= last < int(start) + int(count or 1) for start, count in hunks)


@route("GET", "git/trees/{sha}", "contents")
def get_tree(request: Request) -> Answer:
    sha = request.state.sha(request.parts["sha"])
    if not sha:
        return refusal(404, "Not Found")
    found = objects.tree(request.state, sha)
    if "recursive" not in request.query:
        found["tree"] = [item for item in found["tree"] if "/" not in item["path"]]
    return Answer(200, found)


@route("GET", "git/blobs/{sha}", "contents")
def get_blob(request: Request) -> Answer:
    return Answer(200, objects.blob(request.state, request.parts["sha"]))


@route("GET", "tarball/{sha}", "contents")
def get_tarball(request: Request) -> Answer:
    sha = request.state.sha(request.parts["sha"])
    if not sha:
        return refusal(404, "Not Found")
    return Answer(302, headers={"Location": f"{request.url}/codeload/legacy.tar.gz/{sha}?token=SECRETLINK"})


def archive(state: State, sha: str) -> Answer:
    """What a tarball's link leads to, on another host; export-ignore of the commit itself counts, as on GitHub."""
    prefix = f"octo-app-{sha[:7]}/"
    content = state.git_bytes("archive", "--format=tar.gz", f"--prefix={prefix}", sha)
    return Answer(200, headers={"Content-Type": "application/x-gzip"}, raw=content)
