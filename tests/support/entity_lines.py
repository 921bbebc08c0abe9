"""Shows what the classes of several files map to, once they are joined."""

from midflight.references.languages import extract
from midflight.references.linking import link, models_of
from midflight.references.model import Extracted
from support.reference_lines import lines


def mapped(files: dict[str, str]) -> list[str]:
    """Extract from all files as one revision; the references of each, then what is unresolved."""
    found = [extract(path, source.encode()) for path, source in files.items()]
    models = models_of(found)
    linked = [link(each, models) for each in found]
    references = tuple(r for own, more in zip(found, linked, strict=True) for r in (*own.references, *more.references))
    problems = tuple(p for own, more in zip(found, linked, strict=True) for p in (*own.unresolved, *more.unresolved))
    return lines(Extracted(references, problems))
