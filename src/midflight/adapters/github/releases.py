"""Keeps one draft release for a tag, and one open issue with the runbook of a range."""

from itertools import islice

from midflight.adapters.github.api import Api, Json
from midflight.adapters.github.comments import Comments
from midflight.errors import PlatformError
from midflight.publish.marker import Marker
from midflight.publish.model import UpsertIssue, UpsertRelease
from midflight.publish.release import is_runbook, release_body, runbook_body

MAX_PAGES = 5  # of 100: a draft or a runbook that is older than that many others is made anew


class Releases:
    """The releases and runbooks of one repository."""

    def __init__(self, api: Api, comments: Comments) -> None:
        self._api = api
        self._comments = comments

    def upsert_release(self, effect: UpsertRelease) -> None:
        """Draft a release, or write our notes into the draft that is there; a published one is left alone."""
        found = self._release(effect.tag)
        if found is None:
            new = {"tag_name": effect.tag, "target_commitish": effect.commit, "name": effect.name, "draft": True}
            made = self._api.create(
                "releases", {**new, "body": release_body(effect)}, lambda: self._release(effect.tag)
            )
            found = made if isinstance(made, dict) else self._release(effect.tag)
        if found is None or _text(found) == release_body(effect, _text(found)):
            return
        if not found["draft"]:
            raise PlatformError(
                f"The release `{effect.tag}` is published already, so its text was left as it is.",
                then="Name another tag with `release_tag`.",
            )
        self._api.patch(f"releases/{found['id']}", {"body": release_body(effect, _text(found))})

    def upsert_issue(self, effect: UpsertIssue) -> None:
        """Open the issue with the runbook, or bring the one that is open up to date; its ticks stay."""
        found = self._issue(effect)
        if found is None:
            body = {"title": effect.title[:256], "body": runbook_body(effect)}
            self._api.create("issues", body, lambda: self._issue(effect))
            return
        new = {"title": effect.title[:256], "body": runbook_body(effect, _text(found))}
        if (found["title"], _text(found)) != (new["title"], new["body"]):
            self._api.patch(f"issues/{found['number']}", new)

    def _release(self, tag: str) -> Json | None:
        """The draft of a tag, else what is published for it."""
        pages = islice(self._api.pages("releases"), MAX_PAGES)
        named = [item for page in pages for item in page if item["tag_name"] == tag]
        return next((item for item in named if item["draft"]), named[0] if named else None)

    def _issue(self, effect: UpsertIssue) -> Json | None:
        """Our open runbook; one that somebody else wrote with our marker is not ours."""
        pages = islice(self._api.pages("issues", state="open", sort="created", direction="desc"), MAX_PAGES)
        for page in pages:
            for item in page:
                if "pull_request" not in item and is_runbook(_text(item), effect) and self._is_own(item, effect):
                    return item
        return None

    def _is_own(self, item: Json, effect: UpsertIssue) -> bool:
        author = str((item.get("user") or {}).get("login") or "")
        return self._comments.is_own(author, Marker(effect.key, effect.from_))


def _text(item: Json) -> str:
    return str(item.get("body") or "").replace("\r\n", "\n")
