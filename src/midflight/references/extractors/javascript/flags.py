"""Finds the feature flag that decides whether an expression of TypeScript or JavaScript runs."""

import re
from dataclasses import dataclass, field, replace
from itertools import islice

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
    constant,
    flag_called,
    flag_read,
    flags_object,
    guard_when,
    holds_flags,
    names_user_first,
)
from midflight.references.model import Guard
from midflight.references.values import Text

_DEEPEST = 20
_COMPARISONS = frozenset({"==", "===", "!=", "!==", ">", ">="})
_WRAPPING_CALLS = frozenset({"Boolean", "String", "Number", "JSON.parse", "parseInt", "unref", "toValue"})
_SAME_VALUE = frozenset({"toLowerCase", "toUpperCase", "trim", "toString"})
_ON_PROPERTIES = frozenset({"on", "enabled", "value", "isEnabled"})
_BLOCKS = frozenset({"statement_block", "program", "switch_case", "switch_default"})
_CALLABLES = frozenset({"function_declaration", "arrow_function", "function_expression", "method_definition"})
_MOST_USES = 50  # of one function
_MOST_CALLED = 100  # functions of one file, which may call each other


@dataclass(slots=True)
class Flags:
    """The conditions of a file, each read once."""

    names: Names
    _exits: dict[int, list[tuple[int, Guard]]] = field(default_factory=dict)
    _callers: dict[int, Guard | None] = field(default_factory=dict)

    def guard_of(self, node: Node) -> Guard | None:
        """The nearest flag that decides whether `node` runs, here or where the function around it is called."""
        path = self.names.source.path_to(node)
        for parent, child in zip(reversed(path[:-1]), reversed(path), strict=False):
            guard = self._branch(parent, child)
            if guard is None and child.type in _CALLABLES:
                guard = self._called_under(child, parent)
            if guard is not None:
                return guard
        return None

    def _called_under(self, function: Node, parent: Node) -> Guard | None:
        """The flag under which every use of a function of this file calls it; one that is exported has others."""
        if function.id in self._callers:
            return self._callers[function.id]
        if len(self._callers) >= _MOST_CALLED:
            return None
        self._callers[function.id] = None  # while its callers are looked at, which may be itself
        holder = parent if parent.type == "variable_declarator" else function
        named = holder.child_by_field_name("name")
        name = self.names.source.read(named) if named is not None and function.type != "method_definition" else ""
        guards: set[Guard | None] = set()
        if name and parent.type != "export_statement" and self.names.spend():
            guards = {self._use(name, at) for at in self._uses(name, named)}
        found = next(iter(guards)) if len(guards) == 1 else None
        self._callers[function.id] = found
        return found

    def _uses(self, name: str, declared: Node | None) -> list[int]:
        pattern = re.compile(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])")
        own = declared.start_byte if declared is not None else -1
        found = [each.start() for each in islice(pattern.finditer(self.names.source.text), _MOST_USES + 2)]
        return [at for at in found if at != own] if len(found) <= _MOST_USES else [0]

    def _use(self, name: str, at: int) -> Guard | None:
        """The flag that decides whether one use, a plain call, runs."""
        node = self.names.source.root.descendant_for_byte_range(at, at + len(name.encode()))
        path = self.names.source.path_to(node) if node is not None else []
        is_call = len(path) > 1 and path[-2].type == "call_expression"
        if not is_call or path[-2].child_by_field_name("function") != path[-1]:
            return None
        return self.guard_of(path[-2])

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
            case "switch_body" if child.type == "switch_case":
                return self._case(child)
            case kind if kind in _BLOCKS:
                return self._after_exit(parent, child)
            case _:
                return None

    def _case(self, case: Node) -> Guard | None:
        """`switch (flag) { case 'on': ... }`; what falls through from another case is not told apart."""
        path = self.names.source.path_to(case)
        subject = path[-3].child_by_field_name("value") if len(path) > 2 else None
        value = case.child_by_field_name("value")
        if subject is None or value is None:
            return None
        literal = self.names.source.read(value).strip("'\"`")
        return guard_when(compared(self.condition(subject), "===", literal), True, self.names.source.path)

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
        flag = flag_called(callee, self._flag_name(callee, given), line(node))
        if isinstance(flag, Flag) and callee == "useFlag" and b"openfeature" in self.names.source.text.lower():
            return replace(flag, provider="openfeature")
        if flag is not None:
            return flag
        if callee in _WRAPPING_CALLS and given:
            return self.condition(given[0], depth + 1)
        if function.type == "member_expression":
            return self._method(function, given, depth)
        return self._called(function, depth)

    def _flag_name(self, callee: str, given: list[Node]) -> str | None:
        """The text of the argument that names the flag; a constant of another file by its own name."""
        for node in given[: 2 if names_user_first(callee) else 1]:
            value = value_of(node, self.names)
            if isinstance(value, Text):
                return value.text
            if name := constant(self.names.source.read(node)[:200]):
                return name
        return None

    def _method(self, function: Node, given: list[Node], depth: int) -> Condition:
        owner, method = function.child_by_field_name("object"), function.child_by_field_name("property")
        if owner is None or method is None:
            return None
        name = self.names.source.read(method)
        if owner.type == "this":
            return self._answer(self._own(name), depth)
        if name == "get" and bare(owner).type == "call_expression":  # `getExperiment('x').get('on', false)`
            return self.condition(owner, depth + 1)
        if name in _SAME_VALUE:
            return self.condition(owner, depth + 1)
        return self.condition(given[0], depth + 1) if name == "includes" and given and owner.type == "array" else None

    def _called(self, function: Node, depth: int) -> Condition:
        """A function of this file that answers with a condition."""
        declared = (
            self.names.value(self.names.source.read(function), function) if function.type == "identifier" else None
        )
        return self._answer(bare(declared), depth) if declared is not None else None

    def _own(self, name: str) -> Node | None:
        """The method or getter `this.name`, where the file has one of the name, or the function that it is given."""
        pattern = re.compile(rb"(?<![\w$.])" + re.escape(name.encode()) + rb"\s*\(")
        found: list[Node] = []
        for each in islice(pattern.finditer(self.names.source.text), _MOST_USES):
            node = self.names.source.root.descendant_for_byte_range(each.start(), each.start() + len(name.encode()))
            path = self.names.source.path_to(node) if node is not None else []
            if len(path) > 1 and path[-2].type == "method_definition":
                found.append(path[-2])
        return found[0] if len(found) == 1 else self.names.member(name) if not found else None

    def _answer(self, declared: Node | None, depth: int) -> Condition:
        """What a function returns: a condition, after constants, or `true` and `false` behind `if (flag) return`."""
        body = declared.child_by_field_name("body") if declared is not None else None
        if body is None or depth > _DEEPEST:
            return None
        if body.type != "statement_block":
            return self.condition(body, depth + 1)
        statements = [child for child in body.named_children if child.type != "comment"]
        if not statements or statements[-1].type != "return_statement" or len(statements) > _DEEPEST:
            return None
        answer = statements[-1].named_children[0] if statements[-1].named_children else None
        exceptions = [
            each for each in statements[:-1] if each.type not in {"lexical_declaration", "variable_declaration"}
        ]
        if answer is None or len(exceptions) > 1:
            return None
        if not exceptions:
            return self.condition(answer, depth + 1)
        return self._except(exceptions[0], self.names.source.read(answer), depth)

    def _except(self, statement: Node, answer: str, depth: int) -> Condition:
        """`if (!flag) return false; return true`."""
        left = exits(statement.child_by_field_name("consequence")) if statement.type == "if_statement" else None
        condition = statement.child_by_field_name("condition")
        if left is None or condition is None or left.type != "return_statement" or not left.named_children:
            return None
        early = self.names.source.read(left.named_children[0])
        said = self.condition(condition, depth + 1)
        if said is None or {early, answer} != {"true", "false"}:
            return None
        return said if early == "true" else Not(said)

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
        if owner.type == "this":
            found = self._own(key)
            return self._answer(found, depth) if found is not None and found.type == "method_definition" else None
        declared = self.names.value(self.names.source.read(owner), owner) if owner.type == "identifier" else None
        if declared is not None:
            return self._member(bare(declared), key, depth)
        return self._of_flags(owner, key)

    def _of_flags(self, owner: Node, key: str) -> Condition:
        """`flags.newFlow`, where the object comes from elsewhere and is called after flags."""
        name = self.names.source.read(owner)
        taken = self.names.pattern(name, owner) if owner.type == "identifier" else None
        told = taken is None or "flag" in self.names.source.read(taken[1])[:200].lower()
        return Flag(key, "own", name, line(owner)) if holds_flags(name) and told else None

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
