"""The file that lists the findings from before a team began, so that only new ones count."""

import json
from collections.abc import Iterable

from midflight.errors import SettingsError
from midflight.inspection.finding import Finding
from midflight.inspection.suppress import Baseline

VERSION = 1


def read_baseline(text: str | None, path: str) -> Baseline:
    """Return the known findings; no file is an empty baseline. Raises `SettingsError` for another kind of file."""
    if text is None:
        return Baseline()
    try:
        document = json.loads(text)
        known = document["version"] == VERSION
        fingerprints = frozenset(str(entry["fingerprint"]) for entry in document["findings"])
    except (ValueError, TypeError, LookupError, RecursionError):
        known, fingerprints = False, frozenset()
    if not known:
        then = "Write it anew with `midflight lint --write-baseline`."
        raise SettingsError((f"{path}: is not a baseline of version {VERSION}. {then}",))
    return Baseline(fingerprints, path)


def write_baseline(findings: Iterable[Finding], path: str) -> str:
    """Return the text of a baseline with the findings that count, and those that the one at `path` already knew.

    It is sorted, so that its differences read well.
    """
    kept = (f for f in findings if f.suppressed is None or f.suppressed.by == path)
    entries = {(f.place.path, f.rule, f.object, f.fingerprint) for f in kept}
    listed = [
        {"fingerprint": print_, "rule": rule, "path": place, "object": named}
        for place, rule, named, print_ in sorted(entries)
    ]
    return json.dumps({"version": VERSION, "findings": listed}, indent=2, ensure_ascii=False) + "\n"
