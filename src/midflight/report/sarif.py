"""Findings as SARIF 2.1.0, for code scanning and editors (OASIS, "Static Analysis Results Interchange Format")."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from urllib.parse import quote

from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Rule
from midflight.inspection.suppress import RULE as SUPPRESSION
from midflight.references.model import Place
from midflight.report.as_json import Json
from midflight.report.wording import cost_line
from midflight.text import printable, utf8

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 5_000  # code scanning shows at most so many of a run ("SARIF support", GitHub documentation)
MOST_RELATED = 50

_PRECISION = {Level.ERROR: "high", Level.WARNING: "medium", Level.NOTE: "medium"}


def render_sarif(findings: Sequence[Finding], rules: Sequence[Rule], *, pages: str = "") -> str:
    """Return the log of one run: every rule that fired with its text, every finding, suppressed ones marked.

    `pages` is the address of the folder with the rules' pages, empty where it is not known. The worst findings come
    first and no more than code scanning shows.
    """
    shown = findings[:MOST_RESULTS]
    fired = dict.fromkeys(finding.rule for finding in shown)
    known = [rule for rule in rules if rule.id in fired]
    places = {rule.id: index for index, rule in enumerate(known)}
    driver: dict[str, Json] = {
        "name": "Midflight",
        "semanticVersion": version("midflight"),
        "rules": [*(_rule(rule, pages) for rule in known), *([_SUPPRESSION] if SUPPRESSION in fired else [])],
    }
    places |= {SUPPRESSION: len(known)}
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        "results": [_result(finding, places[finding.rule]) for finding in shown],
    }
    log: dict[str, Json] = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return utf8(json.dumps(log, indent=2, ensure_ascii=False)) + "\n"


_SUPPRESSION: Mapping[str, Json] = {
    "id": SUPPRESSION,
    "name": "Suppression",
    "shortDescription": {"text": "A suppression that has no reason, has ended or matches nothing"},
    "defaultConfiguration": {"level": Level.WARNING.value},
}


def _rule(rule: Rule, pages: str) -> Json:
    steps = "\n".join(f"{number}. {line}" for number, line in enumerate(rule.instead, start=1))
    described: dict[str, Json] = {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\n{steps}", "markdown": f"{rule.why}\n\n{steps}"},
        "defaultConfiguration": {"level": rule.level.value, "enabled": not rule.opt_in},
        "properties": {"tags": ["database", "migration"], "precision": _PRECISION[rule.level]},
    }
    return {**described, "helpUri": f"{pages}/{rule.id}.md"} if pages else described


def _result(finding: Finding, index: int) -> Json:
    cost = cost_line(finding.cost) if finding.cost else ""
    text = f"{finding.message} It takes {cost}." if cost else finding.message
    result: dict[str, Json] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.level.value,
        "message": {"text": _plain(text)},
        "locations": [_location(finding.place)],
        "partialFingerprints": {"midflight/v1": finding.fingerprint},
    }
    related = [place for place in _related(finding) if place != finding.place][:MOST_RELATED]
    if related:
        result["relatedLocations"] = [{**_location(place), "id": number} for number, place in enumerate(related, 1)]
    if finding.suppressed:
        in_source = finding.suppressed.by.startswith(f"{finding.place.path}:")
        result["suppressions"] = [
            {"kind": "inSource" if in_source else "external", "justification": _plain(finding.suppressed.reason)}
        ]
    return result


def _related(finding: Finding) -> tuple[Place, ...]:
    statement = finding.statement
    own = (Place(statement.path, statement.line),) if statement else ()
    return tuple(dict.fromkeys((*own, *finding.code)))


def _location(place: Place) -> dict[str, Json]:
    uri = quote(place.path, safe="/", errors="surrogateescape")
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "uriBaseId": "SRCROOT"},
            "region": {"startLine": max(place.line, 1)},
        }
    }


def _plain(text: str) -> str:
    """Text for a message: SARIF reads brackets and braces in it as links and placeholders (section 3.11)."""
    shown = " ".join(printable(text).split())
    for mark in "\\[]":
        shown = shown.replace(mark, f"\\{mark}")
    return shown.replace("{", "{{").replace("}", "}}")
