"""Names the file of the next migration as the ones before it are named."""

import re

from midflight.migrations.model import History

_NUMBER = re.compile(r"([A-Za-z]?)([0-9](?:[0-9._-]*[0-9])?)")
_TIME = re.compile(r"(?:19|20)[0-9]{6}")  # the digits of a point in time begin with a day
_LONGEST = 60


def next_file(history: History, words: str, today: str) -> str:
    """Return the path of a migration after the last one; empty where the tool's migrations are no SQL or unnumbered.

    A version that is a time becomes the first moment of `today` (YYYY-MM-DD) or, where that is not later, the next
    number; every other number is counted on with its leading zeros.
    """
    numbered = [each for each in history.migrations if not each.repeatable]
    folder = f"{history.folder}/" if history.folder else ""
    if not all(each.path.endswith(".sql") and each.path.startswith(folder) for each in numbered) or not numbered:
        return ""
    last = numbered[-1]
    stamp, name, rest = last.path.removeprefix(folder).partition(last.name or "\0")
    found = _NUMBER.match(stamp)
    if not name or found is None:
        return ""
    slug = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:_LONGEST].strip("_")
    return f"{folder}{found[1]}{_following(found[2], today)}{stamp[found.end() :]}{slug}{rest}"


def _following(version: str, today: str) -> str:
    digits = re.sub(r"[^0-9]", "", version)
    if _TIME.match(digits):
        first = today.replace("-", "").ljust(len(digits), "0")
        if first > digits:
            given = iter(first)
            return re.sub("[0-9]", lambda _: next(given), version)
    last = re.search(r"[0-9]+\Z", version)
    number = last[0] if last else version
    return version.removesuffix(number) + str(int(number) + 1).zfill(len(number))
