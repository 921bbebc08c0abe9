"""What a proof says to the rules, and what is told once."""

from dataclasses import replace

from midflight.inspection.finding import Confidence, Level
from midflight.inspection.run import Policy, inspect
from midflight.proof.model import Grade, Judged, Proof, Refused, Restored
from midflight.proof.showing import told_once, with_shown
from midflight.rules import load_rules
from support.examples import assess_files

UP, DOWN = "db/migrations/000002_b.up.sql", "db/migrations/000002_b.down.sql"


def context_of(migration, down=""):
    base = {"db/migrations/000001_a.up.sql": "CREATE TABLE items (id int PRIMARY KEY, name text);"}
    (context,) = assess_files(base, {**base, UP: migration, **({DOWN: down} if down else {})}).contexts
    return context


def found(context, proof, *rules):
    contexts = with_shown([context], [replace(proof, database=context.database.database)])
    every = told_once(inspect(contexts, load_rules(), Policy({})), [proof])
    return [finding for finding in every if finding.rule in rules]


def refused(context, message, sqlstate, **more):
    statement = context.steps[0].operation.statement
    return Proof("db", 17, refused=Refused(statement, message, sqlstate, **more))


def test_what_a_server_refuses_is_one_proven_finding():
    context = context_of("ALTER TABLE items ADD name text;")
    proof = refused(context, 'column "name" of relation "items" already exists', "42701")
    (finding,) = found(context, proof, "fails-on-apply")
    assert (finding.level, finding.confidence) == (Level.ERROR, Confidence.PROVEN)
    assert "fails with 42701 on PostgreSQL 17" in finding.message


def test_what_only_rows_stop_is_possible_and_no_error():
    context = context_of("ALTER TABLE items ADD CHECK (id > 3) NOT VALID;")
    proof = refused(context, "it is violated", "23514", on_rows=True)
    (finding,) = found(context, proof, "fails-on-apply")
    assert (finding.level, finding.confidence) == (Level.WARNING, Confidence.MEDIUM)
    assert "may fail with 23514, as it does on generated rows" in finding.message


def test_a_statement_that_a_rule_warns_of_is_told_by_that_rule():
    context = context_of("ALTER TABLE items ALTER name SET NOT NULL;")
    proof = refused(context, 'column "name" contains null values', "23502", on_rows=True)
    told = found(context, proof, "fails-on-apply", "not-null-scan")
    assert [finding.rule for finding in told] == ["not-null-scan"]
    assert told[0].message.endswith('On generated rows it fails: `column "name" contains null values` (23502).')


def test_what_the_shadow_database_lacks_is_no_finding():
    context = context_of("ALTER TABLE items ADD place point;")
    lacking = replace(refused(context, "no such type", "42704"), stand_ins=("extension postgis",))
    assert found(context, lacking, "fails-on-apply") == []
    assert found(context, refused(context, "permission denied", "42501"), "fails-on-apply") == []


def test_a_down_script_that_leaves_something_is_proven_once():
    context = context_of("CREATE INDEX by_name ON items (name);", "COMMENT ON TABLE items IS NULL;")
    judged = Judged(DOWN, Restored(Grade.NOT_RESTORED, ("index `public.by_name` is left behind",)))
    (finding,) = found(context, Proof("db", 17, applied=True, downs=(judged,)), "down-is-not-inverse")
    assert finding.confidence is Confidence.PROVEN
    assert "does not give back the schema: index `public.by_name` is left behind" in finding.message


def test_a_down_script_that_restores_is_none_whatever_the_catalogs_say():
    context = context_of("CREATE INDEX by_name ON items (name);", "COMMENT ON TABLE items IS NULL;")
    assert found(context, Proof("db"), "down-is-not-inverse") != []
    judged = Judged(DOWN, Restored(Grade.BUT_FOR, ("column order",)))
    assert found(context, Proof("db", 17, applied=True, downs=(judged,)), "down-is-not-inverse") == []
