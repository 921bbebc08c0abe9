"""Where a range of a release begins when nobody says: at what is deployed now."""

from dataclasses import replace

from midflight.adapters.deployed import BASE, LATEST_RELEASE, LATEST_TAG, Choice, Means, newest_named
from midflight.errors import SettingsError


def deployed_before(ref: str, head: str, means: Means) -> str:
    """Return the revision that runs before `head` is deployed; `ref` is the setting `deployed_ref`.

    With `base`, which names no version, it is the latest release, else the latest tag in the history of `head`. A
    version that is `head` itself is not what ran before it.
    """
    refs = (*((LATEST_RELEASE,) if means.github else ()), LATEST_TAG) if ref == BASE else (ref,)
    for each in refs:
        for name, revision in newest_named(replace(Choice(each), supported=2), head, means):
            if revision != head:
                return name if means.repository and _is_name(name, revision, means) else revision
    raise SettingsError(
        (f"from: is missing, and nothing that was deployed before was found ({', '.join(refs)}). Name the revision.",)
    )


def _is_name(name: str, revision: str, means: Means) -> bool:
    """Whether the checkout knows the version by that name as well: titles then tell `v1.2`, not a commit."""
    if means.repository is None:
        return False
    return dict(means.repository.tags(revision)).get(name) == revision
