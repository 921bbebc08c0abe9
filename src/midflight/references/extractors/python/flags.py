"""Finds the feature flag that decides whether an expression of Python runs."""

import re
from dataclasses import dataclass, field
from itertools import islice

from tree_sitter import Node

from midflight.references.extractors.python.syntax import Source, arguments, bare, exits, keywords, line
from midflight.references.extractors.python.values import value_of
from midflight.references.guards import (
    Condition,
    Either,
    Every,
    Not,
    after_exit,
    compared,
    constant,
    flag_called,
    flag_read,
    guard_when,
    names_user_first,
)
from midflight.references.model import Guard
from midflight.references.values import Text

_DEEPEST = 20
_WRAPPING_CALLS = frozenset({"bool", "str", "int", "strtobool", "json.loads"})
_SAME_VALUE = frozenset({"lower", "upper", "strip", "casefold"})
_MOST_USES = 50  # of one function
_OPERATORS = ("not in", "is not", "==", "!=", ">=", ">", "in", "is")


@dataclass(slots=True)
class Flags:
    """The conditions of a file."""

    source: Source
    _exits: dict[int, list[tuple[int, Guard]]] = field(default_factory=dict)

    def guard_of(self, node: Node) -> Guard | None:
        """The nearest flag that decides whether `node` runs."""
        path = self.source.path_to(node)
        for parent, child in zip(reversed(path[:-1]), reversed(path), strict=False):
            guard = self._branch(parent, child)
            if guard is not None:
                return guard
        return None

    def _method(self, name: str) -> Node | None:
        """The method `self.name`, where the file has one of the name."""
        found: list[Node] = []
        pattern = re.compile(rb"\bdef\s+(" + re.escape(name.encode()) + rb")\s*\(")
        for each in islice(pattern.finditer(self.source.text), _MOST_USES):
            node = self.source.root.descendant_for_byte_range(each.start(1), each.end(1))
            path = self.source.path_to(node) if node is not None else []
            if len(path) > 1 and path[-2].type == "function_definition":
                found.append(path[-2])
        return found[0] if len(found) == 1 else None

    def _branch(self, parent: Node, child: Node) -> Guard | None:
        match parent.type:
            case "if_statement" | "elif_clause":
                return self._if(parent, child)
            case "conditional_expression":
                first, condition, other = (*parent.named_children, child, child, child)[:3]
                outcome = child == first
                return (
                    guard_when(self.condition(condition), outcome, self.source.path)
                    if child in (first, other)
                    else None
                )
            case "boolean_operator" if child == parent.child_by_field_name("right"):
                left, operator = parent.child_by_field_name("left"), parent.child_by_field_name("operator")
                if left is None or operator is None:
                    return None
                return guard_when(self.condition(left), operator.type == "and", self.source.path)
            case "block" | "module":
                return self._after_exit(parent, child)
            case _:
                return None

    def _if(self, parent: Node, child: Node) -> Guard | None:
        """The branch of `if`, or of an `elif` or `else` after all conditions before it failed."""
        path = self.source.path
        own = parent.child_by_field_name("condition")
        if child == parent.child_by_field_name("consequence"):
            return guard_when(self.condition(own), True, path) if own is not None else None
        if child == own or parent.type != "if_statement":
            return None
        before = [own] if own is not None else []
        for clause in parent.children_by_field_name("alternative"):
            if clause == child:
                break
            condition = clause.child_by_field_name("condition")
            before += [condition] if condition is not None else []
        guards = (guard_when(self.condition(condition), False, path) for condition in before)
        return next((guard for guard in guards if guard), None)

    def _after_exit(self, block: Node, child: Node) -> Guard | None:
        """The guard that an earlier `if not FLAG: return` of the same block gives."""
        if block.id not in self._exits:
            self._exits[block.id] = list(self._early_exits(block))
        before = [guard for end, guard in self._exits[block.id] if end <= child.start_byte]
        return before[-1] if before else None

    def _early_exits(self, block: Node) -> list[tuple[int, Guard]]:
        found: list[tuple[int, Guard]] = []
        for statement in block.named_children:
            if statement.type != "if_statement" or statement.child_by_field_name("alternative") is not None:
                continue
            left = exits(statement.child_by_field_name("consequence"))
            condition = statement.child_by_field_name("condition")
            if left is None or condition is None:
                continue
            raised = left.type == "raise_statement"
            guard = after_exit(self.condition(condition), thrown=raised, path=self.source.path)
            if guard is not None:
                found.append((statement.end_byte, guard))
        return found

    def condition(self, node: Node, depth: int = 0) -> Condition:
        """What a condition says of flags."""
        node = bare(node)
        if depth > _DEEPEST or not self.source.spend():
            return None
        match node.type:
            case "not_operator":
                inner = node.child_by_field_name("argument")
                said = self.condition(inner, depth + 1) if inner is not None else None
                return Not(said) if said is not None else None
            case "boolean_operator":
                return self._operation(node, depth)
            case "comparison_operator":
                return self._comparison(node, depth)
            case "call":
                return self._call(node, depth)
            case "attribute" | "subscript":
                return self._property(node, depth)
            case "identifier":
                declared = self.source.value(self.source.read(node), node)
                return self.condition(declared, depth + 1) if declared is not None else None
            case _:
                return None

    def _operation(self, node: Node, depth: int) -> Condition:
        left, operator, right = (node.child_by_field_name(name) for name in ("left", "operator", "right"))
        if left is None or operator is None or right is None:
            return None
        both = (self.condition(left, depth + 1), self.condition(right, depth + 1))
        if operator.type == "or":
            return both[0] if right.type in {"string", "true", "false"} else Either(both)
        return Every(both)

    def _comparison(self, node: Node, depth: int) -> Condition:
        sides = node.named_children
        if len(sides) != 2:
            return None
        between = self.source.text[sides[0].end_byte : sides[1].start_byte].decode("utf-8", "replace")
        operator = next((known for known in _OPERATORS if known in " ".join(between.split())), "")
        said = self.condition(sides[0], depth + 1)
        literal = self.source.read(sides[1]).strip("'\"")
        if operator in {"in", "not in"}:
            first = sides[1].named_children[0] if sides[1].named_children else sides[1]
            literal = self.source.read(first).strip("'\"")
        return compared(said, operator, literal) if operator else None

    def _call(self, node: Node, depth: int) -> Condition:
        function = node.child_by_field_name("function")
        if function is None:
            return None
        callee = self.source.read(function)
        given = arguments(node) or [value for _, value in keywords(node)]
        flag = flag_called(callee, self._flag_name(callee, given), line(node))
        if flag is not None:
            return flag
        if callee in _WRAPPING_CALLS and given:
            return self.condition(given[0], depth + 1)
        if function.type == "attribute":
            owner, method = function.child_by_field_name("object"), function.child_by_field_name("attribute")
            if owner is not None and method is not None and self.source.read(owner) in {"self", "cls"}:
                return self._answer(self._method(self.source.read(method)), depth)
            same = owner is not None and method is not None and self.source.read(method) in _SAME_VALUE
            return self.condition(owner, depth + 1) if same and owner is not None else None
        return self._called(function, depth)

    def _flag_name(self, callee: str, given: list[Node]) -> str | None:
        """The text of the argument that names the flag; a constant of another file by its own name."""
        for node in given[: 2 if names_user_first(callee) else 1]:
            value = value_of(node, self.source)
            if isinstance(value, Text):
                return value.text
            if name := constant(self.source.read(node)[:200]):
                return name
        return None

    def _called(self, function: Node, depth: int) -> Condition:
        """A function of this file that answers with a condition."""
        declared = self.source.value(self.source.read(function), function) if function.type == "identifier" else None
        return self._answer(declared, depth) if declared is not None else None

    def _answer(self, declared: Node | None, depth: int) -> Condition:
        """What a function returns: a condition, or `True` and `False` behind `if flag: return`."""
        body = declared.child_by_field_name("body") if declared is not None else None
        if body is None or depth > _DEEPEST:
            return None
        if body.type != "block":  # a lambda
            return self.condition(body, depth + 1)
        last = exits(body)
        if last is None or last.type != "return_statement" or not last.named_children:
            return None
        exceptions = [each for each in body.named_children if each.type == "if_statement"]
        answer = last.named_children[0]
        if not exceptions:
            return self.condition(answer, depth + 1)
        return self._except(exceptions[0], self.source.read(answer), depth) if len(exceptions) == 1 else None

    def _except(self, statement: Node, answer: str, depth: int) -> Condition:
        """`if not flag: return False`, then `return True`."""
        left = exits(statement.child_by_field_name("consequence"))
        condition = statement.child_by_field_name("condition")
        if left is None or condition is None or left.type != "return_statement" or not left.named_children:
            return None
        early = self.source.read(left.named_children[0])
        said = self.condition(condition, depth + 1)
        if said is None or {early, answer} != {"True", "False"}:
            return None
        return said if early == "True" else Not(said)

    def _property(self, node: Node, depth: int) -> Condition:
        owner = node.child_by_field_name("object") or node.child_by_field_name("value")
        wanted = node.child_by_field_name("attribute") or node.child_by_field_name("subscript")
        if owner is None or wanted is None:
            return None
        key = self.source.read(wanted).strip("'\"")
        flag = flag_read(self.source.read(owner), key, line(node)) if node.type == "subscript" else None
        if flag is not None:
            return flag
        name = self.source.read(owner)
        if name in {"self", "cls"}:
            declared = self.source.member(key)
            return self.condition(declared, depth + 1) if declared is not None else None
        declared = self.source.value(name, owner) if owner.type == "identifier" else None
        return self._member(declared, key, depth) if declared is not None else None

    def _member(self, declared: Node, key: str, depth: int) -> Condition:
        """The value under a key of `FEATURES = {...}`."""
        for pair in declared.named_children if declared.type == "dictionary" else ():
            name, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if name is not None and value is not None and self.source.read(name).strip("'\"") == key:
                return self.condition(value, depth + 1)
        return None
