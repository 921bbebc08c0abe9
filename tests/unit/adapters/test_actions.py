"""What the runner reads: nothing that a pull request says may be a command."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midflight.adapters.actions import MAX_SUMMARY, Actions, annotation_command
from midflight.errors import ToolError
from midflight.publish.model import Annotate, AnnotationLevel


@pytest.fixture
def actions(tmp_path):
    words = iter(f"word{count}" for count in range(100))
    return Actions(io.StringIO(), tmp_path, tmp_path / "summary", tmp_path / "outputs", lambda: next(words))


def note(message="m", *, path="a.sql", line=3, title="t", level=AnnotationLevel.ERROR):
    return Annotate(level, path, line, title, message)


def log(actions):
    return actions.log.getvalue()


def test_an_annotation_is_escaped_as_github_documents_it():
    command = annotation_command(note("50%\r\ndone: a, b", path="dir,x:y.sql", title="drop: a, b"))
    assert command == "::error file=dir%2Cx%3Ay.sql,line=3,title=drop%3A a%2C b::50%25%0D%0Adone: a, b"


def test_an_annotation_without_a_line_has_none():
    assert annotation_command(note(line=0, title="")) == "::error file=a.sql::m"


@given(st.text(), st.text(), st.text())
def test_an_annotation_is_one_line_and_one_command_whatever_it_says(path, title, message):
    command = annotation_command(note(message, path=path, title=title, level=AnnotationLevel.NOTICE))
    assert len(command.splitlines()) == 1
    assert re.fullmatch(r"::notice [^:]*::.*", command)


def test_ten_of_a_level_are_shown_and_the_others_counted(actions):
    actions.annotate([note(str(count)) for count in range(13)] + [note(level=AnnotationLevel.WARNING)])
    lines = log(actions).splitlines()
    assert sum(line.startswith("::error") for line in lines) == 10
    assert sum(line.startswith("::warning") for line in lines) == 1
    assert lines[-1] == "Not shown as annotations, but in the report: 3 more of level error."


def test_foreign_text_is_wrapped_so_that_no_command_in_it_runs(actions):
    actions.foreign("-- ##[add-mask]e\n::error::x\n::word1::")
    assert log(actions) == "::stop-commands::word0\n-- ##[add-mask]e\n::error::x\n::word1::\n::word0::\n"


def test_each_line_of_a_secret_is_masked(actions):
    actions.mask("one%\n\ntwo")
    assert log(actions) == "::add-mask::one%25\n::add-mask::two\n"


def test_a_warning_is_one_command(actions):
    actions.warn("first\nsecond")
    assert log(actions) == "::warning title=Midflight::first%0Asecond\n"


def test_text_that_the_log_cannot_hold_is_written_escaped(tmp_path):
    buffer = io.BytesIO()
    with io.TextIOWrapper(buffer, encoding="ascii", write_through=True) as text:
        Actions(text, tmp_path).warn("naïve \udcff")
        assert buffer.getvalue() == b"::warning title=Midflight::na\\xefve \\udcff\n"


def test_an_output_has_a_delimiter_that_its_value_cannot_hold(actions):
    actions.set_output("report-json", "a\nEOF\nb=c")
    assert actions.outputs.read_text() == "report-json<<word0\na\nEOF\nb=c\nword0\n"


@pytest.mark.parametrize(("name", "value"), [("a b", ""), ("a=b", ""), ("", ""), ("ok", "x word0 y")])
def test_an_output_that_could_be_read_otherwise_is_refused(actions, name, value):
    with pytest.raises(ToolError, match="cannot be written"):
        actions.set_output(name, value)


def test_outside_a_workflow_outputs_and_summary_go_nowhere(tmp_path):
    actions = Actions(io.StringIO(), tmp_path)
    actions.set_output("a", "b")
    actions.append_summary("x")
    assert list(tmp_path.iterdir()) == []


def test_summaries_are_appended(actions):
    actions.append_summary("one")
    actions.append_summary("two")
    assert actions.summary.read_text() == "one\ntwo\n"


def test_a_summary_stays_below_what_the_runner_drops(actions):
    actions.append_summary("é" * 400_000)
    actions.append_summary("é" * 400_000)
    text = actions.summary.read_bytes()
    assert MAX_SUMMARY - 100 < len(text) < MAX_SUMMARY
    assert text.decode().endswith("the whole report is in the report file.\n")
    actions.append_summary("more")
    assert len(actions.summary.read_bytes()) < MAX_SUMMARY


def test_a_file_is_written_below_the_workspace(actions, tmp_path):
    actions.write_file("out/report.json", "{}")
    assert (tmp_path / "out" / "report.json").read_text() == "{}"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["report.json"]


def test_an_absolute_path_is_taken_as_it_is(actions, tmp_path):
    actions.write_file(str(tmp_path / "elsewhere" / "r.json"), "{}")
    assert (tmp_path / "elsewhere" / "r.json").read_text() == "{}"


@pytest.mark.parametrize("path", ["../r.json", "a/../../r.json", "..", "link/r.json"])
def test_a_path_that_leads_out_of_the_workspace_is_refused(tmp_path, path):
    outside, workspace = tmp_path / "outside", tmp_path / "workspace"
    outside.mkdir()
    workspace.mkdir()
    (workspace / "link").symlink_to(outside)
    with pytest.raises(ToolError, match="leads out of the workspace"):
        Actions(io.StringIO(), workspace).write_file(path, "{}")
    assert list(outside.iterdir()) == []


def test_a_link_in_the_place_of_the_report_is_replaced_and_not_followed(actions, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "report.json").symlink_to(victim)
    actions.write_file("report.json", "{}")
    assert victim.read_text() == "precious"
    assert (tmp_path / "report.json").read_text() == "{}"
