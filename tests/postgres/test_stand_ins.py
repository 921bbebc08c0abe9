import pytest

from midflight.adapters.shadow.drift import compare_history
from midflight.adapters.shadow.server import find_server
from midflight.catalog.model import Catalog
from midflight.migrations.model import History, Migration, Script, Transactions

pytestmark = pytest.mark.postgres


@pytest.fixture
def told():
    server = find_server()
    assert server is not None

    def of(*texts):
        migrations = tuple(
            Migration(f"{n}", "m", f"{n}.sql", Script(f"{n}.sql", text, Transactions.PER_FILE))
            for n, text in enumerate(texts)
        )
        return compare_history(History("app", "plain", "postgres", "", migrations), Catalog(), server)

    return of


def test_a_table_with_embeddings_applies_without_pgvector_and_says_so(told):
    found = told(
        "CREATE EXTENSION vector;\n"
        "CREATE TABLE d (e vector(1536));\n"
        "CREATE INDEX plain ON d USING hnsw (e vector_cosine_ops);\n"
        "CREATE INDEX lists ON d USING ivfflat (e vector_l2_ops) WITH (lists = 100);\n"
        "SELECT e <=> '[1,2]'::vector FROM d;"
    )
    assert found.reason == ""
    assert set(found.stand_ins) == {"extension vector", "index lists"}


def test_jobs_queues_and_requests_are_made_and_never_run(told):
    found = told(
        "CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA pg_catalog;\nCREATE EXTENSION pg_net;\n"
        "CREATE EXTENSION pgmq;\nSELECT pgmq.create('mails');\n"
        "SELECT cron.schedule('nightly', '0 3 * * *', $$ SELECT net.http_post('https://example.com') $$);",
        "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS http; END $$;\nSELECT cron.unschedule('nightly');",
    )
    assert found.reason == ""
    assert set(found.stand_ins) == {f"extension {name}" for name in ("http", "pg_cron", "pg_net", "pgmq")}


def test_places_on_a_map_are_columns_of_a_stand_in_and_their_index_is_left_out(told):
    found = told(
        "CREATE EXTENSION postgis;\nCREATE TABLE shop (at geography(Point, 4326));\n"
        "CREATE INDEX near ON shop USING gist (at);"
    )
    assert found.reason == ""
    assert set(found.stand_ins) == {"extension postgis", "index near"}


def test_a_version_that_is_not_there_is_as_good_as_the_one_that_is(told):
    found = told(
        "CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public VERSION '1.0.99';\nSELECT gen_random_uuid();"
    )
    assert found.reason == ""
    assert found.stand_ins == ()


def test_an_extension_that_nobody_knows_is_named(told):
    found = told("CREATE EXTENSION of_our_own;\nCREATE TABLE t (a int);")
    assert found.reason == ""
    assert tuple(found.stand_ins) == ("extension of_our_own",)
