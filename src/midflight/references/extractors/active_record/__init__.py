"""Reads ActiveRecord: models, what their class bodies say of columns, and the queries that begin at a model."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import tree_sitter_ruby
from tree_sitter import Language, Node, Parser

from midflight.changes.model import NotAnalysed
from midflight.references.extractors.active_record.arguments import arguments_of, line, text_of
from midflight.references.mapping import MappedField, MappedModel, Mapper, ModelCall
from midflight.references.model import Extracted, Place
from midflight.references.rails_tables import ABSTRACT, IGNORES, PREFIX, TABLE_UNKNOWN, table_by_convention
from midflight.references.rails_words import QUERIES
from midflight.references.values import Call, Rows, Text, Value, shorten

SUFFIXES = frozenset({".rb", ".rake"})

MOST_CALLS = 5_000
DEEPEST = 200

_PARSER = Parser(Language(tree_sitter_ruby.language()))
_MAY = re.compile(
    rb"<\s*(?:::)?[A-Z]\w*(?:::\w+)*|table_name_prefix"
    rb"|\.\s*(?:where|find_by|order|pluck|select|joins|update_all|insert_all|upsert_all|create|find)\b"
)
_MACROS = frozenset(
    "belongs_to has_many has_one has_and_belongs_to_many enum validates validates_uniqueness_of scope serialize store"
    " store_accessor alias_attribute has_secure_password default_scope attribute attr_accessor attr_writer include"
    " has_one_attached has_many_attached has_rich_text composed_of accepts_nested_attributes_for".split()
)


@dataclass(slots=True)
class _Class:
    name: str
    base: str
    place: Place
    text: str
    table: str = ""
    marks: list[MappedField] = field(default_factory=list)
    macros: list[Call] = field(default_factory=list)


def extract(path: str, source: bytes) -> Extracted:
    """Give the models of one file and the calls on models, which `linking` resolves."""
    if not _MAY.search(source):
        return Extracted()
    walk = _Walk(path, source)
    walk.node(_PARSER.parse(source + b"\n").root_node, (), None, 0)
    unresolved = (NotAnalysed(path, 0, walk.problem),) if walk.problem else ()
    models = tuple(_model(one) for one in walk.classes)
    quiet = frozenset(walk.quiet)
    return Extracted(unresolved=unresolved, models=models, calls=tuple(walk.calls[:MOST_CALLS]), quiet=quiet)


def _model(one: _Class) -> MappedModel:
    """The model as `linking` knows it; its superclass stands as a relation without a name."""
    base = MappedField("<", one.place.line, target=one.base)
    table = one.table or table_by_convention(one.name, one.place.path)
    return MappedModel(
        Mapper.RAILS, one.name, one.place, table, fields=(base, *one.marks), complete=not one.table, casing=one.text
    )


@dataclass(slots=True)
class _Walk:
    path: str
    source: bytes
    classes: list[_Class] = field(default_factory=list)
    calls: list[ModelCall] = field(default_factory=list)
    problem: str = ""
    quiet: list[int] = field(default_factory=list)

    def node(
        self, node: Node, scope: tuple[str, ...], owner: _Class | None, depth: int, *, of_class: bool = False
    ) -> None:
        """Walk the tree; `of_class` says that a query without a receiver is one on the class."""
        if depth > DEEPEST or len(self.calls) >= MOST_CALLS:
            self.problem = (
                self.problem or f"the code is nested more than {DEEPEST} deep, or has more than {MOST_CALLS} queries"
            )
            return
        match node.type:
            case "class" | "module":
                self._scope(node, scope, depth)
                return
            case "singleton_method":
                of_class = owner is not None
            case "method":
                of_class = owner is not None and node.parent is not None and _is_singleton(node)
            case "assignment" | "operator_assignment" if owner is not None:
                self._assigned(node, owner)
            case "call":
                self._call(node, scope, owner, of_class=of_class)
                if owner is not None and text_of(self.source, node.child_by_field_name("method")) in {
                    "scope",
                    "default_scope",
                }:
                    of_class = True
        for child in node.named_children:
            self.node(child, scope, owner, depth + 1, of_class=of_class)

    def _scope(self, node: Node, scope: tuple[str, ...], depth: int) -> None:
        name = text_of(self.source, node.child_by_field_name("name")).removeprefix("::")
        inner = (*scope, name)
        owner = None
        if node.type == "class":
            base = node.child_by_field_name("superclass")
            written = text_of(self.source, base).lstrip("<").strip()
            if re.fullmatch(r"(?:::)?[A-Z]\w*(?:::[A-Z]\w*)*(?:\[[\d.]+\])?", written):
                full = "::".join(inner)
                owner = _Class(full, written, Place(self.path, line(node)), shorten(f"class {name} < {written}"))
                self.classes.append(owner)
        elif (prefix := _prefix(text_of(self.source, node))) is not None:
            place = Place(self.path, line(node))
            mark = (MappedField("<", place.line, target=PREFIX), MappedField(prefix, place.line))
            self.classes.append(_Class("::".join(inner), PREFIX, place, "", table="?", marks=list(mark)))
        body = node.child_by_field_name("body")
        for child in body.named_children if body is not None else []:
            self.node(child, inner, owner, depth + 1)
            self._macro(child, owner)

    def _macro(self, node: Node, owner: _Class | None) -> None:
        """A line of the class body that says something of columns."""
        name = text_of(self.source, node.child_by_field_name("method")) if node.type == "call" else ""
        if node.type == "identifier":
            name = text_of(self.source, node)
        if node.type == "method" and owner is not None:
            owner.marks.append(
                MappedField("def", line(node), target=text_of(self.source, node.child_by_field_name("name")))
            )
        if owner is not None and name == "primary_abstract_class":
            owner.marks.append(MappedField("<", line(node), target=ABSTRACT))
        if owner is None or name not in _MACROS or node.child_by_field_name("receiver") is not None:
            return
        given, options = arguments_of(self.source, node)
        step = Call(name, given, line(node), options)
        call = ModelCall(
            Mapper.RAILS, Place(self.path, line(node)), owner.name, (step,), text=_shown(self.source, node)
        )
        self.calls.append(call)
        owner.marks += _declared(step)

    def _assigned(self, node: Node, owner: _Class) -> None:
        left = text_of(self.source, node.child_by_field_name("left"))
        right = node.child_by_field_name("right")
        if left == "self.table_name" and right is not None:
            written = text_of(self.source, right)
            found = re.fullmatch(r"""["':]([\w.]+)["']?(?:\.freeze)?""", written)
            owner.table = found[1] if found else TABLE_UNKNOWN
        elif left == "self.abstract_class" and right is not None and right.type == "true":
            owner.marks.append(MappedField("<", line(node), target=ABSTRACT))
        elif left == "self.table_name_prefix" and right is not None and right.type == "string":
            owner.marks.append(MappedField("<", line(node), target=PREFIX))
            owner.marks.append(MappedField(text_of(self.source, right).strip("\"'"), line(node), relation=PREFIX))
        elif left.startswith("self.ignored_columns"):
            self.quiet += range(line(node), node.end_point[0] + 2)
            for name in re.findall(r"\w+", re.sub(r"%[iwIW]|[:\"']", " ", text_of(self.source, right))):
                owner.marks.append(MappedField(name, line(node), relation=IGNORES))

    def _call(self, node: Node, scope: tuple[str, ...], owner: _Class | None, *, of_class: bool) -> None:
        """A chain of calls, once, from its outermost one."""
        parent = node.parent
        if parent is not None and parent.type == "call" and parent.child_by_field_name("receiver") == node:
            return
        links: list[Node] = []
        here: Node | None = node
        while here is not None and here.type == "call" and len(links) < DEEPEST:
            links.append(here)
            here = here.child_by_field_name("receiver")
        links.reverse()
        root = text_of(self.source, here) if here is not None else ""
        if here is None or root == "self":
            if not (of_class and owner is not None):
                return
            model = owner.name
        elif here.type in {"constant", "scope_resolution"}:
            model = root
        else:
            return
        steps = list(self._steps(links))
        begins = steps[:1] if here is None or root == "self" else steps  # a constant may begin with a scope of its own
        if not any(step.name in QUERIES for step in begins):
            return
        uses = "::".join(scope)
        self.calls.append(
            ModelCall(
                Mapper.RAILS,
                Place(self.path, steps[0].line),
                model,
                tuple(steps),
                whole=(uses,),
                text=_shown(self.source, node),
            )
        )

    def _steps(self, links: Sequence[Node]) -> Iterator[Call]:
        for link in links:
            method = link.child_by_field_name("method")
            if method is None:
                return
            given, options = arguments_of(self.source, link)
            yield Call(text_of(self.source, method), given, line(method), options)


def _shown(source: bytes, node: Node) -> str:
    return shorten(source[node.start_byte : min(node.end_byte, node.start_byte + 400)].decode("utf-8", "replace"))


def _is_singleton(node: Node) -> bool:
    above = node.parent
    for _ in range(3):
        if above is not None and above.type == "singleton_class":
            return True
        above = above.parent if above is not None else None
    return False


def _prefix(source: str) -> str | None:
    found = re.search(r"def\s+self\.table_name_prefix\s*[;\n]?\s*[\"'](\w+)[\"']", source)
    return found[1] if found else None


def _names(value: Value | None) -> Iterator[str]:
    for each in value.items if isinstance(value, Rows) else (value,):
        if isinstance(each, Text):
            yield each.text


def _option(step: Call, name: str) -> str:
    value = step.options.get(name)
    return value.text if isinstance(value, Text) else ""


def _declared(step: Call) -> Iterator[MappedField]:  # noqa: C901 - one case for each macro
    """What a line of the class body adds to the names of the model: relations, aliases, attributes without a column."""
    first = next(_names(step.arguments[0]), "") if step.arguments else ""
    match step.name:
        case "belongs_to":
            key = _option(step, "foreign_key") or f"{first}_id"
            yield MappedField(first, step.line, target=_option(step, "class_name"), keys=(key,), relation="belongs_to")
        case "has_many" | "has_one" | "has_and_belongs_to_many":
            through = "through" in step.options or "as" in step.options or step.name.startswith("has_and")
            kind = "through" if through else step.name
            yield MappedField(first, step.line, target=_option(step, "class_name"), relation=kind)
        case "alias_attribute":
            new, old = (next(_names(each), "") for each in (*step.arguments, None, None)[:2])
            yield MappedField(new, step.line, column=old, relation="alias")
        case "scope":
            yield MappedField(first, step.line, relation="scope")
        case "include":
            yield MappedField("include", step.line, relation="include")
        case (
            "attribute"
            | "attr_accessor"
            | "attr_writer"
            | "store_accessor"
            | "has_one_attached"
            | "has_many_attached"
            | "has_rich_text"
            | "composed_of"
        ):
            skipped = 1 if step.name == "store_accessor" else 0
            for each in step.arguments[skipped:]:
                for name in _names(each):
                    yield MappedField(name, step.line, relation="virtual")
        case "has_secure_password":
            for name in (f"{first or 'password'}", f"{first or 'password'}_confirmation"):
                yield MappedField(name, step.line, relation="virtual")
