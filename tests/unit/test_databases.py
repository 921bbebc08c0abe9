"""What the settings say of several databases and of the versions that run."""

import pytest

from midflight.adapters.deployed import Choice
from midflight.compatibility.attribute import Part
from midflight.errors import SettingsError
from midflight.references.model import Place
from midflight.settings import read_settings
from midflight.stages import Files, deployed, scope

TWO = """supported_versions: 2
deployed_ref: latest-release
databases:
  - folder: shop/migrations
    code: {roots: [shop], ignore: ["shop/old/**"]}
    postgres_version: 14
  - name: blog
    folder: blog/migrations
    code: {roots: [blog]}
    deployed_ref: environment:blog on the web
"""


def scope_of(text: str):
    return scope(read_settings({}, configuration=text), Files(text))


def test_a_database_without_a_name_is_called_by_its_folder():
    assert [each.name for each in scope_of(TWO).databases] == ["shop/migrations", "blog"]


def test_each_database_has_its_code_and_its_server():
    found = scope_of(TWO)

    assert found.parts == {"shop/migrations": Part(("shop",), ("shop/old/**",)), "blog": Part(("blog",))}
    assert (found.servers, found.postgres_version) == ({"shop/migrations": 14}, 18)


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        (TWO, ("shop", "blog")),
        (f"{TWO}  - folder: third/migrations\n", ()),
        (TWO + "code: {roots: [libs]}\n", ("libs", "shop", "blog")),
        (TWO.replace("roots: [blog]", 'roots: ["blog/*"]'), ()),
    ],
    ids=["all have roots", "one has none", "with roots for all code", "a glob"],
)
def test_no_folder_is_left_out_that_a_database_may_use(text, roots):
    assert scope_of(text).code.roots == roots


def test_what_is_deployed_is_told_by_database_with_its_line():
    settings = read_settings({}, configuration=TWO)

    assert deployed(settings, Files(TWO)) == {
        "": Choice("latest-release", 2, Place(".github/midflight.yml", 2)),
        "blog": Choice("environment:blog on the web", 2, Place(".github/midflight.yml", 10)),
    }


def test_release_notes_say_themselves_what_is_deployed():
    settings = read_settings({}, options={"from": "v1", "to": "v2"}, configuration=TWO)

    assert deployed(settings, Files(TWO)) == {}


@pytest.mark.parametrize(
    "value",
    [
        "base",
        "latest-tag",
        "latest-tag:web-v*",
        "latest-release",
        "environment:Production EU",
        "release/1.2",
        "4f1c2a9",
    ],
)
def test_a_deployed_revision_may_be_said_in_many_ways(value):
    assert read_settings({}, options={"deployed_ref": value}).deployed_ref == value


@pytest.mark.parametrize("value", ["--exec=x", "two words", "environment:", "environment: x", "a\nb"])
def test_what_git_or_a_line_would_misread_is_refused(value):
    with pytest.raises(SettingsError) as caught:
        read_settings({}, options={"deployed_ref": value})

    assert "--deployed-ref" in caught.value.problems[0]


@pytest.mark.parametrize("count", [-1, 11])
def test_versions_are_few(count):
    with pytest.raises(SettingsError, match="from 0 to 10"):
        read_settings({}, options={"supported_versions": count})
