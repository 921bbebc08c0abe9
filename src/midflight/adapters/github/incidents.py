"""Keeps one open issue while a threshold is crossed."""

from itertools import islice

from midflight.adapters.github.api import Api, Json
from midflight.adapters.github.comments import Comments
from midflight.publish.incident import incident_body, marker_of
from midflight.publish.marker import Marker
from midflight.publish.model import TellIncident

MAX_PAGES = 5  # of 100: an incident that is older than that many other open issues is opened anew


class Incidents:
    """The incidents of one repository."""

    def __init__(self, api: Api, comments: Comments) -> None:
        self._api = api
        self._comments = comments

    def tell(self, effect: TellIncident) -> None:
        """Open the issue or bring it up to date; what is over is closed first and commented on then."""
        found = self._open(effect)
        if effect.over:
            if found is not None:
                number = int(found["number"])
                self._api.patch(f"issues/{number}", {"state": "closed", "state_reason": "completed"})
                self._api.create(f"issues/{number}/comments", {"body": effect.body}, lambda: True)
            return
        new = {"title": effect.title, "body": incident_body(effect)}
        if found is None:
            self._api.create("issues", new, lambda: self._open(effect))
        elif (found["title"], _text(found)) != (new["title"], new["body"]):
            self._api.patch(f"issues/{found['number']}", new)

    def _open(self, effect: TellIncident) -> Json | None:
        """Our open issue of that key; one that somebody else wrote with our marker is not ours."""
        pages = islice(self._api.pages("issues", state="open", sort="created", direction="desc"), MAX_PAGES)
        for page in pages:
            for item in page:
                if "pull_request" not in item and self._is_ours(item, effect.key):
                    return item
        return None

    def _is_ours(self, item: Json, key: str) -> bool:
        marker = marker_of(_text(item))
        author = str((item.get("user") or {}).get("login") or "")
        return marker is not None and marker.key == key and self._comments.is_own(author, Marker(key, marker.head))


def _text(item: Json) -> str:
    return str(item.get("body") or "").replace("\r\n", "\n")
