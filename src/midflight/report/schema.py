"""The JSON schema of the report, for the programs that read it."""

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from midflight.catalog.cost_model import Lock, Work
from midflight.changes.model import Status
from midflight.compatibility.model import BreakKind, CellName, Side, State
from midflight.inspection.finding import Confidence, Level, Phase
from midflight.plan.model import ItemState, Order, Reversibility, Speed
from midflight.proof.model import Grade
from midflight.references.flag_reads import Unset
from midflight.references.surfaces import Surface
from midflight.report.as_json import VERSION
from midflight.report.model import Verdict

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}


def json_schema() -> Schema:
    """Return the schema of `to_json`; more properties may come, so none are forbidden."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Midflight report",
        "description": "Fields are added, never removed or renamed; `version` changes when that cannot be kept.",
        **_with(
            _object(
                version={"const": VERSION},
                verdict=_one_of(Verdict),
                headline={"type": "string", "maxLength": 140},
                quiet=FLAG,
                order=_one_of(Order),
                subject=_object(base=TEXT, head=TEXT, title=TEXT, repository=TEXT, number=COUNT),
                matrix=_ref("matrix"),
                findings=_list(_ref("finding")),
                databases=_list(_ref("database")),
                plan=_ref("plan"),
                coverage=_ref("coverage"),
            ),
            later=_list(_later()),
        ),
        "$defs": {
            "place": _object(path=TEXT, line=COUNT),
            "unread": _object(path=TEXT, line=COUNT, reason=TEXT),
            "step": _object(phase=_one_of(Phase), do=TEXT, sql=TEXT),
            "query": _object(purpose=TEXT, sql=TEXT, expect=TEXT),
            "matrix": _matrix(),
            "cell": _cell(),
            "break": _break(),
            "finding": _finding(),
            "cost": _cost(),
            "database": _database(),
            "rollback": _rollback(),
            "proof": _proof(),
            "announcement": _object(title=TEXT, lines=_list(_object(label=TEXT, text=TEXT))),
            "deployment": _deployment(),
            "plan": _plan(),
            "coverage": _coverage(),
        },
    }


def schema_text() -> str:
    """Return `docs/report.schema.json`."""
    return json.dumps(json_schema(), indent=2) + "\n"


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _one_of(values: Iterable[StrEnum] | Iterable[str]) -> Schema:
    return {"enum": [str(value) for value in values]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _with(schema: Schema, **optional: Schema) -> Schema:
    """An object that may have more properties."""
    return {**schema, "properties": {**schema["properties"], **optional}}


def _matrix() -> Schema:
    cells = _object(**{name.value: _ref("cell") for name in (CellName.OLD_NEW, CellName.OLD_OLD)})
    version = _object(name=_or_null(TEXT), revision=TEXT, cells=cells)
    return _with(_object(**{name.value: _ref("cell") for name in CellName}), versions=_list(version))


def _cell() -> Schema:
    return _object(
        state=_one_of(State),
        evidence=_one_of(("proven", "static")),
        breaks=_list(_ref("break")),
        doubts=_list(_object(reason=TEXT, path=_or_null(TEXT), line=_or_null(COUNT))),
        probes=_or_null(
            _object(
                hold=COUNT,
                fail=COUNT,
                incomplete=COUNT,
                left_out=COUNT,
                reasons=_list(_object(reason=TEXT, count=COUNT)),
            )
        ),
    )


def _break() -> Schema:
    return _object(
        kind={"type": "string", "examples": [kind.value for kind in BreakKind]},
        object=TEXT,
        tier={"enum": [1, 2]},
        guard=_or_null(TEXT),
        reference=_with(
            _object(
                side=_one_of(Side),
                path=TEXT,
                line=COUNT,
                surface=TEXT,
                access=TEXT,
                runs_on=_one_of(Surface),
                lifetime_days=_or_null(COUNT),
                consumer=_or_null(TEXT),
            ),
            versions=_list(TEXT),
        ),
        statement=_or_null(_ref("place")),
        sqlstate=TEXT,
        detail=TEXT,
        confirmed=_or_null(FLAG),
    )


def _finding() -> Schema:
    return _object(
        rule=TEXT,
        level=_one_of(Level),
        confidence=_one_of(Confidence),
        message=TEXT,
        recipe=_list(_ref("step")),
        path=TEXT,
        line=COUNT,
        statement=_or_null(TEXT),
        statement_place=_or_null(_ref("place")),
        object=TEXT,
        phase=_or_null(_one_of(Phase)),
        fingerprint={"type": "string", "pattern": "^[0-9a-f]{16}$"},
        suppressed=_or_null(_object(reason=TEXT, by=TEXT)),
        cost=_or_null(_ref("cost")),
        code=_list(_ref("place")),
        database=TEXT,
    )


def _cost() -> Schema:
    return _object(
        locks={"type": "object", "additionalProperties": _one_of(Lock)},
        work=_one_of(Work),
        evidence=_one_of(("traced", "modelled")),
        note=TEXT,
    )


def _database() -> Schema:
    line = _object(path=TEXT, status=_one_of(Status), phase=_or_null(_one_of(Phase)), transaction=TEXT, pending=FLAG)
    database = _object(
        name=TEXT,
        format=TEXT,
        dialect=TEXT,
        migrations=_list(line),
        rollback=_ref("rollback"),
        proof=_or_null(_ref("proof")),
    )
    return _with(database, verdict=_one_of(Verdict), headline=TEXT, order=_one_of(Order), matrix=_ref("matrix"))


def _proof() -> Schema:
    locks = {"type": "object", "additionalProperties": _one_of(Lock)}
    statement = _object(
        path=TEXT,
        line=COUNT,
        milliseconds={"type": "number", "minimum": 0},
        locks=_or_null(locks),
        work=_one_of(Work),
        against_model=_list(TEXT),
    )
    restored: Schema = {"grade": _one_of(Grade), "differences": _list(TEXT), "reason": TEXT}
    rollback = _object(**restored, applies_again=_or_null(FLAG), loses=_list(TEXT), on_rows=TEXT)
    refused = _object(path=TEXT, line=COUNT, message=TEXT, sqlstate=TEXT, on_rows=FLAG)
    return _object(
        server_version=COUNT,
        applied=FLAG,
        reason=TEXT,
        statements=_list(statement),
        rollback=_or_null(rollback),
        rows=COUNT,
        without_rows=_list(TEXT),
        refused=_or_null(refused),
        down_scripts=_list(_object(path=TEXT, **restored)),
        half_way=_list(_object(path=TEXT, line=COUNT, **restored)),
        bodies=_or_null(_bodies()),
        hidden_rows=_list(_object(table=TEXT, role=TEXT, before=COUNT, after=COUNT)),
        drift=_list(TEXT),
        stand_ins=_list(TEXT),
    )


def _bodies() -> Schema:
    faults = _list(_object(line=COUNT, message=TEXT, sqlstate=TEXT))
    return _object(
        hold=COUNT,
        broken=_list(_object(routine=TEXT, faults=faults)),
        broken_before=COUNT,
        not_checked=_list(_object(routine=TEXT, reason=TEXT)),
        left_out=COUNT,
    )


def _rollback() -> Schema:
    step = _object(
        speed=_one_of(Speed),
        do=TEXT,
        sql=TEXT,
        command=TEXT,
        time=TEXT,
        grade=_one_of(Reversibility),
        note=TEXT,
        source=TEXT,
    )
    return _object(
        grade=_one_of(Reversibility),
        steps=_list(step),
        proof=_one_of(("restored", "differs", "not-proven")),
        differences=_list(TEXT),
    )


def _deployment() -> Schema:
    step = _object(do=TEXT, sql=TEXT, path=_or_null(TEXT), line=_or_null(COUNT), object=TEXT)
    return _object(
        phase=_one_of(Phase),
        title=TEXT,
        separate=FLAG,
        steps=_list(step),
        verify=_list(TEXT),
        pre_checks=_list(TEXT),
        verify_queries=_list(_ref("query")),
        pre_check_queries=_list(_ref("query")),
    )


def _plan() -> Schema:
    emergency = _object(title=TEXT, steps=_list(_object(do=TEXT, command=TEXT, time=TEXT)))
    plan = _object(
        reason=TEXT,
        deployments=_list(_ref("deployment")),
        rollback=_ref("rollback"),
        monitoring=_list(_ref("query")),
        thresholds=_list(_object(metric=TEXT, limit=TEXT, then=TEXT)),
        checklist=_list(_object(id=TEXT, text=TEXT, state=_one_of(ItemState), evidence=TEXT, list=TEXT)),
        announcements=_object(before=_ref("announcement"), after=_ref("announcement")),
        emergency=_list(emergency),
        flags=_list(_object(flag=TEXT, provider=TEXT, set_by=TEXT, path=TEXT, line=COUNT)),
    )
    return _with(plan, flag_page=_flag_page())


def _flag_page() -> Schema:
    planned = _list(_object(do=TEXT, object=TEXT, path=TEXT, line=COUNT))
    use = _object(
        flag=TEXT,
        provider=TEXT,
        starts=_one_of(Unset),
        covers=planned,
        old_path=planned,
        steps=_list(_object(do=TEXT, command=TEXT)),
        path=TEXT,
        line=COUNT,
    )
    missing = _object(object=TEXT, why=TEXT, name=TEXT, code=TEXT, path=TEXT, line=COUNT)
    return _object(flags=_list(use), look=_list(TEXT), missing=_list(missing))


def _later() -> Schema:
    return _object(object=TEXT, database=TEXT, after=TEXT, reason=TEXT, dependents=_list(TEXT), sql=TEXT)


def _coverage() -> Schema:
    return _object(
        statements=COUNT,
        opaque=_list(_ref("unread")),
        references=COUNT,
        unresolved=_list(_ref("unread")),
        not_analysed=_list(_ref("unread")),
        not_proven=_list(TEXT),
    )
