"""What the labelled set names is tried on a server: each library's references give statements that PostgreSQL reads."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from midflight.compatibility.probes import Probe, probe_of
from midflight.operations.dialects.postgres.single import single_query
from midflight.references.languages import extract
from midflight.references.linking import link, models_of

FILES = sorted(Path(__file__).parent.glob("*.yml"))
WRITTEN_BY_HAND = {"query_files", "sql", "strings_go_jvm", "strings_scripts"}
"""The code's own SQL, of which a program may put a part together; the rest is made here from what was read."""


def references_of(file):
    """The references of a library's snippets, those through the models of other files included."""
    held = yaml.safe_load(file.read_text(encoding="utf-8"))
    shared, snippets = ({}, held) if isinstance(held, list) else (held["files"], held["snippets"])
    for snippet in snippets:
        texts = shared | snippet.get("files", {}) | {snippet["path"]: snippet["source"]}
        found = {path: extract(path, text.encode()) for path, text in texts.items()}
        own = found[snippet["path"]]
        yield from (*link(own, models_of(found.values())).references, *own.references)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_library_has_statements_that_a_server_reads(file):
    probes = [probe_of(each) for each in references_of(file)]
    made = [each for each in probes if isinstance(each, Probe)]
    assert made
    assert [(each.sql, each.does) for each in made if single_query(each.sql) != kind_of(each)] == []


def kind_of(probe):
    return "select" if probe.does == "call" and probe.sql.startswith("select") else probe.does


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_has_no_statement_says_why(file):
    probes = [probe_of(each) for each in references_of(file)]
    without = Counter(each.reason for each in probes if not isinstance(each, Probe))
    known = ("is embedded by the name of", "are put together when it runs")
    if file.stem in WRITTEN_BY_HAND:
        known += ("puts a part of the statement in", "grammar does not read it")
    assert [reason for reason in without if reason and not any(words in reason for words in known)] == []
    assert without.total() * 5 <= len(probes)
