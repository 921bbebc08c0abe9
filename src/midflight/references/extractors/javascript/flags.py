"""Finds the feature flag that decides whether an expression of TypeScript or JavaScript runs."""

from dataclasses import dataclass, field

from tree_sitter import Node

from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, bare, exits, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.guards import (
    Condition,
    Either,
    Every,
    Flag,
    Not,
    after_exit,
    compared,
    flag_called,
    flag_read,
    flags_object,
    guard_when,
)
from midflight.references.model import Guard
from midflight.references.values import Text

_DEEPEST = 20
_COMPARISONS = frozenset({"==", "===", "!=", "!==", ">", ">="})
_WRAPPING_CALLS = frozenset({"Boolean", "String", "Number", "JSON.parse", "parseInt", "unref", "toValue"})
_SAME_VALUE = frozenset({"toLowerCase", "toUpperCase", "trim", "toString"})
_ON_PROPERTIES = frozenset({"on", "enabled", "value", "isEnabled"})
_BLOCKS = frozenset({"statement_block", "program", "switch_case", "switch_default"})


@dataclass(slots=True)
class Flags:
    """The conditions of a file, each read once."""

    names: Names
    _exits: dict[int, list[tuple[int, Guard]]] = field(default_factory=dict)

    def guard_of(self, node: Node) -> Guard | None:
        """The nearest flag that decides whether `node` runs."""
        path = self.names.source.path_to(node)
        for parent, child in zip(reversed(path[:-1]), reversed(path), strict=False):
            guard = self._branch(parent, child)
            if guard is not None:
                return guard
        return None

    def _branch(self, parent: Node, child: Node) -> Guard | None:
        path = self.names.source.path
        match parent.type:
            case "if_statement" | "ternary_expression":
                condition = parent.child_by_field_name("condition")
                if condition is None or child == condition:
                    return None
                outcome = child == parent.child_by_field_name("consequence")
                return guard_when(self.condition(condition), outcome, path)
            case "binary_expression" if child == parent.child_by_field_name("right"):
                operator, left = parent.child_by_field_name("operator"), parent.child_by_field_name("left")
                if operator is None or left is None or operator.type not in {"&&", "||"}:
                    return None
                return guard_when(self.condition(left), operator.type == "&&", path)
            case kind if kind in _BLOCKS:
                return self._after_exit(parent, child)
            case _:
                return None

    def _after_exit(self, block: Node, child: Node) -> Guard | None:
        """The guard that an earlier `if (!FLAG) return` of the same block gives."""
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
            thrown = left.type == "throw_statement"
            guard = after_exit(self.condition(condition), thrown=thrown, path=self.names.source.path)
            if guard is not None:
                found.append((statement.end_byte, guard))
        return found

    def condition(self, node: Node, depth: int = 0) -> Condition:
        """What a condition says of flags."""
        node = bare(node)
        if depth > _DEEPEST or not self.names.spend():
            return None
        match node.type:
            case "unary_expression":
                return self._negation(node, depth)
            case "binary_expression":
                return self._operation(node, depth)
            case "call_expression":
                return self._call(node, depth)
            case "member_expression" | "subscript_expression":
                return self._property(node, depth)
            case "identifier":
                return self._name(node, depth)
            case "ternary_expression":
                condition = node.child_by_field_name("condition")
                return self.condition(condition, depth + 1) if condition is not None else None
            case _:
                return None

    def _negation(self, node: Node, depth: int) -> Condition:
        argument = node.child_by_field_name("argument")
        if argument is None or not self.names.source.read(node).startswith("!"):
            return None
        inner = self.condition(argument, depth + 1)
        return Not(inner) if inner is not None else None

    def _operation(self, node: Node, depth: int) -> Condition:
        operator, left, right = (node.child_by_field_name(name) for name in ("operator", "left", "right"))
        if operator is None or left is None or right is None:
            return None
        first = self.condition(left, depth + 1)
        if operator.type == "??":
            return first
        second = self.condition(right, depth + 1)
        if operator.type in _COMPARISONS:
            literal = right if first is not None else left
            return compared(first or second, operator.type, self.names.source.read(literal).strip("'\"`"))
        if operator.type == "||":
            return first if right.type in {"string", "false", "true"} else Either((first, second))
        return Every((first, second)) if operator.type == "&&" else None

    def _call(self, node: Node, depth: int) -> Condition:
        function = node.child_by_field_name("function")
        if function is None:
            return None
        callee = self.names.source.read(function)
        given = arguments(node)
        first = value_of(given[0], self.names) if given else None
        flag = flag_called(callee, first.text if isinstance(first, Text) else None, line(node))
        if flag is not None:
            return flag
        if callee in _WRAPPING_CALLS and given:
            return self.condition(given[0], depth + 1)
        if function.type == "member_expression":
            return self._method(function, given, depth)
        return self._called(function, depth)

    def _method(self, function: Node, given: list[Node], depth: int) -> Condition:
        owner, method = function.child_by_field_name("object"), function.child_by_field_name("property")
        if owner is None or method is None:
            return None
        name = self.names.source.read(method)
        if name in _SAME_VALUE:
            return self.condition(owner, depth + 1)
        return self.condition(given[0], depth + 1) if name == "includes" and given and owner.type == "array" else None

    def _called(self, function: Node, depth: int) -> Condition:
        """A function of this file whose one statement returns a condition."""
        declared = (
            self.names.value(self.names.source.read(function), function) if function.type == "identifier" else None
        )
        body = declared.child_by_field_name("body") if declared is not None else None
        if body is None:
            return None
        if body.type != "statement_block":
            return self.condition(body, depth + 1)
        last = exits(body)
        inner = last.named_children if last is not None and last.type == "return_statement" else []
        return self.condition(inner[0], depth + 1) if inner and len(body.named_children) == 1 else None

    def _property(self, node: Node, depth: int) -> Condition:
        owner = node.child_by_field_name("object")
        wanted = node.child_by_field_name("property") or node.child_by_field_name("index")
        if owner is None or wanted is None:
            return None
        owner = bare(owner)
        key = self.names.source.read(wanted).strip("'\"`")
        flag = flag_read(self.names.source.read(owner), key, line(node))
        if flag is not None:
            return flag
        if owner.type == "call_expression":
            return self._call_property(owner, key, depth)
        if owner.type != "identifier":
            return None
        declared = self.names.value(self.names.source.read(owner), owner)
        return self._member(bare(declared), key, depth) if declared is not None else None

    def _call_property(self, call: Node, key: str, depth: int) -> Condition:
        provided = self._provided(call, key)
        return provided or (self.condition(call, depth + 1) if key in _ON_PROPERTIES else None)

    def _member(self, declared: Node, key: str, depth: int) -> Condition:
        if declared.type == "call_expression":
            return self._call_property(declared, key, depth)
        if declared.type != "object":
            return flag_read(self.names.source.read(declared), key, line(declared))
        for pair in declared.named_children:
            name, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if name is not None and value is not None and self.names.source.read(name).strip("'\"") == key:
                return self.condition(value, depth + 1)
        return None

    def _provided(self, call: Node, key: str) -> Condition:
        """`useFlags().newFlow`: every property is a flag."""
        function = call.child_by_field_name("function")
        callee = self.names.source.read(function) if function is not None else ""
        provider = flags_object(callee)
        return Flag(key, provider, callee, line(call)) if provider else None

    def _name(self, node: Node, depth: int) -> Condition:
        name = self.names.source.read(node)
        declared = self.names.value(name, node)
        if declared is not None:
            return self.condition(declared, depth + 1)
        taken = self.names.pattern(name, node)
        return self._member(bare(taken[1]), taken[0], depth) if taken else None
