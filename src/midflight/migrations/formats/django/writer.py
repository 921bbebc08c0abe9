"""Collects the SQL of one migration, each statement with the line of the operation that sends it."""

from dataclasses import dataclass, field

from midflight.migrations.model import Script, Transactions
from midflight.migrations.python import Text


@dataclass(slots=True)
class Writer:
    """Statements in the order in which Django sends them; `later` are those that wait for the migration's end."""

    path: str
    line: int = 1
    parts: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    waiting: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    def run(self, sql: str) -> None:
        """Add a statement."""
        self.parts.append(_piece(f"{sql};", self.line))

    def later(self, sql: str) -> None:
        """Add a statement at the end of the migration."""
        self.waiting.append(_piece(f"{sql};", self.line))

    def flush(self) -> None:
        """Send what waits."""
        self.parts += self.waiting
        self.waiting = []

    def comment(self, line: int, text: str) -> None:
        """Add a comment of the file, for who suppresses a finding of what follows."""
        self.parts.append((f"-- {text}", (line,)))

    def text(self, sql: Text) -> None:
        """Add SQL that people wrote, which keeps its own lines."""
        text = sql.text if sql.text.rstrip().endswith(";") else f"{sql.text}\n;"
        count = text.count("\n") + 1
        last = sql.text.count("\n")
        self.parts.append((text, tuple(sql.line_of(min(number, last)) for number in range(count))))

    def unread(self, reason: str, line: int = 0, *, rows: bool = False) -> None:
        """Say that something runs here which is not read; `rows` that it changes rows alone."""
        told = " ".join(reason.replace("'", "`").split())[:300]
        # a statement in a language that no server has, so that it is told and never run
        sql = f"DO LANGUAGE 'Python{' (rows alone)' if rows else ''}: {told}' $python$ $python$;"
        self.parts.append(_piece(sql, line or self.line))

    def script(self, transactions: Transactions) -> Script:
        """The whole of it."""
        self.flush()
        text = "\n".join(part for part, _ in self.parts)
        lines = tuple(line for _, own in self.parts for line in own)
        return Script(self.path, text, transactions, lines=lines)


def _piece(sql: str, line: int) -> tuple[str, tuple[int, ...]]:
    return sql, (line,) * (sql.count("\n") + 1)
