"""The words of a report: what a break says about code, and the one-sentence verdict."""

from collections.abc import Sequence

from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.compatibility.lasting import OLD, consumers_in, days, lasting, versions_in
from midflight.compatibility.model import Break, BreakKind, Cell, CellName, Matrix
from midflight.inspection.finding import Finding, Level
from midflight.plan.model import Order, Plan
from midflight.references.model import RoutineReference, TableReference, Verb
from midflight.report.model import Coverage, Verdict
from midflight.text import plural, shorten

HEADLINE = 140
"""GitHub refuses a commit status whose description is longer (a 422, observed in many threads)."""

_NAME = 60
_VERBS = {
    Verb.SELECT: "reads",
    Verb.WATCH: "watches",
    Verb.INSERT: "writes",
    Verb.UPDATE: "writes",
    Verb.UPSERT: "writes",
    Verb.DELETE: "deletes from",
    Verb.MENTION: "names",
}
_LEAD = {Verdict.ERROR: "Unsafe", Verdict.WARNING: "Caution", Verdict.UNDETERMINED: "Undetermined"}
_SUFFIX = {
    Order.ANY: "",
    Order.DATABASE_FIRST: " (database first)",
    Order.CODE_FIRST: " (code first)",
    Order.SPLIT: " (split this pull request)",
}
_SAFE = {
    Order.ANY: "Safe in any order",
    Order.DATABASE_FIRST: "Safe, database first",
    Order.CODE_FIRST: "Safe, code first",
    Order.SPLIT: "Safe when split",
}
_MISSING = {BreakKind.MISSING_TABLE, BreakKind.MISSING_COLUMN, BreakKind.MISSING_ROUTINE}
_CHANGED = {
    BreakKind.SIGNATURE: "whose parameters change",
    BreakKind.REQUIRED_COLUMN: "which the new database requires and old code leaves out",
    BreakKind.CONSTRAINT: "which a new constraint refuses",
    BreakKind.TYPE: "whose type changes",
    BreakKind.AMBIGUOUS: "which becomes ambiguous",
    BreakKind.PRIVILEGE: "which it may no longer use",
    BreakKind.RELATIONSHIP: "which have no single relationship on the new database",
    BreakKind.UPSERT_TARGET: "which loses the unique key that the upsert needs",
}
_WORK = {Work.NONE: "briefly", Work.SCAN: "full scan", Work.INDEX_BUILD: "index build", Work.REWRITE: "table rewrite"}
_SHOWN = 3
SEEN_CELLS = (CellName.NEW_NEW, CellName.OLD_NEW, CellName.NEW_OLD)
"""The cells that a rollout goes through, worst first; old code on the old schema is today."""


def verb_of(found: Break) -> str:
    """Return what the code does with the object: "calls", "reads", "writes", ..."""
    match found.reference:
        case RoutineReference():
            return "calls"
        case TableReference() if found.kind is BreakKind.RELATIONSHIP:
            return "joins"
        case TableReference(verb=verb):
            return "reads" if found.kind is BreakKind.MISSING_COLUMN and verb is Verb.DELETE else _VERBS[verb]


def _who(found: Break) -> tuple[str, str]:
    """Who runs old code and how that goes on with a verb: one thing reads, several read."""
    runs = found.runs_on
    if runs.consumer:
        return shorten(runs.consumer, _NAME), ""
    if runs.versions and not runs.days:
        return shorten(" and ".join(runs.versions), _NAME), "s" if len(runs.versions) > 1 else ""
    return (f"for {days(runs.days)}, {OLD[runs.surface]}", "s") if runs.days else ("old code", "")


def _old(found: Break, name: str) -> str:
    who, several = _who(found)
    first, _, rest = verb_of(found).partition(" ")
    verb = f"{first.removesuffix(several)} {rest}".strip() if several else verb_of(found)
    if several and first == "watches":
        verb = "watch"
    if found.kind in _MISSING:
        return f"{who} still {verb} {name}, which the new database no longer has"
    if found.kind is BreakKind.REQUIRED_COLUMN:
        return f"{who} insert{'' if several else 's'} without {name}, which the new database requires"
    return f"{who} {verb} {name}, {_CHANGED[found.kind]}"


def clause(cell: CellName, found: Break, mark: str = "") -> str:
    """Return a clause that says who breaks and when, the object between two `mark`s.

    "new code calls create_project_atomic before its migration is applied"; "for 180 days, old mobile builds still read
    projects.title, which the new database no longer has"
    """
    name = f"{mark}{shorten(found.object, _NAME)}{mark}"
    verb = verb_of(found)
    if cell is CellName.NEW_OLD:
        return f"new code {verb} {name} before its migration is applied"
    if cell is CellName.NEW_NEW:
        missing = found.kind in _MISSING
        return f"new code {verb} {name}, " + (
            "which no migration creates" if missing else "which fails after the rollout"
        )
    return _old(found, name)


def cost_line(cost: Cost) -> str:
    """Return what a statement locks in one line, empty where nobody waits: no lock stops reads, none stops writes long.

    "`ACCESS EXCLUSIVE` on `orders`, full scan, readers and writers wait"
    """
    held = [h for h in cost.held if h.lock.blocks_reads or (h.lock.blocks_writes and cost.work is not Work.NONE)]
    if not held:
        return ""
    groups: dict[Lock, list[Held]] = {}
    for each in sorted(held, key=lambda h: -h.lock.rank):
        groups.setdefault(each.lock, []).append(each)
    locks = " and ".join(f"`{lock.value}` on {_relations(group)}" for lock, group in groups.items())
    who = "readers and writers wait" if any(h.lock.blocks_reads for h in held) else "writers wait"
    note = f" ({cost.note})" if cost.note else ""
    return f"{locks}, {_WORK[cost.work]}, {who}{note}"


def _relations(group: Sequence[Held]) -> str:
    names = [f"`{shorten(h.relation.short, _NAME)}`" for h in group]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def cell_of(matrix: Matrix, name: CellName) -> Cell:
    """Return the cell of that name."""
    return dict(matrix.cells)[name]


def first_sentence(message: str) -> str:
    """Return what is wrong, without the advice: the message up to "Instead"."""
    return message.partition(". Instead")[0].strip().rstrip(".")


def clipped(sentence: str, length: int) -> str:
    """Return the sentence within a length: whole clauses of it where that leaves something to say."""
    if len(sentence) <= length:
        return sentence
    whole = sentence[:length].rpartition("; ")[0] or sentence[:length].rpartition(": ")[0]
    return whole if len(whole) > length // 4 else shorten(sentence, length)


def headline(
    verdict: Verdict, findings: Sequence[Finding], *, matrix: Matrix, plan: Plan, coverage: Coverage, migrations: int
) -> str:
    """Return one plain-text sentence that says the verdict, at most 140 characters."""
    match verdict:
        case Verdict.SUCCESS:
            return shorten(_safe(plan.order, coverage, migrations, _flags(matrix)), HEADLINE)
        case Verdict.UNDETERMINED:
            return shorten(f"{_LEAD[verdict]}: {_doubt(matrix)}", HEADLINE)
        case _:
            level = Level.ERROR if verdict is Verdict.ERROR else Level.WARNING
            counted = [f for f in findings if f.level is level and f.suppressed is None]
            return _bad(verdict, _worst(counted), matrix, plan.order)


def _flags(matrix: Matrix) -> tuple[str, ...]:
    """The flags that must stay off until both are out."""
    guards = (found.guard for name in SEEN_CELLS for found in cell_of(matrix, name).breaks)
    return tuple(dict.fromkeys(g.flag for g in guards if g and g.provider != "fallback" and not g.negated))


def _safe(order: Order, coverage: Coverage, migrations: int, flags: Sequence[str]) -> str:
    looked = f"{plural(coverage.references, 'reference')} checked" if coverage.references else "no reference to check"
    if not migrations:
        return f"Safe: no migration changed, {looked}"
    way = f"Safe while {shorten(' and '.join(flags), _NAME)} is off" if flags else _SAFE[order]
    return f"{way}: {plural(migrations, 'migration')}, {looked}"


def _doubt(matrix: Matrix) -> str:
    doubts = list(dict.fromkeys(d for name in SEEN_CELLS for d in cell_of(matrix, name).doubts))
    if not doubts:
        return "a part of this change could not be read"
    first = doubts[0].reason.replace("`", "")
    return f"{first} ({len(doubts) - 1} more)" if len(doubts) > 1 else first


def _worst(findings: Sequence[Finding]) -> Finding:
    """The finding that names code comes first: it is what a person acts on."""
    return max(findings, key=lambda f: bool(f.code))


def _longest_first(found: Break) -> tuple[bool, int, bool]:
    return (not found.runs_on.consumer, -found.runs_on.days, not found.runs_on.versions)


def _suffix(order: Order, matrix: Matrix) -> str:
    """The order in brackets; "code first" alone would promise too much where old code outlives the rollout."""
    runs = lasting(matrix.old_new.breaks)
    if order is not Order.CODE_FIRST or not runs:
        return _SUFFIX[order]
    if consumers_in(runs):
        return " (consumers first)"
    if versions_in(runs) and not any(each.days for each in runs):
        return " (when no supported version needs it)"
    return f" (code first, then {days(max(each.days for each in runs))})"


def _bad(verdict: Verdict, worst: Finding, matrix: Matrix, order: Order) -> str:
    caused = next(
        (
            clause(name, found)
            for name in SEEN_CELLS
            for found in sorted(cell_of(matrix, name).breaks, key=_longest_first)
            if found.object == worst.object and (not worst.code or found.place in worst.code)
        ),
        "",
    )
    suffix = _suffix(order, matrix)
    said = caused or first_sentence(worst.message).replace("`", "")
    return clipped(f"{_LEAD[verdict]}: {said}", HEADLINE - len(suffix)) + suffix
