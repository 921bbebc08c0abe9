"""Suggests changes on lines of a pull request, none of them twice."""

from midflight.adapters.github.api import Api, Json
from midflight.adapters.github.comments import Comments
from midflight.publish.marker import Marker
from midflight.publish.model import Suggest, Suggestion
from midflight.publish.suggestions import MAX_SUGGESTIONS, review_body, suggested

_SAYING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})  # a comment takes no approval back


class Reviews:
    """The reviews of one repository's pull requests."""

    def __init__(self, api: Api, comments: Comments) -> None:
        self._api = api
        self._comments = comments

    def suggest(self, effect: Suggest) -> None:
        """Make one review of what was not suggested before."""
        before = self._before(effect)
        new = [each for each in effect.suggestions if each.id not in before][: max(0, MAX_SUGGESTIONS - len(before))]
        if not new:
            return
        review = {
            "commit_id": effect.head,
            "event": "COMMENT",
            "body": review_body(effect.key, new),
            "comments": [_comment(each) for each in new],
        }

        def made() -> bool | None:
            return True if {each.id for each in new} <= self._before(effect) else None

        self._api.create(f"pulls/{effect.number}/reviews", review, made)

    def approvers(self, number: int) -> tuple[str, ...]:
        """Return whose latest review that says anything approves; GitHub lists reviews in the order of time."""
        said: dict[str, str] = {}
        for page in self._api.pages(f"pulls/{number}/reviews"):
            for item in page:
                login = str((item.get("user") or {}).get("login") or "")
                if login and item["state"] in _SAYING:
                    said[login] = item["state"]
        return tuple(login for login, state in said.items() if state == "APPROVED")

    def _before(self, effect: Suggest) -> set[str]:
        reviews = (item for page in self._api.pages(f"pulls/{effect.number}/reviews") for item in page)
        return {each for item in reviews if self._is_own(item, effect) for each in suggested(item["body"], effect.key)}

    def _is_own(self, item: Json, effect: Suggest) -> bool:
        author = str((item.get("user") or {}).get("login") or "")
        return self._comments.is_own(author, Marker(effect.key, str(item.get("commit_id") or "")))


def _comment(each: Suggestion) -> Json:
    """A comment on one line must not have the line where it starts ("Create a review", GitHub's REST API)."""
    found = {"path": each.path, "line": each.last, "side": "RIGHT", "body": each.body}
    return found | ({"start_line": each.first, "start_side": "RIGHT"} if each.first < each.last else {})
