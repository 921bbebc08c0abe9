"""What people say on a pull request besides our comment: who may decide, who set a label, answers to commands."""

from collections.abc import Callable
from urllib.parse import quote

from midflight.adapters.github.api import Api, shaped
from midflight.errors import PlatformError, ToolError

MAY_WRITE = frozenset({"admin", "write", "maintain"})
ROUNDS = 4


class Conversation:
    """The people and comments of one repository's pull requests."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._allowed: dict[str, bool] = {}

    @shaped
    def may_write(self, login: str) -> bool:
        """Whether somebody has write access ("Get repository permissions for a user", GitHub's REST API).

        One that GitHub knows no permission of (a deleted account, an app) has none.
        """
        if login not in self._allowed:
            self._allowed[login] = self._permission(login) in MAY_WRITE
        return self._allowed[login]

    @shaped
    def labels(self, number: int) -> tuple[str, ...]:
        """List the labels that a pull request has now."""
        return tuple(str(label["name"]) for label in self._api.get(f"pulls/{number}")["labels"])

    @shaped
    def labelled_by(self, number: int, label: str) -> tuple[str, str]:
        """Return who last set a label and when, as GitHub's list of events says; empty where it does not."""
        found = ("", "")
        for page in self._api.pages(f"issues/{number}/events"):
            for item in page:
                if item["event"] == "labeled" and (item.get("label") or {}).get("name", "").casefold() == label:
                    found = ((item.get("actor") or {}).get("login", ""), item.get("created_at") or "")
        return found

    @shaped
    def body(self, comment: int) -> str | None:
        """Read a comment, with plain line ends; None when it was deleted."""
        try:
            return str(self._api.get(f"issues/comments/{comment}")["body"] or "").replace("\r\n", "\n")
        except PlatformError as error:
            if error.status != 404:
                raise
            return None

    @shaped
    def edit(self, comment: int, change: Callable[[str], str]) -> str | None:
        """Change a comment until the change is seen in it, whoever else edits it; None when it was deleted."""
        for _ in range(ROUNDS):
            now = self.body(comment)
            if now is None or change(now) == now:
                return now
            try:
                self._api.patch(f"issues/comments/{comment}", {"body": change(now)})
            except PlatformError as error:
                if error.status != 404:
                    raise
        raise ToolError("The comment was edited again and again while a tick was being written.", then="Tick again.")

    def react(self, comment: int, content: str) -> None:
        """Put a reaction to a comment; one that cannot be put is no failure."""
        try:
            self._api.create(f"issues/comments/{comment}/reactions", {"content": content}, lambda: True)
        except PlatformError:
            return

    def _permission(self, login: str) -> str:
        try:
            return str(self._api.get(f"collaborators/{quote(login, safe='')}/permission")["permission"])
        except PlatformError as error:
            if error.status != 404:
                raise
            return "none"
