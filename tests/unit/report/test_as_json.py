"""The JSON: a stable interface that its schema describes."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from midflight.report.as_json import render_json, to_json
from midflight.report.schema import json_schema, schema_text
from support import reports

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", sorted(reports.SAMPLES))
def test_every_report_validates_against_the_schema(name):
    data = json.loads(render_json(reports.SAMPLES[name]()))

    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(data, json_schema(), cls=jsonschema.Draft202012Validator)


def test_the_schema_refuses_a_report_with_a_field_missing():
    data = to_json(reports.outage())
    del data["verdict"]

    with pytest.raises(jsonschema.ValidationError, match="'verdict' is a required property"):
        jsonschema.validate(data, json_schema())


def test_the_published_schema_is_current():
    assert (ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8") == schema_text()


def test_version_one_keeps_its_fields():
    data = to_json(reports.split())
    cell = data["matrix"]["old_code_new_schema"]
    found, database, plan = data["findings"][0], data["databases"][0], data["plan"]

    assert {"version", "verdict", "order", "matrix", "findings", "databases", "plan", "coverage"} <= set(data)
    assert (data["version"], data["verdict"], data["order"]) == (1, "error", "split")
    assert set(data["matrix"]) == {
        "old_code_new_schema",
        "new_code_old_schema",
        "new_code_new_schema",
        "old_code_old_schema",
    }
    assert {"state", "evidence", "breaks"} <= set(cell)
    assert {"kind", "object", "tier", "guard", "reference", "statement", "sqlstate"} <= set(cell["breaks"][0])
    assert {"side", "path", "line", "surface"} <= set(cell["breaks"][0]["reference"])
    assert {
        *("rule", "level", "confidence", "message", "recipe", "path", "line", "statement", "object"),
        *("phase", "fingerprint", "suppressed", "cost"),
    } <= set(found)
    assert {"name", "format", "dialect", "migrations", "rollback"} <= set(database)
    assert {"path", "status", "phase", "transaction"} <= set(database["migrations"][0])
    assert {"grade", "steps", "proof", "differences"} <= set(database["rollback"])
    assert {"speed", "do", "sql"} <= set(database["rollback"]["steps"][0])
    assert {"deployments", "monitoring", "checklist"} <= set(plan)
    assert {"phase", "steps", "verify", "pre_checks"} <= set(plan["deployments"][0])
    assert {"id", "text", "state", "evidence"} <= set(plan["checklist"][0])
    assert {"statements", "opaque", "references", "unresolved", "not_proven"} <= set(data["coverage"])


def test_a_break_names_both_ends():
    (found,) = to_json(reports.outage())["matrix"]["new_code_old_schema"]["breaks"]

    assert found["kind"] == "missing-routine"
    assert found["object"] == "create_project_atomic"
    assert found["guard"] is None
    assert found["sqlstate"] == "42883"
    assert found["reference"] == {
        "side": "head",
        "path": "supabase/functions/generate-project/index.ts",
        "line": 27,
        "surface": "postgrest",
        "access": "call",
        "runs_on": "server",
        "lifetime_days": 0,
        "consumer": None,
    }
    assert found["statement"] == {"path": "supabase/migrations/20251110120000_create_project_atomic.sql", "line": 3}


def test_a_guarded_break_names_its_flag():
    (found,) = to_json(reports.split())["matrix"]["new_code_old_schema"]["breaks"]

    assert found["guard"] == "USE_STRUCTURED_LOCATION"
    assert found["reference"]["access"] == "select"


def test_a_suppressed_finding_stays_with_its_reason():
    assert [f["suppressed"] for f in to_json(reports.split())["findings"]] == [
        None,
        None,
        None,
        {"reason": "the table has 40 rows", "by": "supabase/migrations/20251112090000_rename_location.sql:6"},
    ]


def test_any_program_can_read_the_text():
    strange = replace(reports.outage(), headline="caf\udce9 \u202e 😀")

    text = render_json(strange)

    assert json.loads(text.encode("utf-8"))["headline"] == "caf\ufffd \u202e 😀"
