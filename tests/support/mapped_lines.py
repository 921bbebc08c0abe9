"""Shows what the calls of one file reach through the models of others, one short line for each reference."""

from collections.abc import Mapping

from midflight.references.languages import extract
from midflight.references.linking import link, models_of
from midflight.references.model import Extracted, TableReference
from support.reference_lines import lines


def mapped(files: Mapping[str, str], path: str) -> list[str]:
    """Extract and link `path`; `~` marks an implicit list of columns, `?` what is unresolved."""
    found = {name: extract(name, text.encode()) for name, text in files.items()}
    linked = link(found[path], models_of(found.values()))
    references = (*linked.references, *found[path].references)
    shown = lines(Extracted(references))
    marked = [
        f"~{line}" if isinstance(reference, TableReference) and reference.mapped else line
        for reference, line in zip(references, shown, strict=True)
    ]
    return marked + lines(Extracted(unresolved=(*linked.unresolved, *found[path].unresolved)))
