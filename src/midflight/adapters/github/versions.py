"""What GitHub knows of the versions that run: tags, releases, and deployments to an environment."""

from itertools import islice
from urllib.parse import quote

from midflight.adapters.github.api import Api, shaped
from midflight.errors import PlatformError
from midflight.publish.model import SetDeploymentStatus

MAX_TAG_PAGES = 10
MAX_COMMIT_PAGES = 5  # of 100
MAX_DEPLOYMENTS = 50  # looked at; each is one request


class Versions:
    """The versions of one repository."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @shaped
    def tags(self) -> tuple[tuple[str, str], ...]:
        """List the tags, whatever branch they are on: name and the id of the commit."""
        pages = islice(self._api.pages("tags"), MAX_TAG_PAGES)
        return tuple((str(item["name"]), str(item["commit"]["sha"])) for page in pages for item in page)

    @shaped
    def standing(self, tip: str, day: str) -> str | None:
        """Return where the first parents of a commit stood when a day (YYYY-MM-DD) began, empty where there was none.

        None says that there are more commits since than are asked for.
        """
        pages = islice(self._api.pages("commits", sha=tip, since=f"{day}T00:00:00Z"), MAX_COMMIT_PAGES)
        listed = [item for page in pages for item in page]
        if len(listed) >= MAX_COMMIT_PAGES * 100:
            return None
        parents = {str(item["sha"]): str(item["parents"][0]["sha"]) if item["parents"] else "" for item in listed}
        at = tip
        while at in parents:
            at = parents[at]
        return at

    @shaped
    def is_ancestor(self, first: str, second: str) -> bool:
        """Whether the history of the second commit holds the first."""
        ends = f"{quote(first, safe='')}...{quote(second, safe='')}"
        return self._api.get(f"compare/{ends}", per_page=1)["status"] in {"ahead", "identical"}

    @shaped
    def releases(self, most: int) -> tuple[str, ...]:
        """List the tags of the releases that are no drafts and no pre-releases, the latest first."""
        try:
            found = [str(self._api.get("releases/latest")["tag_name"])]
        except PlatformError as error:
            if error.status != 404:
                raise
            return ()
        if most > 1:
            page = next(self._api.pages("releases"))
            found += [str(item["tag_name"]) for item in page if not (item["draft"] or item["prerelease"])]
        return tuple(dict.fromkeys(found))[:most]

    @shaped
    def deployments(self, environment: str, most: int) -> tuple[str, ...]:
        """List the commits that were deployed to an environment with success, the one that runs now first.

        That one's latest status is `success`. Those before it are marked `inactive`, but not in an environment for
        production (`auto_inactive`, "Create a deployment status", GitHub documentation).
        """
        found: list[str] = []
        for item in islice(next(self._api.pages("deployments", environment=environment)), MAX_DEPLOYMENTS):
            told = next(self._api.pages(f"deployments/{int(item['id'])}/statuses"))
            states = [str(each["state"]) for each in told]
            succeeded = states[:1] == ["success"] or (bool(found) and "success" in states)
            if succeeded and item["sha"] not in found:
                found.append(str(item["sha"]))
            if len(found) >= most:
                break
        return tuple(found)

    @shaped
    def set_status(self, effect: SetDeploymentStatus) -> None:
        """Say how a deployment stands; what was deployed before it is not marked, which is for who deploys to do."""
        path = f"deployments/{effect.deployment}/statuses"
        body = {"state": effect.state.value, "description": effect.description[:140], "auto_inactive": False}

        def same() -> bool | None:
            latest = next(iter(next(self._api.pages(path))), None)
            said = latest and (latest["state"], latest["description"])
            return True if said == (body["state"], body["description"]) else None

        if not same():
            self._api.create(path, body | ({"log_url": effect.url} if effect.url else {}), same)
