"""SARIF: what code scanning reads."""

import json
from dataclasses import replace

from sarif_pydantic import Sarif

from midflight.inspection.finding import Level, Suppressed
from midflight.references.model import Place
from midflight.report.sarif import MOST_RESULTS, render_sarif
from midflight.rules import load_rules
from support.examples import run as found_by

PAGES = "https://github.com/acme/midflight/blob/v1/docs/rules"
FINDINGS = tuple(
    finding
    for rule in load_rules()
    if rule.id in {"blocking-index", "drop-column"}
    for finding in found_by(rule.bad[0])
)


def run(findings=FINDINGS, **options):
    return json.loads(render_sarif(findings, load_rules(), **options))["runs"][0]


def test_the_log_is_of_version_2_1_0_and_has_one_run():
    log = Sarif.model_validate_json(render_sarif(FINDINGS, load_rules()))

    assert log.version == "2.1.0"
    assert len(log.runs) == 1
    assert len(log.runs[0].results or ()) == len(FINDINGS)


def test_each_result_points_at_its_rule_and_line():
    found = run()
    rules = found["tool"]["driver"]["rules"]

    for result, finding in zip(found["results"], FINDINGS, strict=True):
        place = result["locations"][0]["physicalLocation"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (
            finding.place.path,
            finding.place.line,
        )
        assert result["partialFingerprints"] == {"midflight/v1": finding.fingerprint}


def test_a_rule_carries_the_text_of_its_page_and_links_to_it():
    (rule, *_) = run(pages=PAGES)["tool"]["driver"]["rules"]
    known = next(each for each in load_rules() if each.id == rule["id"])

    assert rule["fullDescription"]["text"] == known.why
    assert known.instead[0] in rule["help"]["markdown"]
    assert rule["helpUri"] == f"{PAGES}/{rule['id']}.md"
    assert "helpUri" not in run()["tool"]["driver"]["rules"][0]


def test_a_suppressed_finding_is_a_suppressed_result():
    commented = replace(FINDINGS[0], suppressed=Suppressed("at night", f"{FINDINGS[0].place.path}:3"))
    configured = replace(FINDINGS[0], suppressed=Suppressed("small", ".github/midflight.yml:7"))

    assert run([commented])["results"][0]["suppressions"] == [{"kind": "inSource", "justification": "at night"}]
    assert run([configured])["results"][0]["suppressions"] == [{"kind": "external", "justification": "small"}]


def test_brackets_braces_and_odd_paths_are_only_text():
    hostile = replace(
        FINDINGS[0], message="`a[b](https://evil.example)` {0} \u202e", place=Place("a b/ü#?.sql", 0), statement=None
    )
    (result,) = run([hostile])["results"]
    place = result["locations"][0]["physicalLocation"]

    assert result["message"]["text"].startswith("`a\\[b\\](https://evil.example)` {{0}} <U+202E>")
    assert place["artifactLocation"]["uri"] == "a%20b/%C3%BC%23%3F.sql"
    assert place["region"]["startLine"] == 1


def test_a_complaint_about_a_suppression_has_a_rule_of_its_own():
    complaint = replace(FINDINGS[0], rule="suppression", level=Level.WARNING)
    found = run([complaint])

    assert [rule["id"] for rule in found["tool"]["driver"]["rules"]] == ["suppression"]
    assert found["results"][0]["ruleIndex"] == 0


def test_no_more_results_than_code_scanning_shows():
    many = [replace(FINDINGS[0], object=str(number)) for number in range(MOST_RESULTS + 1)]

    assert len(run(many)["results"]) == MOST_RESULTS
