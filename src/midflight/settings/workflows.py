"""What the workflows that use Midflight lack, told from their text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

EVENTS: Mapping[str, str] = {
    "pull_request": "nothing is checked without it",
    "merge_group": "a merge queue waits in vain without it",
    "issue_comment": "ticked boxes and commands are not seen without it",
    "workflow_dispatch": "release notes and checks by hand need it",
    "push": "the default branch has no status and no summary without it",
}
PERMISSIONS: Mapping[str, str] = {"contents": "read", "pull-requests": "write", "statuses": "write"}
_USES = re.compile(r"(?:[\w.-]+/)?midflight(?:/[\w./-]*)?@\S+")
_ALIASES = re.compile(r"(?:^|[\s:\[,-])[&*][A-Za-z]", re.MULTILINE)
_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Line:
    """One answer of the doctor: `ok`, `warning` or `missing`, what is so, and what to do next."""

    state: str
    what: str
    then: str = ""


def judge_workflows(texts: Mapping[str, str]) -> tuple[Line, ...]:
    """Return what is right and wrong with the workflows by path; those that do not use Midflight are passed over."""
    used = [(path, text) for path, text in texts.items() if _mentions(text)]
    if not used:
        return (Line("missing", "no workflow uses Midflight", "Run `midflight init --write`."),)
    lines: list[Line] = []
    events: set[str] = set()
    for path, text in used:
        document = _read(text)
        if document is None:
            lines.append(Line("missing", f"{path} cannot be read as a workflow", "Correct its YAML."))
            continue
        events |= set(_events(document))
        lines += _one(path, document)
    lines += [
        Line("ok", f"the event {event} starts it")
        if event in events
        else Line(
            "missing" if event == "pull_request" else "warning",
            f"the event {event} is in no workflow: {why}",
            f"Add `{event}:` below `on:`, as docs/github.md says.",
        )
        for event, why in EVENTS.items()
    ]
    return tuple(lines)


def _mentions(text: str) -> bool:
    return any(_is_midflight(found) for found in re.findall(r"\buses:\s*[\"']?(\S+?)[\"']?(?:\s|$)", text))


def _is_midflight(uses: object) -> bool:
    return isinstance(uses, str) and bool(_USES.fullmatch(uses))


def _read(text: str) -> dict[object, object] | None:
    if len(text) > _MOST or (_ALIASES.search(text) and "*" in text and "<<" in text):
        return None
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _events(document: Mapping[object, object]) -> Mapping[str, object]:
    on = document.get(True, document.get("on"))  # YAML 1.1 reads the key `on` as true
    if isinstance(on, dict):
        return {str(name): value for name, value in on.items()}
    return {str(name): None for name in (on if isinstance(on, list) else [on] if on else [])}


def _one(path: str, document: Mapping[object, object]) -> Iterator[Line]:
    pull = _events(document).get("pull_request")
    if isinstance(pull, dict) and {"paths", "paths-ignore"} & pull.keys():
        yield Line("warning", f"{path} filters by paths: a required check then stays pending", "Remove the filter.")
    if "pull_request_target" in _events(document):
        yield Line("warning", f"{path} runs on pull_request_target, with a token that writes", "Use `pull_request`.")
    jobs = document.get("jobs")
    for name, job in jobs.items() if isinstance(jobs, dict) else ():
        steps = job.get("steps") if isinstance(job, dict) else None
        uses = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
        if any(_is_midflight(step.get("uses")) for step in uses):
            where = f"{path}, job {name}"
            yield from _permissions(where, job.get("permissions", document.get("permissions")))
            yield from _checkout(where, uses, privileged="workflow_run" in _events(document))
            yield from _pinned(where, uses)


def _permissions(where: str, given: object) -> Iterator[Line]:
    if given == "write-all" or given is None:
        what = f"{where}: its permissions are {'all' if given else 'those that the repository gives by default'}"
        yield Line("warning", what, "Name `contents: read`, `pull-requests: write` and `statuses: write`.")
        return
    named = given if isinstance(given, dict) else {}
    lacking = [f"{name}: {level}" for name, level in PERMISSIONS.items() if named.get(name) not in {level, "write"}]
    if lacking:
        yield Line("missing", f"{where}: the permission {', '.join(lacking)}", "Add it below `permissions:`.")
    else:
        yield Line("ok", f"{where}: the permissions suffice")


def _checkout(where: str, steps: list[dict[object, object]], *, privileged: bool) -> Iterator[Line]:
    found = [step for step in steps if str(step.get("uses", "")).startswith("actions/checkout@")]
    if not found:
        if not privileged:
            yield Line("warning", f"{where}: no checkout: everything is read over the API", "Add `actions/checkout`.")
        return
    given = found[0].get("with")
    depth = str(given.get("fetch-depth", 1)) if isinstance(given, dict) else "1"
    if depth == "1":
        what = f"{where}: the checkout has one commit, and not the base: everything is read over the API"
        yield Line("warning", what, "Set `fetch-depth: 2`, and 0 where release notes are made.")
    else:
        yield Line("ok", f"{where}: fetch-depth is {depth}")


def _pinned(where: str, steps: list[dict[object, object]]) -> Iterator[Line]:
    for step in steps:
        uses = str(step.get("uses", ""))
        if uses.startswith("OWNER/"):
            yield Line("missing", f"{where}: OWNER is a placeholder in `{uses}`", "Name the owner of your copy.")
        elif _is_midflight(uses) and not re.search(r"@[0-9a-f]{40}$", uses):
            yield Line("warning", f"{where}: `{uses}` names no full commit", "Pin it to a release's commit.")
