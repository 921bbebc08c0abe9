"""Keeps exactly one comment of ours for each key on a pull request."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from midflight.adapters.github.api import Api, Json
from midflight.errors import PlatformError
from midflight.publish.approvals import joined
from midflight.publish.decide import context_for
from midflight.publish.marker import Marker, parse_marker
from midflight.publish.model import UpsertComment

# An installation token may not ask who it is (403); in a workflow it is this one, or an app's.
WORKFLOW_LOGIN = "github-actions[bot]"
BOT = "[bot]"  # ends every app's login, and no person's can hold brackets
MAX_VOUCHERS = 5
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment with our marker, written by us."""

    id: int
    author: str
    body: str
    marker: Marker


class Comments:
    """The comments of one repository's pull requests."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._login = ""
        self._guessed = False  # whether the token could not say who it is
        self._vouched: dict[tuple[str, Marker], bool] = {}

    def find(self, number: int, key: str = "") -> tuple[Comment, ...]:
        """Find our comments of that key, or of any without one, the oldest first.

        A marker that somebody else pasted is not ours.
        """
        pages = self._api.pages(f"issues/{number}/comments")
        marked = [comment for page in pages for item in page if (comment := _comment(item))]
        ours = (c for c in marked if key in ("", c.marker.key) and self.is_own(c.author, c.marker))
        return tuple(sorted(ours, key=lambda comment: comment.id))

    def is_own(self, author: str, marker: Marker) -> bool:
        """Whether a comment with our marker is ours, by its author.

        A token that may not ask who it is may be the workflow's or that of an app. Then an app's comment is ours where
        the same app has set the status of the commit that the comment speaks of: what may do that decides about merges
        anyway, and a bot that only repeats what people say may not.
        """
        login = author.casefold()
        if login == self.own_login():
            return True
        return self._guessed and login.endswith(BOT) and self._vouches(login, marker)

    def _vouches(self, login: str, marker: Marker) -> bool:
        if (login, marker) not in self._vouched:
            if len(self._vouched) >= MAX_VOUCHERS or not marker.head:
                return False
            self._vouched[login, marker] = self._has_set_status(login, marker)
        return self._vouched[login, marker]

    def _has_set_status(self, login: str, marker: Marker) -> bool:
        context = context_for(marker.key)
        try:
            page = next(self._api.pages(f"commits/{quote(marker.head, safe='')}/statuses"))
        except PlatformError as error:
            if error.status not in (403, 404, 422):
                raise
            return False
        return any(
            item["context"] == context and str((item.get("creator") or {}).get("login", "")).casefold() == login
            for item in page
        )

    def upsert(self, effect: UpsertComment) -> None:
        """Post or edit the comment; duplicates of ours go, a newer run's comment stays.

        Two runs at the same time may both find none, or both tidy up: so after a write that another run may have
        crossed, we look again.
        """
        made = 0
        for _ in range(ROUNDS):
            found = self.find(effect.number, effect.key)
            if not found and not effect.create:
                return
            if not found:
                made = self._create(effect)
            elif self._outdated(effect, found):
                self._withdraw(made, found)
                return
            elif self._settle(effect, found):
                return

    def _create(self, effect: UpsertComment) -> int:
        path = f"issues/{effect.number}/comments"
        made = self._api.create(path, {"body": effect.body}, lambda: self._made(effect))
        if isinstance(made, Comment):
            return made.id
        # The answer says who we are, also for an app's token that may not ask.
        if author := _login(made).casefold():
            self._login, self._guessed = author, False
        return int(made["id"])

    def _made(self, effect: UpsertComment) -> Comment | None:
        return next(iter(self.find(effect.number, effect.key)), None)

    def _settle(self, effect: UpsertComment, found: Sequence[Comment]) -> bool:
        keep, *others = found
        # Joined again with what stands there now: a box that was ticked since the report was written stays ticked.
        body = joined(keep.body, effect.body)
        try:
            if _plain(keep.body) != _plain(body):
                self._api.patch(f"issues/comments/{keep.id}", {"body": body})
        except PlatformError as error:
            if error.status != 404:
                raise
            return False  # deleted since we looked
        for other in others:
            self._api.delete(f"issues/comments/{other.id}")
        return not others

    def _withdraw(self, made: int, found: Sequence[Comment]) -> None:
        if made in {comment.id for comment in found}:
            self._api.delete(f"issues/comments/{made}")

    def _outdated(self, effect: UpsertComment, found: Sequence[Comment]) -> bool:
        heads = {comment.marker.head for comment in found}
        if heads == {effect.head}:
            return False
        current = self._api.get(f"pulls/{effect.number}")["head"]["sha"]
        return effect.head != current and current in heads

    def own_login(self) -> str:
        """Return who we are, in lower case; in a workflow, whose token may not ask, it is the workflow's bot."""
        if not self._login:
            try:
                self._login = str(self._api.get("/user")["login"]).casefold()
            except PlatformError as error:
                if error.status not in (403, 404):
                    raise
                self._login, self._guessed = WORKFLOW_LOGIN, True
        return self._login


def _comment(item: Json) -> Comment | None:
    body = str(item.get("body") or "")
    marker = parse_marker(body)
    return Comment(int(item["id"]), _login(item), body, marker) if marker else None


def _login(item: Json) -> str:
    return str((item.get("user") or {}).get("login") or "")


def _plain(body: str) -> str:
    return body.replace("\r\n", "\n").rstrip()
