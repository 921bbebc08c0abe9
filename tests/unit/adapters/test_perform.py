"""The order of effects, and what a failing one does to the others."""

from dataclasses import dataclass, field

from midflight.adapters.perform import perform
from midflight.errors import PlatformError, ToolError
from midflight.publish.model import (
    Annotate,
    AnnotationLevel,
    AppendSummary,
    SetOutput,
    SetStatus,
    StatusState,
    UpsertComment,
    WriteFile,
)

COMMENT = UpsertComment(1, "midflight", "a" * 40, "body")
STATUS = SetStatus("a" * 40, StatusState.SUCCESS, "fine")
NOTE = Annotate(AnnotationLevel.NOTICE, "a.sql", 1, "t", "m")


@dataclass
class Recorder:
    """A runner and a platform that only note what they were asked."""

    done: list[str] = field(default_factory=list)
    failing: dict[str, Exception] = field(default_factory=dict)

    def _note(self, what):
        self.done.append(what)
        if what in self.failing:
            raise self.failing[what]

    def annotate(self, annotations):
        self._note(f"annotate {len(annotations)}")

    def append_summary(self, markdown):
        self._note("summary")

    def set_output(self, name, value):
        self._note(f"output {name}")

    def write_file(self, path, text):
        self._note(f"file {path}")

    def upsert_comment(self, effect):
        self._note("comment")

    def set_status(self, effect):
        self._note("status")


def test_effects_run_from_the_local_to_the_gate():
    recorder = Recorder()
    effects = (STATUS, COMMENT, NOTE, AppendSummary("x"), NOTE, SetOutput("a", "b"), WriteFile("f", ""))
    assert perform(effects, github=recorder, runner=recorder) == ()
    assert recorder.done == ["file f", "output a", "summary", "annotate 2", "comment", "status"]


def test_a_failing_file_is_a_warning_and_the_rest_is_done():
    failing = {"file f": ToolError("Outside."), "summary": PermissionError(13, "Permission denied", "/summary")}
    recorder = Recorder(failing=failing)
    warnings = perform((WriteFile("f", ""), AppendSummary("x"), STATUS), github=recorder, runner=recorder)
    assert warnings == ("Outside.", "/summary: Permission denied.")
    assert recorder.done == ["file f", "summary", "status"]


def test_github_that_is_down_is_told_in_its_own_words():
    recorder = Recorder(failing={"comment": PlatformError("GitHub did not answer.", then="Run the job again.")})
    warnings = perform((COMMENT, STATUS), github=recorder, runner=recorder)
    assert warnings == ("GitHub did not answer. Run the job again.",)
    assert recorder.done == ["comment", "status"]


def test_no_token_and_nothing_to_write_is_no_warning():
    assert perform((AppendSummary("x"),), github=None, runner=Recorder()) == ()
