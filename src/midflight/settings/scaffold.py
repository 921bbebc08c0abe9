"""The first workflow and configuration file of a repository, made of what was found in it."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill

from pydantic import BaseModel

from midflight.settings.model import Configuration, Database

CHECKOUT = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2"
_OWN_COMMENT = frozenset({"databases", "postgres_version"})

_HEAD = """\
# Midflight's settings, as `midflight init` found them. A line such as `# comment: true` is a setting's default: take
# the `#` away to change it. The base branch's file counts: a pull request cannot change what it is judged by."""
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_WORKFLOW = """\
# Midflight checks each pull request for the middle of its deployment. Made by `midflight init`.
name: Midflight

on:
  pull_request:
    # `labeled` and `unlabeled` are for the label `midflight:override`, `edited` for a changed base branch. No `paths:`:
    # a required check that a filter skips stays pending for ever.
    types: [opened, synchronize, reopened, edited, ready_for_review, labeled, unlabeled]
  merge_group:
  push:
    branches: [@BRANCH@]
  issue_comment: # zizmor: ignore[dangerous-triggers] nothing of the pull request is checked out or run
    types: [created, edited] # commands, and boxes that somebody ticks
  workflow_dispatch:
    inputs:
      pull-request:
        description: Check this pull request again (its number)
        required: false
      from:
        description: Release notes, the revision that is deployed now (a tag, branch or commit)
        required: false
      to:
        description: Release notes, the revision to deploy
        required: false

permissions:
  contents: read # the checkout
  pull-requests: write # the comment
  statuses: write # the commit status

concurrency:
  # A newer push ends the run for the older one. Each other event has a group of its own: no tick may be lost.
  group: midflight-${{ github.event.pull_request.number || github.run_id }}
  cancel-in-progress: true

jobs:
  check:
    # Comments of people on pull requests; those of bots and on issues would only start a machine.
    if: >-
      github.event_name != 'issue_comment' ||
      (github.event.issue.pull_request && github.event.sender.type == 'User')
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    steps:
      # A comment's event names no commit of the pull request: what is needed is read over the API.
      - uses: @CHECKOUT@
        if: github.event_name != 'issue_comment'
        with:
          # A pull request needs its merge commit and both parents; release notes need the whole history.
          fetch-depth: ${{ github.event_name == 'pull_request' && 2 || 0 }}
          persist-credentials: false
      - uses: @ACTION@
        with:
          from: ${{ inputs.from }}
          to: ${{ inputs.to }}
"""


@dataclass(frozen=True, slots=True)
class Detected:
    """What was found: histories that the reader can be told of, and the server's major version (0 where unknown).

    `named` says that naming the histories finds the same migrations as detection does; otherwise they stay a comment.
    """

    databases: tuple[Database, ...] = ()
    named: bool = True
    postgres_version: int = 0
    version_from: str = ""


def workflow(branch: str, action: str) -> str:
    """Return the workflow for a default branch, with the action as `uses` names it."""
    pinned = len(action.rpartition("@")[2]) == 40
    uses = action if pinned else f"{action} # zizmor: ignore[unpinned-uses] better is a release's full commit"
    text = _WORKFLOW.replace("@BRANCH@", json.dumps(branch)).replace("@CHECKOUT@", CHECKOUT)
    return text.replace("@ACTION@", uses)


def configuration(found: Detected) -> str:
    """Return the configuration file: what was found as settings, all else as comments with their defaults."""
    parts = [
        _HEAD,
        "\n".join(_databases(found)),
        "\n".join(_version(found)),
    ]
    for name, field in Configuration.model_fields.items():
        if name not in _OWN_COMMENT:
            default = json.dumps(_plain(field.get_default(call_default_factory=True)), ensure_ascii=False)
            parts.append(f"{_said(field.description or '')}\n# {name}: {default}")
    return "\n\n".join(parts) + "\n"


def _databases(found: Detected) -> Iterator[str]:
    described = Configuration.model_fields["databases"].description or ""
    yield _said(described + " What is named here is all that is looked at: a new history must be added.")
    mark = "" if found.named and found.databases else "# "
    if not found.named:
        yield _said("Left to detection, which finds more than these entries alone would.")
    yield f"{mark}databases:" if found.databases else "# databases: []"
    for each in found.databases:
        yield from _entry(each, mark)


def _entry(database: Database, mark: str) -> Iterator[str]:
    values = {"name": database.name, "folder": database.folder, "format": database.format, "dialect": database.dialect}
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value]
    for number, line in enumerate(lines):
        yield f"{mark}  {'- ' if number == 0 else '  '}{line}"
    yield f'{mark}    # role: "" # {Database.model_fields["role"].description}'


def _version(found: Detected) -> Sequence[str]:
    field = Configuration.model_fields["postgres_version"]
    said = _said(field.description or "")
    if not found.postgres_version:
        return said, f"# postgres_version: {field.default}"
    return said, f"postgres_version: {found.postgres_version} # {found.version_from}"


def _said(text: str) -> str:
    return fill(_LINK.sub(r"\1", text), width=116, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    return list(value) if isinstance(value, tuple) else value
