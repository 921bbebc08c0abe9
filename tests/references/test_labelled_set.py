"""The labelled set: what each snippet of code names, by library; `README.md` beside it says how to add one."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from support.mapped_lines import mapped
from support.reference_lines import guards, shown

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.yml"))
KINDS = {"positive", "negative", "dynamic", "guarded"}
NOT_THERE = {
    "django": {"dynamic", "guarded"},
    "eloquent": {"dynamic", "guarded"},
    "gorm": {"dynamic", "guarded"},
    "sea_orm": {"dynamic", "guarded"},
    "active_record": {"guarded"},
    "builders": {"guarded"},
    "drizzle": {"guarded"},
    "ef_core_calls": {"guarded"},
    "jpa_calls": {"guarded"},
    "prisma_calls": {"guarded"},  # `javascript_flags` has the guards of all scripts
    "sequelize": {"guarded"},
    "typeorm": {"guarded"},
    "diesel": {"guarded"},  # no provider's SDK is read in these languages
    "components": {"dynamic", "guarded"},  # the chains' own
    "dart": {"guarded"},
    "ecto": {"negative", "dynamic", "guarded"},  # declarations alone
    "javascript_chains": {"guarded"},
    "javascript_flags": {"positive", "negative", "dynamic"},  # the guards of the chains
    "query_files": {"guarded"},  # SQL has no flags
    "sql": {"guarded"},
    "sqlalchemy": {"guarded"},
    "strings_go_jvm": {"guarded"},
    "strings_scripts": {"guarded"},
    "supabase_kt": {"guarded"},
    "swift": {"guarded"},
}


@cache
def snippets(file: Path) -> list[dict]:
    """The snippets of a library, each with the files that it shares with the others."""
    held = yaml.safe_load(file.read_text(encoding="utf-8"))
    if isinstance(held, list):
        return held
    return [{**each, "files": held["files"] | each.get("files", {})} for each in held["snippets"]]


SNIPPETS = [pytest.param(each, id=f"{file.stem}: {each['name']}") for file in FILES for each in snippets(file)]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_names_what_its_label_says(snippet):
    match snippet:
        case {"kind": "guarded"}:
            found = guards(snippet["path"], snippet["source"])
        case {"files": files}:
            found = mapped(files | {snippet["path"]: snippet["source"]}, snippet["path"])
        case _:
            found = shown(snippet["path"], snippet["source"])
    assert found == snippet["expected"]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_the_kind_of_a_snippet_is_what_it_expects(snippet):
    expected = snippet["expected"]
    unresolved = any(line.partition(" ")[2].startswith("? ") for line in expected)
    kind = "negative" if not expected else "dynamic" if unresolved else "positive"

    assert snippet["kind"] in {kind, "guarded"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_library_has_every_kind_that_it_can_have(file):
    counted = Counter(each["kind"] for each in snippets(file))

    assert set(counted) == KINDS - NOT_THERE.get(file.stem, set())


def test_the_set_is_large_enough_to_measure_with():
    counted = Counter(each["kind"] for file in FILES for each in snippets(file))

    assert counted.total() >= 200
    assert min(counted[kind] for kind in KINDS) >= 50
