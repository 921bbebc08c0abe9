"""GitHub's JSON objects, from its own examples and the fake's state."""

import base64

from support.fake_github.description import example
from support.fake_github.state import Comment, Pull, State

DATE = "2026-01-02T00:00:00Z"


def user(login: str) -> dict:
    kind = "Bot" if login.endswith("[bot]") else "User"
    return example("issue-comment")["user"] | {"login": login, "type": kind}


def comment(item: Comment) -> dict:
    page = f"https://github.com/octo/app/issues/{item.number}#issuecomment-{item.id}"
    return example("issue-comment", id=item.id, body=item.body, user=user(item.author), html_url=page)


def label_event(item: dict) -> dict:
    found = example("issue-event-for-issue-items")[0]
    label = {"name": item["label"], "color": "ededed"}
    return found | {"event": item["event"], "actor": user(item["login"]), "created_at": item["at"], "label": label}


def permission(login: str, held: str) -> dict:
    found = example("repository-collaborator-permission-response-if-user-has-admin-permissions")
    return found | {"permission": held, "role_name": held, "user": found["user"] | {"login": login, "role_name": held}}


def repository(full_name: str) -> dict:
    found = example("full-repository-default-response", full_name=full_name, default_branch="main", language="Python")
    for copied_from in ("source", "parent", "template_repository"):
        del found[copied_from]
    owner, name = full_name.split("/")
    return found | {"name": name, "owner": found["owner"] | {"login": owner}}


def release(tag: str) -> dict:
    return example("release") | {"tag_name": tag, "draft": False, "prerelease": False}


def issue(item: dict) -> dict:
    found = example("issue") | {name: item[name] for name in ("number", "title", "body", "state")}
    del found["pull_request"]
    page = f"https://github.com/octo/app/issues/{item['number']}"
    return found | {"user": user(item["login"]), "html_url": page, "labels": []}


def pull_issue(state: State, item: Pull) -> dict:
    """A pull request as the list of issues shows it."""
    facts = {"number": item.number, "title": item.title, "body": "", "user": user(item.author), "labels": []}
    shown = "closed" if item.merged or item.closed else "open"
    return example("issue") | facts | {"state": shown, "html_url": f"https://github.com/{state.full_name}/pull/1"}


def tag(state: State, name: str) -> dict:
    return example("tag-items")[0] | {"name": name, "commit": _link(state.git("rev-parse", f"{name}^{{commit}}"))}


def deployment(item: dict) -> dict:
    facts = {name: item[name] for name in ("id", "sha", "environment")}
    return example("deployment-items")[0] | facts | {"ref": item["sha"], "original_environment": item["environment"]}


def deployment_status(item: dict, state: str) -> dict:
    told = item.get("descriptions", {}).get(state, "")
    facts = {"state": state, "environment": item["environment"], "description": told}
    return example("deployment-status-items")[0] | facts


def reaction(item: str, login: str) -> dict:
    return example("reaction") | {"content": item, "user": user(login)}


def status(item: dict) -> dict:
    return example("status", creator=user(item["login"])) | {k: v for k, v in item.items() if k not in ("login", "sha")}


def commit(state: State, sha: str, *, files: bool = False) -> dict:
    template = "%an%x00%ae%x00%aI%x00%P%x00%T%x00%B"
    name, email, date, parents, tree, message = state.git("log", "-1", f"--format={template}", sha).split("\0")
    who = {"name": name, "email": email, "date": date}
    found = example("commit", sha=sha, parents=[_link(parent) for parent in parents.split()])
    found["commit"] |= {"author": who, "committer": who, "message": message, "tree": _link(tree)}
    del found["files"], found["stats"]
    if files:
        rows = state.git("diff-tree", "--root", "-r", "--no-commit-id", "--name-status", sha).splitlines()
        found["files"] = [changed_file(state, row, f"{sha}^", sha) for row in rows[:300]]
    return found


def _link(sha: str) -> dict:
    return {"sha": sha, "url": f"https://api.github.com/repos/octo/app/git/{sha}"}


def pull(state: State, item: Pull, *, simple: bool = False) -> dict:
    whole = example("pull-request-simple-items")[0] if simple else example("pull-request")
    found = whole | {
        "number": item.number,
        "title": item.title,
        "user": user(item.author),
        "state": "closed" if item.merged or item.closed else "open",
        "html_url": f"https://github.com/{state.full_name}/pull/{item.number}",
        "merged_at": item.merged_at or None,
        "closed_at": item.merged_at or None,
        "merge_commit_sha": item.merged or None,
        "updated_at": item.merged_at or whole["updated_at"],
        "requested_teams": [],
        "labels": [example("label-items")[0] | {"name": name} for name in item.labels],
    }
    if not simple:
        found |= {"merged": bool(item.merged)}
    found["base"] |= {"ref": item.base, "sha": state.base_sha(item), "repo": _repository(found, state.full_name)}
    found["head"] |= {"ref": item.head, "sha": state.head_sha(item)}
    head_repository = state.full_name if item.fork == "same" else item.fork
    found["head"]["repo"] = _repository(found, head_repository) if head_repository else None
    return found


def _repository(found: dict, full_name: str) -> dict:
    owner, name = full_name.split("/")
    whole = found["base"]["repo"] | {"full_name": full_name, "name": name, "language": "Python"}
    return whole | {"owner": whole["owner"] | {"login": owner}}


def tree(state: State, sha: str) -> dict:
    rows = state.git_bytes("ls-tree", "-r", "-t", "-z", "-l", "--full-tree", sha).split(b"\0")[:-1]
    return {
        "sha": sha,
        "url": _link(sha)["url"],
        "truncated": state.truncated,
        "tree": [_tree_row(row) for row in rows],
    }


def _tree_row(row: bytes) -> dict:
    facts, path = row.split(b"\t", 1)
    mode, kind, sha, size = facts.decode().split()
    sized = {"size": int(size)} if size != "-" else {}
    return {"path": path.decode("utf-8", "replace"), "mode": mode, "type": kind, **_link(sha), **sized}


def branch(state: State, name: str, sha: str) -> dict:
    found = example("branch-get")
    return found | {"name": name, "commit": found["commit"] | commit(state, sha)}


def content(state: State, path: str, sha: str) -> dict:
    text = base64.b64encode(state.git_bytes("cat-file", "blob", sha)).decode()
    found = example("content-file-response-if-content-is-a-file")
    return found | {
        "type": "file",
        "path": path,
        "name": path.rsplit("/", 1)[-1],
        "sha": sha,
        "content": text,
        "size": len(text),
    }


def review(item: dict) -> dict:
    facts = {"id": item["id"], "body": item["body"], "commit_id": item["commit"]}
    state = item.get("state", "COMMENTED")
    return example("pull-request-review") | facts | {"state": state, "user": user(item["login"])}


def blob(state: State, sha: str) -> dict:
    content = state.git_bytes("cat-file", "blob", sha)
    encoded = base64.encodebytes(content).decode()
    return example("blob", sha=sha, content=encoded, encoding="base64", size=len(content))


def changed_file(state: State, row: str, base: str, head: str) -> dict:
    code, path = row.split("\t", 1)
    kind = {"A": "added", "D": "removed"}.get(code, "modified")
    sha = state.git("rev-parse", f"{base if kind == 'removed' else head}:{path}")
    return example("diff-entry-items")[0] | {"filename": path, "status": kind, "sha": sha}
