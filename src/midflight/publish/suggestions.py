"""Which findings become a suggestion in the diff: those whose recipe is what the author wrote, and a little more."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote, unquote

from midflight.inspection.finding import Finding
from midflight.operations.model import Statement
from midflight.publish.model import Suggest, Suggestion
from midflight.report.model import Report
from midflight.text import code_block, printable, prose

MAX_SUGGESTIONS = 10  # on one pull request
_MARK = re.compile(r"<!-- midflight:suggestions v1 key=(?P<key>[^\s<>]{1,400}) ids=(?P<ids>[0-9a-f,]{0,400}) -->")
_CONCURRENTLY = re.compile(r"\sCONCURRENTLY\b", re.IGNORECASE)
_PLACEHOLDER = " stands for "


def candidates(report: Report) -> tuple[str, ...]:
    """Return the paths whose text is needed to decide."""
    return tuple(dict.fromkeys(finding.place.path for finding in report.findings if _replacement(finding)))


def decide_suggestions(report: Report, key: str, texts: Mapping[str, str]) -> tuple[Suggest, ...]:
    """Give the one review that the report calls for; `texts` are the files that are new in the pull request, by path.

    Every line of a new file is part of the diff; a comment on any other line would be refused with the whole review.
    """
    subject = report.subject
    found = tuple(_suggestions(report.findings, texts))
    return (Suggest(subject.number, key, subject.head, found),) if found and subject.number else ()


def review_body(key: str, suggestions: Sequence[Suggestion]) -> str:
    """Write the review's text; its first line says which suggestions it holds, so that none is made twice."""
    ids = ",".join(each.id for each in suggestions)
    hidden = f"<!-- midflight:suggestions v1 key={quote(key, safe='')} ids={ids} -->"
    return f"{hidden}\nMidflight: safer ways to write what is new here. Read each before you commit it."


def suggested(body: str, key: str) -> tuple[str, ...]:
    """Return what a review of ours has suggested, by its first line."""
    found = _MARK.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    return tuple(filter(None, found["ids"].split(","))) if found and unquote(found["key"]) == key else ()


def _suggestions(findings: Iterable[Finding], texts: Mapping[str, str]) -> Iterator[Suggestion]:
    taken: set[tuple[str, int]] = set()
    for finding in sorted(findings, key=lambda each: -each.level.rank):
        text = texts.get(finding.place.path)
        made = _suggestion(finding, text) if text else None
        lines = {(made.path, line) for line in range(made.first, made.last + 1)} if made else set()
        if made and not lines & taken:
            taken |= lines
            yield made


def _suggestion(finding: Finding, text: str) -> Suggestion | None:
    statement, sql = finding.statement, _replacement(finding)
    if statement is None or not sql:
        return None
    last = statement.line + statement.text.count("\n")
    lines = "\n".join(text.replace("\r\n", "\n").split("\n")[statement.line - 1 : last])
    if not _alone(statement, lines) or _said_already(statement, sql, text):
        return None
    indent = lines[: len(lines) - len(lines.lstrip())]
    written = "\n".join(f"{indent}{line}" if line and indent else line for line in sql.split("\n"))
    block = code_block(written, "suggestion")
    if written not in block:  # something invisible would be replaced: then it is no longer what was meant
        return None
    body = f"**{prose(finding.rule)}**: {prose(finding.message)}\n\n{block}"
    return Suggestion(finding.fingerprint, finding.place.path, statement.line, last, body)


def _replacement(finding: Finding) -> str:
    """Return the recipe's SQL where it is the statement with something before, behind or CONCURRENTLY in it."""
    statement = finding.statement
    if finding.suppressed or statement is None or statement.path != finding.place.path or len(finding.recipe) != 1:
        return ""
    [step] = finding.recipe
    sql = step.sql.strip()
    if not sql or _PLACEHOLDER in step.do or printable(sql) != sql:
        return ""
    words, wanted = _words(statement.text), _words(sql)
    if _CONCURRENTLY.search(sql) and not _CONCURRENTLY.search(statement.text):
        plain = _words(_CONCURRENTLY.sub("", sql))
        return sql if plain == words and not statement.in_transaction else ""
    return sql if words in wanted and words != wanted else ""


def _alone(statement: Statement, lines: str) -> bool:
    """Whether nothing else, not even a comment, stands on the statement's lines."""
    return lines.strip().rstrip(";").rstrip() == statement.text.strip().replace("\r\n", "\n")


def _said_already(statement: Statement, sql: str, text: str) -> bool:
    """Whether what the recipe adds is somewhere in the file: it would be there twice."""
    words, whole = _words(statement.text), _words(text)
    added = _words(sql).partition(words)
    return any(part.strip("; ") and part.strip("; ") in whole for part in (added[0], added[2]))


def _words(sql: str) -> str:
    return " ".join(sql.split()).rstrip("; ").casefold()
