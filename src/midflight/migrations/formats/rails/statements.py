"""Follows the statements of a migration's methods into commands, without running any of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from midflight.migrations.formats.rails.model import (
    COMMENT,
    DEEPEST,
    MOST_COMMANDS,
    ROWS,
    UNREAD,
    Command,
    UnreadableError,
    Value,
)
from midflight.migrations.formats.rails.values import Values

_INSIDE = frozenset(
    "safety_assured say_with_time suppress_messages transaction with_lock_retries with_lock_timeout"
    " with_statement_timeout without_statement_timeout".split()
)
_SILENT = frozenset(
    "say puts p print announce reset_column_information disable_ddl_transaction! private protected require"
    " require_relative disable_statement_timeout include attr_reader clear_cache! disable_lock_timeout!"
    " schema_cache disable_joins logger".split()
)
_CONNECTION = re.compile(r"(?:self|(?:[\w:]+\.)?(?:connection|lease_connection))\Z")
_EXISTS = re.compile(
    r"(?P<not>(?:!|not\b)\s*)?(?:[\w:]+\.)*(?:table|column|index|index_name|foreign_key|check_constraint|view|data_source"
    r"|type|extension|constraint)_(?:exists|enabled)\?[\s(][^&|]*\Z",
    re.DOTALL,
)
_POSTGRES = re.compile(
    r"(?:[\w:]+\.)*(?:supports_\w+\?(?:\(\))?\Z|adapter_name\b[\s\w.]*(?:==|=~)[^&|]*postg[^&|]*\Z)", re.IGNORECASE
)
"""Conditions that hold on PostgreSQL."""

_MODEL = re.compile(
    r"(?!ActiveRecord\b|Rails\b|Rake\b)(?:::)?[A-Z]\w*(?:::[A-Z]\w*)*(?:\.(?:unscoped|where|all|find_each|in_batches|order|joins|select|includes|left_joins|with_deleted|not|distinct|limit|pluck)\b|\Z)"
)
_TABLES = re.compile(
    r"execute|exec_|connection|\b(?:add|remove|rename|change|create|drop|validate)_(?:column|table|index|reference|foreign|check|enum|time|join)"
)
_TELLS = re.compile(r"midflight:", re.IGNORECASE)
_DOES = re.compile(r"\b(?:execute|exec_\w+|create|insert|update|delete|destroy|save|connection)\w*", re.IGNORECASE)


@dataclass(slots=True)
class Walk:
    """Follows the statements of methods; `tables` are the names of block parameters that stand for a table."""

    values: Values
    methods: Mapping[str, Node]
    tables: list[str] = field(default_factory=list)
    directions: list[str] = field(default_factory=list)
    calling: list[str] = field(default_factory=list)
    count: int = 0
    guarded: bool = False

    def method(self, node: Node, names: Mapping[str, Value], depth: int) -> list[Command]:
        """The commands of a method."""
        self.guarded = self.guarded and bool(self.calling)
        return self.body(node.child_by_field_name("body"), names, depth + 1)

    def body(self, node: Node | None, names: Mapping[str, Value], depth: int) -> list[Command]:
        """The commands of statements one after the other; a variable is known to those below it."""
        known = dict(names)
        above = node.parent.named_children if node is not None and node.parent is not None else []
        begins = node.start_byte if node is not None else 0
        notes = [each for each in above if each.type == "comment" and each.end_byte <= begins]
        found = list(self.comments([(_line(each), self.values.source(each)) for each in notes]))
        for statement in node.named_children if node is not None else []:
            if statement.type == "assignment":
                left, right = (statement.child_by_field_name(side) for side in ("left", "right"))
                if left is not None:
                    known[self.values.source(left)] = self.values.value(right, known)
                if _DOES.search(self.values.source(statement)):
                    found.append(self.unread(statement, "what it assigns is worked out by Ruby"))
                continue
            for command in self.statement(statement, known, depth):
                self.count += 1
                if self.count > MOST_COMMANDS:
                    raise UnreadableError(f"the migration has more than {MOST_COMMANDS} commands")
                found.append(replace(command, guarded=True) if self.guarded else command)
        return found

    def unread(self, node: Node, reason: str) -> Command:
        """Ruby that is reported and not read."""
        return Command(UNREAD, _line(node), (reason,), source=self.values.source(node))

    def comments(self, lines: Sequence[tuple[int, str]]) -> Iterator[Command]:
        """Comments that speak to Midflight, which read the same in SQL."""
        for number, text in lines:
            if _TELLS.search(text):
                yield Command(COMMENT, number, ("-- " + text.strip().lstrip("#").strip(),))

    def statement(  # noqa: PLR0911 - one return for each kind of statement
        self, node: Node, names: Mapping[str, Value], depth: int
    ) -> list[Command]:
        """The commands of one statement."""
        if depth > DEEPEST:
            return [self.unread(node, "Ruby that is nested too deeply")]
        match node.type:
            case "call":
                return self.call(node, names, depth)
            case "identifier":
                return self.helper(node, self.values.source(node), names, depth)
            case "if_modifier" | "unless_modifier" | "if" | "unless":
                return self.condition(node, names, depth)
            case "comment":
                return list(self.comments([(_line(node), self.values.source(node))]))
            case "begin" if all(child.type not in {"rescue", "ensure", "else"} for child in node.named_children):
                return self.body(node, names, depth + 1)
            case "parenthesized_statements":
                return self.body(node, names, depth + 1)
            case "heredoc_body" | "nil" | "true" | "false" | "return" | "string" | "simple_symbol" | "integer":
                return []
        return [self.unread(node, f"Ruby's `{node.type.replace('_', ' ')}` decides what runs")]

    def condition(self, node: Node, names: Mapping[str, Value], depth: int) -> list[Command]:
        """A guard that asks whether an object exists goes into the SQL; any other condition is not read."""
        asked = node.child_by_field_name("condition")
        then = node.child_by_field_name("body") or node.child_by_field_name("consequence")
        if (
            asked is not None
            and then is not None
            and _POSTGRES.match(self.values.source(asked))
            and node.type in {"if", "if_modifier"}
        ):
            return (
                self.statement(then, names, depth + 1)
                if node.type == "if_modifier"
                else self.body(then, names, depth + 1)
            )
        if asked is None or then is None or node.child_by_field_name("alternative") is not None:
            return [self.unread(node, "a condition in Ruby decides what runs")]
        match = _EXISTS.match(self.values.source(asked))
        returns = then.type == "return" or (then.named_child_count == 1 and then.named_children[0].type == "return")
        if returns and match:
            self.guarded = True
            return []
        if not match:
            reason = (
                "a condition in Ruby decides whether the rest runs"
                if returns
                else "a condition in Ruby decides whether it runs"
            )
            return [self.unread(node, reason)]
        missing = bool(match["not"]) != node.type.startswith("unless")
        found = (
            self.statement(then, names, depth + 1)
            if node.type.endswith("modifier")
            else self.body(then, names, depth + 1)
        )
        if all(one.name == COMMENT or _suits(one.name, missing=missing) for one in found):
            return [replace(one, guarded=True) for one in found]
        return [self.unread(node, "a condition in Ruby decides whether it runs")]

    def helper(self, node: Node, name: str, names: Mapping[str, Value], depth: int) -> list[Command]:
        """A method of the same class stands for what is in it."""
        method = self.methods.get(name)
        if method is None:
            return [] if name in _SILENT else [self.unread(node, f"the method `{name}` is not in the file")]
        if name in self.calling or len(self.calling) > DEEPEST:
            return [self.unread(node, f"the method `{name}` calls itself")]
        self.calling.append(name)
        self.count += 1
        if self.count > MOST_COMMANDS:
            raise UnreadableError(f"the migration has more than {MOST_COMMANDS} commands")
        found = self.method(method, {**names, **self._parameters(method, node, names)}, depth + 1)
        self.calling.pop()
        return found

    def _parameters(self, method: Node, node: Node, names: Mapping[str, Value]) -> dict[str, Value]:
        given, options = self.arguments(node, names)
        wanted = method.child_by_field_name("parameters")
        found: dict[str, Value] = {}
        for at, parameter in enumerate(wanted.named_children if wanted is not None else []):
            name = parameter.child_by_field_name("name") or parameter
            default = parameter.child_by_field_name("value")
            key = self.values.source(name)
            if parameter.type == "keyword_parameter":
                found[key] = options[key] if key in options else self.values.value(default, names)
            else:
                found[key] = given[at] if at < len(given) else self.values.value(default, names)
        return found

    def arguments(self, node: Node, names: Mapping[str, Value]) -> tuple[tuple[Value, ...], dict[str, Value]]:
        """The values of a call by place, and by name."""
        given = node.child_by_field_name("arguments")
        nodes = (
            [each for each in given.named_children if each.type not in {"comment", "heredoc_body"}]
            if given is not None
            else []
        )
        named = [each for each in nodes if each.type in {"pair", "hash_splat_argument"}]
        placed = [each for each in nodes if each.type not in {"pair", "hash_splat_argument", "block_argument"}]
        options = self.values.pairs(named, names)
        if placed and placed[-1].type == "hash" and not named:
            last = self.values.value(placed.pop(), names)
            options = last if isinstance(last, dict) else {}
        return tuple(self.values.value(each, names) for each in placed), options

    def call(self, node: Node, names: Mapping[str, Value], depth: int) -> list[Command]:
        """The commands of one call."""
        receiver, method = node.child_by_field_name("receiver"), node.child_by_field_name("method")
        name = self.values.source(method) if method is not None else ""
        block = node.child_by_field_name("block")
        on = self.values.source(receiver) if receiver is not None else ""
        if on and on in self.tables:
            return [self._command(node, name, names)]
        if on and on in self.directions:
            inner = self._inside(block, names, depth)
            return [Command(name, _line(node), block=tuple(inner), source=self.values.source(node))]
        if receiver is not None and name in {"each", "each_with_index", "each_pair"} and block is not None:
            return self._loop(node, receiver, block, names, depth)
        if name in _INSIDE and block is not None:
            return self._inside(block, names, depth)
        if name in _SILENT or (on and on.rpartition(".")[2] in {"logger", "StrongMigrations"}):
            return []
        if on and not _CONNECTION.match(on):
            return [self.unread(node, _why(name, on, self.values.source(node)))]
        return self._own(node, name, block, names, depth)

    def _own(self, node: Node, name: str, block: Node | None, names: Mapping[str, Value], depth: int) -> list[Command]:
        if name in self.methods:
            return self.helper(node, name, names, depth)
        if name == "reversible" and block is not None:
            inner = self._inside(block, names, depth, self.directions)
            ways = {
                way: tuple(one for each in inner if each.name == way for one in each.block or ())
                for way in ("up", "down")
            }
            return [
                Command(name, _line(node), block=ways["up"], otherwise=ways["down"], source=self.values.source(node))
            ]
        if name in {"up_only", "revert"} and block is not None:
            inner = self._inside(block, names, depth)
            return [Command(name, _line(node), block=tuple(inner), source=self.values.source(node))]
        command = self._command(node, name, names)
        if block is None:
            return [command]
        return [replace(command, block=tuple(self._inside(block, names, depth, self.tables)))]

    def _command(self, node: Node, name: str, names: Mapping[str, Value]) -> Command:
        args, options = self.arguments(node, names)
        given = node.child_by_field_name("arguments")
        first = given.named_children[0] if given is not None and given.named_children else node
        while first.type == "call" and (inner := first.child_by_field_name("receiver")) is not None:
            first = inner
        return Command(name, _line(node), args, options, source=self.values.source(node), below=_line(first))

    def _inside(
        self, block: Node | None, names: Mapping[str, Value], depth: int, into: list[str] | None = None
    ) -> list[Command]:
        """What stands in a block; its parameter is put into a list of names while it is read."""
        given = block.child_by_field_name("parameters") if block is not None else None
        parameters = [self.values.source(each) for each in given.named_children] if given is not None else []
        into = into if into is not None else []
        into += parameters[:1]
        found = self.body(block.child_by_field_name("body") if block is not None else None, names, depth + 1)
        if parameters:
            into.pop()
        return found

    def _loop(self, node: Node, receiver: Node, block: Node, names: Mapping[str, Value], depth: int) -> list[Command]:
        """A loop over a list that stands in the file runs its block for each item."""
        items = self.values.value(receiver, names)
        entries = tuple(items.items()) if isinstance(items, dict) else items
        if not isinstance(entries, tuple):
            reason = "a loop in Ruby over what only running it tells"
            rows = _MODEL.match(self.values.source(receiver)) and not _TABLES.search(self.values.source(node))
            return [self.unread(node, f"{ROWS}: {reason}" if rows else reason)]
        given = block.child_by_field_name("parameters")
        parameters = [self.values.source(each) for each in given.named_children] if given is not None else []
        found: list[Command] = []
        for item in entries:
            self.count += 1
            if self.count > MOST_COMMANDS:
                raise UnreadableError(f"the migration has more than {MOST_COMMANDS} commands")
            bound: dict[str, Value] = dict.fromkeys(parameters)
            parts = item if isinstance(item, tuple) and len(parameters) > 1 else (item,)
            bound.update(zip(parameters, parts, strict=False))
            found += self.body(block.child_by_field_name("body"), {**names, **bound}, depth + 1)
        return found


def _why(name: str, on: str, source: str) -> str:
    """Why a call on something else is not read; one that begins at a model and sends no SQL changes rows alone."""
    if _MODEL.match(on) and not _TABLES.search(source):
        return f"{ROWS}: Ruby calls `{name}` on `{on[:60]}`"
    return f"Ruby calls `{name}` on `{on[:60]}`"


def _suits(name: str, *, missing: bool) -> bool:
    """Whether IF EXISTS or IF NOT EXISTS says the same as the condition."""
    if missing:
        return name.startswith(("add_", "create_", "enable_"))
    return name.startswith(("remove_", "drop_", "disable_"))


def _line(node: Node) -> int:
    return node.start_point[0] + 1
