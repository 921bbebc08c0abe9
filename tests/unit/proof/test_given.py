from dataclasses import replace

import pytest

from midflight.proof.given import Address, Found, in_use, wrong_address

FRESH = Found(superuser=True, databases=("postgres", "template0", "template1", "app"), objects=0, size=30 << 20,
              sessions=0, replicated=False)  # fmt: skip


@pytest.mark.parametrize(
    "host", ["localhost", "postgres", "127.0.0.1", "::1", "172.18.0.3", "/var/run/postgresql", "db.internal"]
)
def test_a_host_of_the_job_or_of_a_private_network_may_be_asked(host):
    assert wrong_address(Address((host,), "app", "postgres")) == ""


@pytest.mark.parametrize(
    "host",
    [
        "db.abcdefgh.supabase.co",
        "app.cluster-xyz.eu-west-1.rds.amazonaws.com",
        "ep-cool-name-123456.eu-central-1.aws.neon.tech",
        "app.postgres.database.azure.com",
        "8.8.8.8",
        "0.0.0.0",  # noqa: S104 - read, not bound to
        "/cloudsql/project:region:app",
    ],
)
def test_a_managed_or_public_host_is_refused_before_anything_is_sent_to_it(host):
    refused = "its host is neither this machine nor in a private network"
    assert wrong_address(Address((host,), "app", "postgres")) == refused
    assert wrong_address(Address(("localhost", host), "app", "postgres")) == refused


def test_an_address_without_a_host_is_refused():
    assert wrong_address(Address((), "app", "postgres")) == "it names no host"


@pytest.mark.parametrize(
    "address",
    [
        Address(("prod-db",), "app", "postgres"),
        Address(("localhost",), "app_production", "postgres"),
        Address(("localhost",), "app", "live"),
    ],
)
def test_names_that_say_production_are_refused(address):
    assert wrong_address(address) == "by its names it is production's"


def test_a_name_that_only_begins_like_production_is_none():
    assert wrong_address(Address(("localhost",), "products", "alive")) == ""


def test_the_database_that_is_deployed_to_is_refused():
    address = Address(("localhost",), "app", "postgres")
    assert wrong_address(address, deployed=replace(address, user="reader")) == "it is the address of `database_url`"


def test_an_empty_server_is_not_in_use():
    assert in_use(FRESH, "app") == ""


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (replace(FRESH, objects=3), "its database is not empty: 3 tables, routines or types are in it"),
        (replace(FRESH, databases=("app", "postgres", "shop")), "it has other databases (shop)"),
        (replace(FRESH, sessions=2), "2 other sessions are connected to it"),
        (replace(FRESH, replicated=True), "it takes part in replication"),
        (replace(FRESH, size=600 << 20), "it holds 600 MB"),
        (replace(FRESH, superuser=False), "its login is no superuser, who alone can make extensions and roles there"),
    ],
)
def test_a_server_that_somebody_uses_is_refused_with_what_shows_it(found, why):
    assert in_use(found, "app") == why
