"""Sample reports: the outage, a clean change, one that must be split, a quiet one."""

from dataclasses import replace

from midflight.changes.model import NotAnalysed, Status
from midflight.compatibility.model import Break, BreakKind, Cell, Doubt, Matrix, Side, State
from midflight.inspection.finding import Confidence, Finding, Level, Phase, Step, Suppressed
from midflight.operations.model import Statement
from midflight.plan.model import (
    Announcement,
    Checklist,
    ChecklistItem,
    Deployment,
    ItemState,
    Order,
    Plan,
    Planned,
    Query,
    Reversibility,
    RollbackPlan,
    RollbackStep,
    Speed,
    Threshold,
)
from midflight.references.model import Access, Api, ColumnUse, Guard, Place, RoutineReference, TableReference, Verb
from midflight.report.model import Coverage, DatabaseReport, MigrationLine, Report, Subject, Verdict
from midflight.report.release_notes import Change, ReleaseNotes, build_release_notes

BASE = "4f1c2a9e0b7d4c3e8a6f5d2b1c0e9f8a7b6c5d4e"
HEAD = "9b8a7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b"
SUBJECT = Subject(
    base=BASE,
    head=HEAD,
    title="Create projects atomically",
    repository="projectify/syllabus",
    number=42,
    run="https://github.com/projectify/syllabus/actions/runs/1234567890",
)
PULLS = "https://github.com/projectify/syllabus/pull"
HOLDS = Cell(State.HOLDS)
ALL_HOLD = Matrix(HOLDS, HOLDS, HOLDS, HOLDS)

CREATE = Statement(
    "supabase/migrations/20251110120000_create_project_atomic.sql",
    3,
    "CREATE OR REPLACE FUNCTION create_project_atomic(p_title text, p_form jsonb) RETURNS uuid ...",
)
CALL = RoutineReference(
    Place("supabase/functions/generate-project/index.ts", 27), "create_project_atomic", Api.POSTGREST
)
CALL_BREAKS = Break(
    kind=BreakKind.MISSING_ROUTINE,
    object="create_project_atomic",
    reference=CALL,
    side=Side.HEAD,
    place=CALL.place,
    sqlstate="42883",
    detail="only this change creates it",
    statement=CREATE,
)
OUTAGE_FINDING = Finding(
    rule="code-before-migration",
    level=Level.ERROR,
    confidence=Confidence.HIGH,
    message=(
        "`create_project_atomic` is called by new code and does not exist in the old database: every call fails"
        " from the moment the code is out until the migration is applied. Instead, apply the migration first, verify"
        " that the function exists, then deploy the code."
    ),
    place=CALL.place,
    object="create_project_atomic",
    statement=CREATE,
    code=(CALL.place,),
    recipe=(
        Step(Phase.EXPAND, "Apply the migration that creates `create_project_atomic`."),
        Step(
            Phase.EXPAND,
            "Verify that the function exists.",
            "SELECT routine_name FROM information_schema.routines WHERE routine_name = 'create_project_atomic';",
        ),
        Step(Phase.ROLLOUT, "Deploy the code that calls it."),
    ),
    phase=Phase.EXPAND,
)
BEFORE = Announcement(
    "Before the deployment",
    (
        ("Subject", "Database Migration - Create projects atomically"),
        ("Timeline", "[Date & Time]"),
        ("Expected Downtime", "None (zero-downtime deployment)"),
        ("Impact", "No user impact expected"),
        ("Rollback Plan", "Revert the code (about 2 minutes), then drop create_project_atomic"),
    ),
)
AFTER = Announcement(
    "After the deployment",
    (
        ("Subject", "✅ Deployment Complete - Create projects atomically"),
        ("Status", "Successful"),
        ("Issues", "None"),
        ("Monitoring", "Enabled for 24 hours"),
        ("Next Steps", "None"),
    ),
)
THRESHOLDS = (
    Threshold("Error rate", "> 5%", "Investigate immediately"),
    Threshold("Calls of `create_project_atomic` that fail", "> 10%", "Enable the fallback"),
)
OUTAGE_PLAN = Plan(
    order=Order.DATABASE_FIRST,
    reason="New code needs `create_project_atomic`; old code works with and without it.",
    deployments=(
        Deployment(
            Phase.EXPAND,
            "Apply the migration",
            items=(Planned(CREATE.path, CREATE.line, "create function `create_project_atomic`"),),
            verify=(
                Query(
                    "the function exists",
                    "SELECT routine_name FROM information_schema.routines"
                    " WHERE routine_name = 'create_project_atomic';",
                    "1 row",
                ),
            ),
        ),
        Deployment(
            Phase.ROLLOUT,
            "Deploy the code",
            items=(Planned(CALL.place.path, CALL.place.line, "calls `create_project_atomic`"),),
        ),
    ),
    rollback=RollbackPlan(
        Reversibility.LOSSLESS,
        (
            RollbackStep(
                Speed.CODE,
                "Revert the merge and push; the old code is back.",
                command="git revert -m 1 <merge commit>\ngit push origin main",
                time="about 2 minutes",
            ),
            RollbackStep(
                Speed.DATABASE,
                "Drop the new function, once no code calls it.",
                sql="DROP FUNCTION public.create_project_atomic(text, jsonb);",
                time="about 10 minutes",
                note="Usually not needed: the migration is additive.",
                statement=CREATE,
            ),
        ),
    ),
    checklists=(
        Checklist(
            "Adding a function",
            (
                ChecklistItem(
                    "function.in-migration",
                    "Function is written in a migration file",
                    ItemState.VERIFIED,
                    f"`{CREATE.path}:3`",
                ),
                ChecklistItem("function.order", "Migration is applied before the code is deployed", ItemState.FAILED),
                ChecklistItem("function.tested", "Function is tested in development", ItemState.OPEN),
                ChecklistItem("function.end-to-end", "Tested end to end after the deployment", ItemState.OPEN),
            ),
        ),
        Checklist(
            "Approval",
            (
                ChecklistItem("approval.additive", "Migration is additive", ItemState.VERIFIED, "adds 1 function"),
                ChecklistItem(
                    "approval.old-new", "Old code works with the new database", ItemState.VERIFIED, "14 references"
                ),
                ChecklistItem(
                    "approval.rollback", "Rollback plan is documented", ItemState.VERIFIED, "see the rollback plan"
                ),
                ChecklistItem("approval.team", "Team is notified of the deployment", ItemState.OPEN),
            ),
        ),
    ),
    monitoring=(
        Query(
            "errors in the last hour",
            "SELECT count(*) FROM logs WHERE level = 'error' AND timestamp > now() - interval '1 hour';",
            "no more than before",
        ),
    ),
    thresholds=THRESHOLDS,
    before=BEFORE,
    after=AFTER,
)
COVERAGE = Coverage(statements=4, references=15)
DATABASE = DatabaseReport(
    name="supabase",
    format="supabase",
    dialect="postgres",
    migrations=(MigrationLine(CREATE.path, Status.ADDED, Phase.EXPAND, "per-file", pending=True),),
    rollback=OUTAGE_PLAN.rollback,
)


def outage() -> Report:
    """New code calls a function that only its own migration creates."""
    return Report(
        subject=SUBJECT,
        verdict=Verdict.ERROR,
        headline="Unsafe: new code calls create_project_atomic before its migration is applied (database first)",
        quiet=False,
        findings=(OUTAGE_FINDING,),
        matrix=replace(ALL_HOLD, new_old=Cell(State.BREAKS, (CALL_BREAKS,))),
        plan=OUTAGE_PLAN,
        databases=(DATABASE,),
        coverage=COVERAGE,
    )


def clean() -> Report:
    """The corrected change: the function is only used behind a flag that is off."""
    done = tuple(
        replace(each, items=tuple(replace(i, state=ItemState.VERIFIED) for i in each.items[:2]) + each.items[2:])
        for each in OUTAGE_PLAN.checklists
    )
    return replace(
        outage(),
        verdict=Verdict.SUCCESS,
        headline="Safe in any order: 1 migration, 15 references checked",
        findings=(),
        matrix=ALL_HOLD,
        plan=replace(OUTAGE_PLAN, order=Order.ANY, reason="", checklists=done),
    )


RENAME = Statement(
    "supabase/migrations/20251112090000_rename_location.sql",
    2,
    "ALTER TABLE company_profiles RENAME COLUMN location TO location_structured",
)
REQUIRED = Statement(
    "supabase/migrations/20251112090000_rename_location.sql",
    4,
    "ALTER TABLE company_profiles ADD COLUMN region text NOT NULL",
)
INDEX = Statement(
    "supabase/migrations/20251112090000_rename_location.sql", 7, "CREATE INDEX ON company_profiles (region)"
)


def _column(path: str, line: int, verb: Verb, column: str, access: Access) -> TableReference:
    place = Place(path, line)
    return TableReference(
        place, "company_profiles", verb, Api.POSTGREST, columns=(ColumnUse(column, access, place),), payload=True
    )


def _break(reference: TableReference, kind: BreakKind, name: str, side: Side, statement: Statement) -> Break:
    state = {"missing-column": "42703", "required-column": "23502"}[kind.value]
    return Break(kind, name, reference, side, reference.place, state, "", statement)


OLD_READS = tuple(
    _break(
        _column(path, line, Verb.SELECT, "location", Access.READ),
        BreakKind.MISSING_COLUMN,
        "company_profiles.location",
        Side.BASE,
        RENAME,
    )
    for path, line in (
        ("src/profile/page.tsx", 18),
        ("src/profile/edit.tsx", 44),
        ("supabase/functions/search/index.ts", 9),
        ("supabase/functions/export/index.ts", 61),
        ("supabase/functions/export/csv.ts", 12),
        ("supabase/functions/digest/index.ts", 30),
        ("src/admin/table.tsx", 77),
    )
)
OLD_INSERT = _break(
    _column("src/profile/edit.tsx", 52, Verb.INSERT, "name", Access.WRITE),
    BreakKind.REQUIRED_COLUMN,
    "company_profiles.region",
    Side.BASE,
    REQUIRED,
)
NEW_READ = _break(
    replace(
        _column("src/profile/page.tsx", 19, Verb.SELECT, "location_structured", Access.READ),
        guard=Guard(
            "USE_STRUCTURED_LOCATION",
            "environment",
            Place("src/profile/page.tsx", 17),
            set_by="process.env",
        ),
    ),
    BreakKind.MISSING_COLUMN,
    "company_profiles.location_structured",
    Side.HEAD,
    RENAME,
)


def split() -> Report:
    """A rename, a required column and a blocking index: one pull request that needs both orders."""
    renamed = Finding(
        rule="rename-column",
        level=Level.ERROR,
        confidence=Confidence.HIGH,
        message=(
            "`company_profiles.location` no longer exists after the migration, and old code reads it in 7 places until"
            " the new code is out. Instead, add `location_structured` beside it, write both, move the readers, and drop"
            " `location` in a later pull request."
        ),
        place=Place(RENAME.path, RENAME.line),
        object="company_profiles.location",
        statement=RENAME,
        code=tuple(each.place for each in OLD_READS),
        recipe=(
            Step(
                Phase.EXPAND,
                "Add the new column.",
                "ALTER TABLE company_profiles ADD COLUMN location_structured jsonb;",
            ),
            Step(
                Phase.EXPAND,
                "Backfill it in batches.",
                "UPDATE company_profiles\nSET location_structured = jsonb_build_object('city', location)\n"
                "WHERE location_structured IS NULL;",
            ),
            Step(Phase.ROLLOUT, "Write both columns; read the new one, fall back to the old one."),
            Step(
                Phase.CONTRACT,
                "Drop the old column, one to two weeks later.",
                "ALTER TABLE company_profiles DROP COLUMN location;",
            ),
        ),
        phase=Phase.CONTRACT,
    )
    required = Finding(
        rule="required-column",
        level=Level.ERROR,
        confidence=Confidence.HIGH,
        message=(
            "`company_profiles.region` has no default, and old code inserts rows without it at"
            " `src/profile/edit.tsx:52` until the new code is out. Instead, give the column a default, or add it as"
            " nullable and require it in a later pull request."
        ),
        place=Place(REQUIRED.path, REQUIRED.line),
        object="company_profiles.region",
        statement=REQUIRED,
        code=(OLD_INSERT.place,),
        phase=Phase.CONTRACT,
    )
    index = Finding(
        rule="blocking-index",
        level=Level.WARNING,
        confidence=Confidence.HIGH,
        message=(
            "The index on `company_profiles` blocks every write to the table while it is built. Instead, build it"
            " `CONCURRENTLY` in a migration of its own that runs outside a transaction."
        ),
        place=Place(INDEX.path, INDEX.line),
        object="company_profiles",
        statement=INDEX,
        phase=Phase.EXPAND,
    )
    allowed = replace(
        index,
        rule="no-lock-timeout",
        message="The migration waits for locks without a limit. Instead, set `lock_timeout`.",
        suppressed=Suppressed("the table has 40 rows", f"{INDEX.path}:6"),
    )
    plan = replace(
        OUTAGE_PLAN,
        order=Order.SPLIT,
        reason=(
            "The database cannot go first: old code reads `company_profiles.location`. The code cannot go first: new"
            " code reads `company_profiles.location_structured`."
        ),
        deployments=(
            Deployment(
                Phase.EXPAND,
                "Expand the database",
                items=(
                    Planned(RENAME.path, 2, "add `location_structured` instead of renaming `location`"),
                    Planned(REQUIRED.path, 4, "add `region` as nullable"),
                ),
                steps=(
                    Step(
                        Phase.EXPAND,
                        "backfill `location_structured`",
                        "UPDATE company_profiles SET location_structured = jsonb_build_object('city', location);",
                    ),
                ),
                verify=(
                    Query(
                        "the column exists",
                        "SELECT column_name FROM information_schema.columns\nWHERE table_name = 'company_profiles'"
                        " AND column_name = 'location_structured';",
                        "1 row",
                    ),
                ),
            ),
            Deployment(Phase.ROLLOUT, "Deploy the code that writes both columns"),
            Deployment(
                Phase.CONTRACT,
                "Drop `location`, require `region`",
                items=(Planned(RENAME.path, 2, "drop `company_profiles.location`"),),
                separate=True,
            ),
        ),
        rollback=RollbackPlan(
            Reversibility.LOSSY,
            (
                RollbackStep(
                    Speed.FLAG,
                    "Switch `USE_STRUCTURED_LOCATION` off.",
                    command="supabase secrets set USE_STRUCTURED_LOCATION=false",
                    time="instant",
                ),
                *OUTAGE_PLAN.rollback.steps[:1],
                RollbackStep(
                    Speed.DATABASE,
                    "Rename the column back and drop `region`.",
                    sql="ALTER TABLE company_profiles DROP COLUMN region;\n"
                    "ALTER TABLE company_profiles RENAME COLUMN location_structured TO location;",
                    time="about 10 minutes",
                    grade=Reversibility.LOSSY,
                    note="Values written to `region` are lost.",
                    statement=RENAME,
                ),
            ),
        ),
        search=(Place("src/profile/page.tsx", 18), Place("src/profile/edit.tsx", 52)),
    )
    return Report(
        subject=replace(SUBJECT, title="Structure locations"),
        verdict=Verdict.ERROR,
        headline=(
            "Unsafe: old code still reads company_profiles.location, which the new database no longer has"
            " (split this pull request)"
        ),
        quiet=False,
        findings=(renamed, required, index, allowed),
        matrix=Matrix(
            old_old=HOLDS,
            old_new=Cell(State.BREAKS, (*OLD_READS, OLD_INSERT)),
            new_old=Cell(State.DEGRADES, (NEW_READ,)),
            new_new=HOLDS,
        ),
        plan=plan,
        databases=(
            replace(
                DATABASE,
                migrations=(MigrationLine(RENAME.path, Status.ADDED, Phase.CONTRACT, "per-file", pending=True),),
                rollback=plan.rollback,
            ),
        ),
        coverage=Coverage(
            statements=6,
            references=31,
            opaque=(NotAnalysed(RENAME.path, 9, "a DO block builds its SQL at run time"),),
            unresolved=(NotAnalysed("src/lib/query.ts", 14, "the table's name is in a variable"),),
        ),
    )


def undetermined() -> Report:
    """A statement that could not be read, and nothing worse."""
    reason = "a statement could not be read: a DO block builds its SQL at run time"
    doubts = (Doubt(reason, Place(CREATE.path, 9)), Doubt("the table's name is in a variable", Place("src/q.ts", 4)))
    return replace(
        clean(),
        verdict=Verdict.UNDETERMINED,
        headline=f"Undetermined: {reason} (1 more)",
        matrix=replace(ALL_HOLD, old_new=Cell(State.UNDETERMINED, doubts=doubts)),
        coverage=replace(
            COVERAGE,
            opaque=(NotAnalysed(CREATE.path, 9, "a DO block builds its SQL at run time"),),
            not_proven=("no Postgres server was found",),
        ),
    )


def warning() -> Report:
    """Only a warning: an index that blocks writes."""
    whole = split()
    return replace(
        whole,
        verdict=Verdict.WARNING,
        headline="Caution: The index on company_profiles blocks every write to the table while it is built",
        findings=whole.findings[2:],
        matrix=ALL_HOLD,
        plan=clean().plan,
        coverage=COVERAGE,
    )


EMPTY_PLAN = Plan(
    order=Order.ANY,
    reason="",
    deployments=(),
    rollback=RollbackPlan(Reversibility.LOSSLESS, ()),
    checklists=(),
    monitoring=(),
    thresholds=(),
    before=Announcement("", ()),
    after=Announcement("", ()),
)


def quiet() -> Report:
    """Nothing of the change concerns a database."""
    return Report(
        subject=replace(SUBJECT, title="Fix a typo"),
        verdict=Verdict.SUCCESS,
        headline="No database change",
        quiet=True,
        findings=(),
        matrix=ALL_HOLD,
        plan=EMPTY_PLAN,
        databases=(),
        coverage=Coverage(references=15),
    )


def local(report: Report) -> Report:
    """The same report on a local run: no repository to link to."""
    return replace(report, subject=replace(report.subject, repository="", number=0, run=""))


SAMPLES = {
    "outage": outage,
    "clean": clean,
    "split": split,
    "undetermined": undetermined,
    "warning": warning,
    "quiet": quiet,
}


def notes() -> ReleaseNotes:
    """The notes of a range of three changes."""
    changes = (
        Change("Create projects atomically", HEAD, 42, "ada", f"{PULLS}/42", ("api",)),
        Change("Fix @everyone's # of *forms*", BASE, 41, "lin", f"{PULLS}/41"),
        Change("Tidy", "0123456789abcdef0123456789abcdef01234567"),
    )
    return build_release_notes(outage(), changes, title="v1.2.0 to v1.3.0")
