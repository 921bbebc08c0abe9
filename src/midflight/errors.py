"""The errors a person can act on: what is wrong, where, and what to do next."""


class MidflightError(Exception):
    """Something the reader must act on.

    `what` is one sentence, `where` a file:line or a setting, `then` the next step.
    """

    def __init__(self, what: str, *, where: str = "", then: str = "") -> None:
        self.what = what
        self.where = where
        self.then = then
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """The whole message on one line."""
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.then}" if self.then else ""
        return f"{place}{self.what}{advice}"


class SettingsError(MidflightError):
    """Wrong inputs or configuration, all problems at once (exit code 2)."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class ToolError(MidflightError):
    """The tool could not do its work (exit code 1)."""


class SourceError(ToolError):
    """A revision or its files could not be read."""


class PlatformError(ToolError):
    """GitHub refused or did not answer; `status` is the HTTP status, 0 when there was none."""

    def __init__(self, what: str, *, where: str = "", then: str = "", status: int = 0) -> None:
        self.status = status
        super().__init__(what, where=where, then=then)
