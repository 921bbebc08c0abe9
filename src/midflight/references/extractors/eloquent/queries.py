"""Finds the chains of calls that begin at an Eloquent model, at a row of one or at a query in a variable."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from midflight.references.eloquent_words import COUNTS, ENDS, HAVES, LOADS, ONE_ROW, QUERIES, RELATIONS, ROWS, SAME
from midflight.references.extractors.eloquent.arguments import CLOSURES, child_of, given_nodes, value_of
from midflight.references.extractors.eloquent.guards import guard_of
from midflight.references.extractors.eloquent.literals import named, string
from midflight.references.extractors.eloquent.names import Names
from midflight.references.extractors.eloquent.variables import assigned, parameters
from midflight.references.grammar import Node, TooDeepError, Tree, line
from midflight.references.mapping import Mapper, ModelCall
from midflight.references.model import Guard, Place
from midflight.references.values import Call, Text, shorten

MOST_CALLS = 3_000
_DEEPEST = 200
_CALLS = frozenset({"member_call_expression", "nullsafe_member_call_expression", "scoped_call_expression"})
_FUNCTIONS = CLOSURES | {"method_declaration", "function_definition"}


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known where code stands: the class, its method, and what variables hold (`@` marks a row)."""

    owner: str = ""
    method: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    guard: Guard | None = None
    joins: tuple[Call, ...] = ()


@dataclass(slots=True)
class Walk:
    """Gathers the calls of one file."""

    tree: Tree
    names: Names
    calls: list[ModelCall] = field(default_factory=list)

    def visit(self, node: Node, scope: Scope, depth: int = 0) -> None:
        """Walk the tree below a node."""
        if depth > _DEEPEST:
            raise TooDeepError
        if len(self.calls) >= MOST_CALLS:
            return
        if node.type in _CALLS:
            self._chain(node, scope, depth)
            return
        if node.type in {"class_declaration", "trait_declaration", "enum_declaration", "anonymous_class"}:
            scope = self._class(node)
        elif node.type in _FUNCTIONS:
            scope = self._function(node, scope)
        elif node.type == "if_statement":
            self._branches(node, scope, depth)
            return
        for child in node.children:
            if child.is_named:
                self.visit(child, scope, depth + 1)

    def _class(self, node: Node) -> Scope:
        name = child_of(node, "name")
        is_class = node.type == "class_declaration" and name is not None
        return Scope(owner=self.names.full(self.tree.read(name)) if is_class and name is not None else "")

    def _function(self, node: Node, scope: Scope) -> Scope:
        kept: dict[str, str] = {}
        name = child_of(node, "name")
        method = self.tree.read(name) if node.type == "method_declaration" and name is not None else scope.method
        if node.type == "arrow_function":
            kept = dict(scope.variables)
        elif node.type in CLOSURES:
            uses = child_of(node, "anonymous_function_use_clause")
            held = {self.tree.read(each).lstrip("&") for each in named(uses)} if uses is not None else set()
            kept = {key: value for key, value in scope.variables.items() if key in held}
        scope = replace(scope, method=method, variables=kept)
        for at, (variable, kind) in enumerate(parameters(self.tree, node)):
            kept.pop(variable, None)
            if node.type == "method_declaration" and at == 0 and scope.owner and self._is_scope(node, method):
                kept[variable] = scope.owner
            elif kind:
                kept[variable] = "@" + self.names.full(kind)
        for variable, values in assigned(self.tree, node).items():
            roots = {self._root_of(value, scope, variable) for value in values} - {"="}
            kept.pop(variable, None) if variable in kept and roots != {kept[variable]} else None
            if len(roots) == 1 and (root := next(iter(roots))) and variable not in kept:
                kept[variable] = root
        return scope

    def _is_scope(self, node: Node, method: str) -> bool:
        marks = child_of(node, "attribute_list")
        return method.startswith("scope") or (marks is not None and "Scope" in self.tree.read(marks))

    def _branches(self, node: Node, scope: Scope, depth: int) -> None:
        condition = child_of(node, "parenthesized_expression")
        inside = guard_of(self.tree, condition, outcome=True) if condition is not None else None
        outside = guard_of(self.tree, condition, outcome=False) if condition is not None else None
        for child in node.children:
            if child.is_named:
                other = child.type in {"else_clause", "else_if_clause"}
                guard = outside if other else inside if child is not condition else None
                self.visit(child, replace(scope, guard=guard or scope.guard), depth + 1)

    def _links(self, node: Node) -> tuple[list[Node], Node | None]:
        """The calls of a chain, first to last, and what the first is called on."""
        links: list[Node] = []
        here: Node | None = node
        while here is not None and here.type in _CALLS and len(links) < _DEEPEST:
            links.append(here)
            here = here.children[0] if here.type != "scoped_call_expression" else None
        links.reverse()
        return links, here

    def _begins(self, links: list[Node], base: Node | None, scope: Scope) -> str:
        """The model, or what holds a query or a row of it, that a chain begins with."""
        first = links[0] if links else None
        if base is None and first is not None and first.type == "scoped_call_expression":
            named_by = first.children[0]
            if named_by.type == "relative_scope":
                return scope.owner if self.tree.read(named_by).lower() in {"self", "static"} else ""
            name = self.tree.read(named_by)
            return self.names.full(name) if named_by.type in {"name", "qualified_name"} and name != "DB" else ""
        while base is not None and base.type == "parenthesized_expression" and named(base):
            base = named(base)[0]
        if base is None:
            return ""
        if base.type == "variable_name":
            text = self.tree.read(base)
            return f"@{scope.owner}" if text == "$this" and scope.owner else scope.variables.get(text, "")
        if base.type == "object_creation_expression":
            made = child_of(base, "name", "qualified_name")
            return "@" + self.names.full(self.tree.read(made)) if made is not None else ""
        return ""

    def _root_of(self, node: Node, scope: Scope, variable: str) -> str:
        """What a variable holds that is given a value: `=` for the query that it held before."""
        links, base = self._links(node)
        if links and base is not None and self.tree.read(base) == variable:
            return "=" if self._method(links[-1]) not in ENDS else ""
        begins = self._begins(links, base if links else node, scope)
        if not begins or not links:
            return begins if begins.startswith("@") and node.type == "object_creation_expression" else ""
        methods = [self._method(link) for link in links]
        if any(method in ENDS for method in methods[:-1]):
            return ""
        path = _path(begins, [self._name(link) for link in links])
        if methods[-1] in ONE_ROW:
            return f"@{path.lstrip('@')}"
        if methods[-1] in ENDS or (len(methods) == 1 and methods[0] not in QUERIES and not begins.startswith("@")):
            return ""
        return path.lstrip("@") if any(method in QUERIES for method in methods) or path != begins else ""

    def _name(self, link: Node) -> str:
        found = [child for child in link.children if child.type == "name"]
        return self.tree.read(found[-1]) if found else "?"

    def _method(self, link: Node) -> str:
        return self._name(link).lower()

    def _chain(self, node: Node, scope: Scope, depth: int) -> None:
        links, base = self._links(node)
        if base is not None:
            self.visit(base, scope, depth + 1)
        begins = self._begins(links, base, scope)
        steps = [self._step(link, scope) for link in links] if begins else []
        if begins and _matters(begins, steps):
            place = Place(self.tree.path, steps[0].line)
            text = shorten(self.tree.text[node.start_byte : node.start_byte + 400].decode("utf-8", "replace"))
            call = ModelCall(Mapper.ELOQUENT, place, begins, (*scope.joins, *steps), guard=scope.guard, text=text)
            self.calls.append(call)
        self._inside(links, steps, (begins, scope, depth))

    def _step(self, link: Node, scope: Scope) -> Call:
        values = tuple(value_of(self.tree, self.names, value) for _, value in given_nodes(link))
        names = [child for child in link.children if child.type == "name"]
        at = line(names[-1] if names else link)
        method = self._method(link)
        options = {"method": Text(scope.method, at)} if method in RELATIONS else {}
        return Call(method if method in QUERIES | RELATIONS else self._name(link), values, at, options)

    def _inside(self, links: list[Node], steps: list[Call], outer: tuple[str, Scope, int]) -> None:
        """Walk what the calls are given; a closure is given a query of the same model or of a relation."""
        begins, scope, depth = outer
        for at, link in enumerate(links):
            path = _path(begins, [step.name for step in steps[:at]]) if steps else ""
            joins = tuple(step for step in steps[:at] if step.name in {"join", "leftjoin", "rightjoin"})
            before = ""
            for _, value in given_nodes(link):
                for relation, part in _closures(self.tree, value, before):
                    target = _given(path, self._method(link), relation) if path else ""
                    self._closure(part, (target, joins if not relation else ()), scope, depth)
                before = string(self.tree, value) or ""

    def _closure(self, node: Node, query: tuple[str, tuple[Call, ...]], scope: Scope, depth: int) -> None:
        target, joins = query
        if node.type not in CLOSURES:
            self.visit(node, scope, depth + 1)
            return
        inner = self._function(node, scope)
        own = parameters(self.tree, node)
        if own and target:
            inner.variables[own[0][0]] = target
        for child in node.children:
            if child.is_named:
                self.visit(child, replace(inner, joins=joins), depth + 1)


def _path(begins: str, names: list[str]) -> str:
    """The model that a chain has come to: relations and scopes are told apart when all models are known."""
    moves = [name for name in names if name.lower() not in QUERIES | RELATIONS]
    return "|".join([begins, *moves])


def _given(path: str, method: str, relation: str) -> str:
    """The query that a method gives its closure."""
    if relation and method in HAVES | LOADS | COUNTS:
        return "|".join([path, *relation.partition(":")[0].partition(" ")[0].split(".")])
    return path.lstrip("@") if method in SAME and not relation else ""


def _closures(tree: Tree, value: Node, before: str) -> Iterator[tuple[str, Node]]:
    """The parts of an argument with the name of the relation that stands before them, as key or as argument."""
    if value.type != "array_creation_expression":
        yield before if value.type in CLOSURES else "", value
        return
    for element in named(value):
        parts = named(element)
        name = string(tree, parts[0]) if len(parts) > 1 else None
        for part in parts:
            yield (name or "") if part.type in CLOSURES else "", part


def _matters(begins: str, steps: list[Call]) -> bool:
    """Whether a chain may be a query: one on a row or a class is so only where a method says it."""
    names = [step.name for step in steps]
    if any(name in QUERIES | RELATIONS for name in names):
        return True
    return not begins.startswith("@") and names[0].startswith(("where", "orWhere")) and names[0].lower() not in ROWS
