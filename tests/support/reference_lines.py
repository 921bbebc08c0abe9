"""Shows what extractors found as one short line for each reference, so that tests can say what they expect."""

from midflight.references.languages import extract
from midflight.references.model import Access, Extracted, Guard, Reference, RoutineReference


def shown(path: str, source: str) -> list[str]:
    """Extract from source text; the references first, then `?` lines for what is unresolved."""
    return lines(extract(path, source.encode()))


def lines(found: Extracted) -> list[str]:
    """`line verb schema.table(read +written column@line) marks`, or `line call routine(arguments)`."""
    return [_line(reference) for reference in found.references] + [
        f"{problem.line} ? {problem.reason}" for problem in found.unresolved
    ]


def guards(path: str, source: str) -> list[str]:
    """The object and the guard of each reference."""
    found = extract(path, source.encode()).references
    return [f"{_name(reference)} {_guard(reference.guard)}" for reference in found]


def _name(reference: Reference) -> str:
    return reference.routine if isinstance(reference, RoutineReference) else reference.table


def _guard(guard: Guard | None) -> str:
    if guard is None:
        return "always"
    word = "unless" if guard.negated else "if"
    return f"{word} {guard.flag} ({guard.provider} {guard.set_by}:{guard.place.line})"


def _line(reference: Reference) -> str:
    prefix = f"{reference.schema}." if reference.schema else ""
    here = reference.place.line
    if isinstance(reference, RoutineReference):
        named = reference.arguments
        shown_arguments = "..." if named is None else ", ".join(named)
        if reference.count is not None:
            shown_arguments = f"#{reference.count}" + (f" {shown_arguments}" if named else "")
        return f"{here} call {prefix}{reference.routine}({shown_arguments})"
    columns = [
        ("+" if column.access is Access.WRITE else "")
        + column.name
        + (f"@{column.place.line}" if column.place.line != here else "")
        for column in reference.columns
    ]
    marks = [
        "*" if reference.star else "",
        "complete" if reference.payload else "",
        f"conflict={','.join(reference.conflict)}" if reference.conflict else "",
        "embedded" if reference.embedded else "",
        f"hint={reference.hint}" if reference.hint else "",
    ]
    return " ".join(
        [f"{here} {reference.verb.value} {prefix}{reference.table}({' '.join(columns)})", *filter(None, marks)]
    )
