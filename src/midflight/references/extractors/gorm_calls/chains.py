"""Finds GORM's chains, and joins those that go on in a variable."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from midflight.references.extractors.gorm_calls.arguments import line, value_of
from midflight.references.extractors.gorm_calls.types import declared, text_of
from midflight.references.gorm_words import ENDS, OTHERS, QUERIES, ROWS, STATEMENT
from midflight.references.mapping import Mapper, ModelCall
from midflight.references.model import Guard, Place
from midflight.references.source_guards import guard_in
from midflight.references.values import Call, Record, Rows, Text, Value, shorten

MOST_CALLS = 3_000
_DEEPEST = 200
_FUNCTIONS = frozenset({"function_declaration", "method_declaration", "func_literal"})
_DESTINATIONS = ROWS | {"Create", "CreateInBatches", "Delete", "Save", "Updates", "UpdateColumns"}


@dataclass(frozen=True, slots=True)
class Env:
    """What the names of a function hold: structs by their type, and queries that are built up in a variable.

    `chains` gives the models of what such a variable is given, by node.
    """

    types: dict[str, str] = field(default_factory=dict)
    queries: dict[str, tuple[str, tuple[Call, ...]]] = field(default_factory=dict)
    guard: Guard | None = None
    chains: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Walk:
    """Gathers the calls of one file."""

    path: str
    source: bytes
    imports: dict[str, str] = field(default_factory=dict)
    calls: list[ModelCall] = field(default_factory=list)
    problem: str = ""

    def visit(self, node: Node, env: Env, depth: int = 0) -> None:
        """Walk the tree below a node."""
        if depth > _DEEPEST or len(self.calls) >= MOST_CALLS:
            more = f"the code is nested more than {_DEEPEST} deep, or has more than {MOST_CALLS} queries"
            self.problem = self.problem or more
            return
        if node.type in _FUNCTIONS:
            env = self._function(node, env)
        elif node.type == "if_statement":
            self._branches(node, env, depth)
            return
        elif node.type == "call_expression":
            self._chain(node, env, depth)
            return
        for child in node.named_children:
            self.visit(child, env, depth + 1)

    def _branches(self, node: Node, env: Env, depth: int) -> None:
        condition = node.child_by_field_name("condition")
        other = node.child_by_field_name("alternative")
        chosen = node.child_by_field_name("consequence")
        for child in node.named_children:
            guard = None
            if condition is not None and child in (other, chosen):
                text = text_of(self.source, condition)
                guard = guard_in(text, self.path, line(condition), outcome=child == chosen)
            self.visit(child, replace(env, guard=guard or env.guard), depth + 1)

    def _function(self, node: Node, env: Env) -> Env:
        own, values = declared(self.source, node, self.imports)
        types = {name: kind for name, kind in env.types.items() if name not in own}
        types |= {name: next(iter(kinds)) for name, kinds in own.items() if len(kinds) == 1 and "" not in kinds}
        queries = {name: held for name, held in env.queries.items() if name not in own}
        known = Env(types, queries, env.guard)
        ends = self._endings(node)
        for name, given in values.items():
            held = self._query(name, given, known, ends.get(name, []))
            if held is not None:
                queries[name] = held
                known.chains.update((value.id, held[0]) for value in given)
        return known

    def _endings(self, function: Node) -> dict[str, list[Node]]:
        """The chains that begin at each name."""
        found: dict[str, list[Node]] = {}
        waiting = list(function.named_children)
        count = 0
        while waiting and count < 20_000:
            count += 1
            node = waiting.pop()
            if node.type == "func_literal":
                continue
            if node.type == "call_expression":
                links, base = self._links(node)
                if links and base is not None and base.type == "identifier":
                    found.setdefault(text_of(self.source, base), []).append(node)
            waiting += node.named_children
        return found

    def _query(self, name: str, given: list[Node], env: Env, chains: list[Node]) -> tuple[str, tuple[Call, ...]] | None:
        """The model and the joins of a query that a variable holds, None where it holds none."""
        steps: list[Call] = []
        models: set[str] = set()
        for node in given:
            links, base = self._links(node)
            if not links or base is None or self._name(links[-1]) in ENDS | OTHERS:
                return None
            begins = text_of(self.source, base)
            if begins in env.queries and begins != name:
                held = env.queries[begins]
                models.add(held[0])
                steps += held[1]
            steps += self._steps(links, env)
        if not any(step.name in STATEMENT for step in steps):
            return None
        models |= {model for step in steps if (model := _told(step))}
        if not models:
            last = [list(self._steps(self._links(node)[0], env)) for node in chains]
            models = {kind for own in last for kind in _destinations(own)}
        joins = tuple(step for step in steps if step.name in {"Joins", "InnerJoins"})
        return (next(iter(models)), joins) if len(models) == 1 else ("", joins)

    def _links(self, node: Node) -> tuple[list[Node], Node | None]:
        links: list[Node] = []
        here: Node | None = node
        while here is not None and here.type == "call_expression" and len(links) < _DEEPEST:
            function = here.child_by_field_name("function")
            if function is None or function.type != "selector_expression":
                break
            links.append(here)
            here = function.child_by_field_name("operand")
        links.reverse()
        return links, here

    def _name(self, link: Node) -> str:
        function = link.child_by_field_name("function")
        return text_of(self.source, function.child_by_field_name("field")) if function is not None else ""

    def _steps(self, links: list[Node], env: Env) -> Iterator[Call]:
        for link in links:
            given = link.child_by_field_name("arguments")
            nodes = [each for each in given.named_children if each.type != "comment"] if given is not None else []
            values = tuple(value_of(self.source, each, self.imports, env.types) for each in nodes)
            function = link.child_by_field_name("function")
            at = function.child_by_field_name("field") if function is not None else None
            yield Call(self._name(link), values, line(at or link))

    def _chain(self, node: Node, env: Env, depth: int) -> None:
        links, base = self._links(node)
        if not links:
            for child in node.named_children:
                self.visit(child, env, depth + 1)
            return
        if base is not None:
            self.visit(base, env, depth + 1)
        if any(self._name(link) in QUERIES for link in links) and base is not None:
            self._note(node, list(self._steps(links, env)), text_of(self.source, base), env)
        for link in links:
            given = link.child_by_field_name("arguments")
            for child in given.named_children if given is not None else []:
                self.visit(child, env, depth + 1)

    def _note(self, node: Node, steps: list[Call], base: str, env: Env) -> None:
        if any(step.name in OTHERS for step in steps):
            return
        held, joins = env.queries.get(base, ("", ()))
        held = held or env.chains.get(node.id, "")
        told = [model for step in steps if (model := _told(step))]
        found = told[-1:] or ([held] if held else list(_destinations(steps)))
        first = next(step for step in steps if step.name in QUERIES)
        if len(set(found)) == 1 and found[0]:
            text = shorten(self.source[node.start_byte : node.start_byte + 400].decode("utf-8", "replace"))
            place = Place(self.path, first.line)
            self.calls.append(ModelCall(Mapper.GORM, place, found[0], (*joins, *steps), guard=env.guard, text=text))


def _told(step: Call) -> str:
    """The model that `Model(&User{})` or `Table("users")` names, a table behind `=`, `?` where it is not known."""
    if step.name == "Table":
        first = step.arguments[0] if step.arguments else None
        return f"={first.text}" if isinstance(first, Text) else "?"
    return (kind_of(step.arguments[0]) or "?") if step.name == "Model" and step.arguments else ""


def _destinations(steps: list[Call]) -> Iterator[str]:
    for step in steps:
        if step.name in _DESTINATIONS and step.arguments and (kind := kind_of(step.arguments[0])):
            yield kind


def kind_of(value: Value) -> str:
    """The struct of a value, "" where it is none."""
    if isinstance(value, Rows):
        return kind_of(value.items[0]) if value.items else ""
    if not isinstance(value, Record):
        return ""
    found = next((inner for key, inner in value.entries if key.name == "#"), None)
    return found.text if isinstance(found, Text) and found.text not in {"?", ""} else ""
