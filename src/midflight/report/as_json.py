"""The report as data for machines: version 1 of a stable interface. Fields are added, never removed or renamed."""

import json
from collections.abc import Mapping, Sequence

from midflight.catalog.cost_model import Cost
from midflight.changes.model import NotAnalysed
from midflight.compatibility.model import Break, Cell, CellName, Doubt, OldVersion, Tried
from midflight.inspection.finding import Finding, Step
from midflight.operations.model import Statement
from midflight.plan.model import Announcement, ChecklistItem, Deployment, Plan, Planned, Query, RollbackPlan
from midflight.proof.bodies import Compared
from midflight.proof.model import Grade, Proof, Refused, Restored, Traced
from midflight.references.model import Guard, Place, TableReference
from midflight.report.flag_parts import flag_page_json
from midflight.report.later import later_json
from midflight.report.model import Coverage, DatabaseReport, Report, Subject
from midflight.text import utf8

VERSION = 1

_PROVEN = {Grade.RESTORED: "restored", Grade.BUT_FOR: "restored", Grade.NOT_RESTORED: "differs"}

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def render_json(report: Report) -> str:
    """Return the report as JSON text, readable by any program: two spaces, UTF-8 without lone surrogates."""
    return utf8(json.dumps(to_json(report), indent=2, ensure_ascii=False)) + "\n"


def to_json(report: Report) -> dict[str, Json]:
    """Return the report as JSON values; `docs/report.schema.json` describes them."""
    return {
        "version": VERSION,
        "verdict": report.verdict.value,
        "headline": report.headline,
        "quiet": report.quiet,
        "order": report.plan.order.value,
        "subject": _subject(report.subject),
        "matrix": _matrix(report),
        "findings": [finding_json(finding) for finding in report.findings],
        "databases": _databases(report),
        "plan": _plan(report.plan),
        "coverage": _coverage(report.coverage),
        **({"later": later_json(report.later)} if report.later else {}),
    }


def _matrix(report: Report) -> dict[str, Json]:
    """The four cells; `versions` only where code of other revisions than base runs."""
    cells: dict[str, Json] = {name.value: _cell(cell) for name, cell in report.matrix.cells}
    return {**cells, "versions": [_version(each) for each in report.versions]} if report.versions else cells


def _version(version: OldVersion) -> Json:
    cells = {CellName.OLD_NEW.value: _cell(version.old_new), CellName.OLD_OLD.value: _cell(version.old_old)}
    return {"name": version.name or None, "revision": version.revision, "cells": cells}


def _databases(report: Report) -> Json:
    """The databases; of several each has a verdict, an order and a matrix of its own."""
    if not report.sections:
        return [_database(database) for database in report.databases]
    return [
        {
            **_database(database),
            "verdict": section.verdict.value,
            "headline": section.headline,
            "order": section.plan.order.value,
            "matrix": _matrix(section),
        }
        for database, section in zip(report.databases, report.sections, strict=True)
    ]


def _subject(subject: Subject) -> Json:
    return {
        "base": subject.base,
        "head": subject.head,
        "title": subject.title,
        "repository": subject.repository,
        "number": subject.number,
    }


def _cell(cell: Cell) -> Json:
    return {
        "state": cell.state.value,
        "evidence": "proven" if cell.is_proven else "static",
        "breaks": [_break(found) for found in cell.breaks],
        "doubts": [_doubt(doubt) for doubt in cell.doubts],
        "probes": _tried(cell.tried),
    }


def _tried(tried: Tried | None) -> Json:
    if tried is None:
        return None
    return {
        "hold": tried.hold,
        "fail": tried.fail,
        "incomplete": tried.incomplete,
        "left_out": tried.left_out,
        "reasons": [{"reason": reason, "count": count} for reason, count in tried.reasons],
    }


def _break(found: Break) -> Json:
    reference = found.reference
    access = reference.verb.value if isinstance(reference, TableReference) else "call"
    return {
        "kind": found.kind.value,
        "object": found.object,
        "tier": found.tier,
        "guard": found.guard.flag if found.guard else None,
        "reference": {
            "side": found.side.value,
            "path": found.place.path,
            "line": found.place.line,
            "surface": reference.api.value,
            "access": access,
            "runs_on": found.runs_on.surface.value,
            "lifetime_days": None if found.runs_on.consumer else found.runs_on.days,
            "consumer": found.runs_on.consumer or None,
            **({"versions": list(found.runs_on.versions)} if found.runs_on.versions else {}),
        },
        "statement": _statement(found.statement),
        "sqlstate": found.sqlstate,
        "detail": found.detail,
        "confirmed": found.proven,
    }


def _doubt(doubt: Doubt) -> Json:
    place = doubt.place
    return {"reason": doubt.reason, "path": place.path if place else None, "line": place.line if place else None}


def _statement(statement: Statement | None) -> Json:
    return {"path": statement.path, "line": statement.line} if statement else None


def finding_json(finding: Finding) -> Json:
    """Return a finding as `docs/report.schema.json` describes it."""
    suppressed = finding.suppressed
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "confidence": finding.confidence.value,
        "message": finding.message,
        "recipe": [_step(step) for step in finding.recipe],
        "path": finding.place.path,
        "line": finding.place.line,
        "statement": finding.statement.text if finding.statement else None,
        "statement_place": _statement(finding.statement),
        "object": finding.object,
        "phase": finding.phase.value if finding.phase else None,
        "fingerprint": finding.fingerprint,
        "suppressed": {"reason": suppressed.reason, "by": suppressed.by} if suppressed else None,
        "cost": cost_json(finding.cost),
        "code": [_place(place) for place in finding.code],
        "database": finding.database,
    }


def cost_json(cost: Cost | None) -> Json:
    """Return what a statement locks and does, null where it is not known."""
    if cost is None:
        return None
    return {
        "locks": {held.relation.short: held.lock.value for held in cost.held},
        "work": cost.work.value,
        "evidence": "traced" if cost.traced else "modelled",
        "note": cost.note,
    }


def _place(place: Place) -> dict[str, Json]:
    return {"path": place.path, "line": place.line}


def _step(step: Step) -> Json:
    return {"phase": step.phase.value, "do": step.do, "sql": step.sql}


def _database(database: DatabaseReport) -> dict[str, Json]:
    return {
        "name": database.name,
        "format": database.format,
        "dialect": database.dialect,
        "migrations": [
            {
                "path": line.path,
                "status": line.status.value,
                "phase": line.phase.value if line.phase else None,
                "transaction": line.transactions,
                "pending": line.pending,
            }
            for line in database.migrations
        ],
        "rollback": _rollback(database.rollback, database.proof),
        "proof": _proof(database.proof),
    }


def _proof(proof: Proof | None) -> Json:
    if proof is None:
        return None
    back = proof.rollback
    return {
        "server_version": proof.server_version,
        "applied": proof.applied,
        "reason": proof.reason,
        "statements": [_traced(each) for each in proof.statements],
        "rollback": None
        if back is None
        else {**_restored(back), "applies_again": back.again, "loses": list(back.losses), "on_rows": back.on_rows},
        "rows": proof.rows,
        "without_rows": list(proof.unfilled),
        "refused": None if proof.refused is None else _refused(proof.refused),
        "down_scripts": [{"path": each.path, **_restored(each.restored)} for each in proof.downs],
        "half_way": [
            {"path": each.statement.path, "line": each.statement.line, **_restored(each.restored)}
            for each in proof.partial
        ],
        "bodies": _bodies(proof.bodies),
        "hidden_rows": [
            {"table": each.table.short, "role": each.role, "before": each.before, "after": each.after}
            for each in proof.hidden
        ],
        "drift": list(proof.drift),
        "stand_ins": list(proof.stand_ins),
    }


def _bodies(found: Compared | None) -> Json:
    if found is None:
        return None
    return {
        "hold": len(found.sound),
        "broken": [
            {
                "routine": body.signature,
                "faults": [
                    {"line": fault.line, "message": fault.message, "sqlstate": fault.sqlstate} for fault in body.faults
                ],
            }
            for body in found.broken
        ],
        "broken_before": found.before,
        "not_checked": [{"routine": body.signature, "reason": body.reason} for body in found.unchecked],
        "left_out": found.left_out,
    }


def _restored(back: Restored) -> dict[str, Json]:
    return {"grade": back.grade.value, "differences": list(back.differences), "reason": back.reason}


def _refused(each: Refused) -> Json:
    return {
        "path": each.statement.path,
        "line": each.statement.line,
        "message": each.message,
        "sqlstate": each.sqlstate,
        "on_rows": each.on_rows,
    }


def _traced(each: Traced) -> Json:
    return {
        "path": each.statement.path,
        "line": each.statement.line,
        "milliseconds": each.milliseconds,
        "locks": {held.relation.short: held.lock.value for held in each.held} if each.locks_seen else None,
        "work": each.work.value,
        "against_model": list(each.against),
    }


def _rollback(rollback: RollbackPlan, proof: Proof | None = None) -> Json:
    back = proof.rollback if proof else None
    return {
        "grade": rollback.grade.value,
        "steps": [
            {
                "speed": step.speed.value,
                "do": step.do,
                "sql": step.sql,
                "command": step.command,
                "time": step.time,
                "grade": step.grade.value,
                "note": step.note,
                "source": step.source,
            }
            for step in rollback.steps
        ],
        "proof": _PROVEN[back.grade] if back else "not-proven",
        "differences": list(back.differences) if back else [],
    }


def _plan(plan: Plan) -> Json:
    return {
        "reason": plan.reason,
        "deployments": [_deployment(deployment) for deployment in plan.deployments],
        "rollback": _rollback(plan.rollback),
        "monitoring": [_query(query) for query in plan.monitoring],
        "thresholds": [{"metric": t.metric, "limit": t.limit, "then": t.then} for t in plan.thresholds],
        "checklist": [_item(item, checklist.title) for checklist in plan.checklists for item in checklist.items],
        "announcements": {"before": _announcement(plan.before), "after": _announcement(plan.after)},
        "emergency": [
            {"title": part.title, "steps": [{"do": s.do, "command": s.command, "time": s.time} for s in part.steps]}
            for part in plan.emergency
        ],
        "flags": [_guard(guard) for guard in plan.flags],
        **({"flag_page": flag_page_json(plan.flag_page)} if plan.flag_page.uses or plan.flag_page.advice else {}),
    }


def _deployment(deployment: Deployment) -> Json:
    return {
        "phase": deployment.phase.value,
        "title": deployment.title,
        "separate": deployment.separate,
        "steps": [_planned(item) for item in deployment.items]
        + [{"do": s.do, "sql": s.sql, "path": None, "line": None, "object": ""} for s in deployment.steps],
        "verify": [query.sql for query in deployment.verify],
        "pre_checks": [query.sql for query in deployment.pre_checks],
        "verify_queries": [_query(query) for query in deployment.verify],
        "pre_check_queries": [_query(query) for query in deployment.pre_checks],
    }


def _planned(item: Planned) -> Json:
    return {
        "do": item.summary,
        "sql": item.sql,
        "path": item.path or None,
        "line": item.line or None,
        "object": item.object,
    }


def _query(query: Query) -> Json:
    return {"purpose": query.purpose, "sql": query.sql, "expect": query.expect}


def _item(item: ChecklistItem, title: str) -> Json:
    return {"id": item.id, "text": item.text, "state": item.state.value, "evidence": item.evidence, "list": title}


def _announcement(announcement: Announcement) -> Json:
    return {
        "title": announcement.title,
        "lines": [{"label": label, "text": text} for label, text in announcement.lines],
    }


def _guard(guard: Guard) -> Json:
    return {"flag": guard.flag, "provider": guard.provider, "set_by": guard.set_by, **_place(guard.place)}


def _coverage(coverage: Coverage) -> Json:
    return {
        "statements": coverage.statements,
        "opaque": [_unread(place) for place in coverage.opaque],
        "references": coverage.references,
        "unresolved": [_unread(place) for place in coverage.unresolved],
        "not_analysed": [_unread(place) for place in coverage.not_analysed],
        "not_proven": list(coverage.not_proven),
    }


def _unread(place: NotAnalysed) -> Json:
    return {"path": place.path, "line": place.line, "reason": place.reason}
