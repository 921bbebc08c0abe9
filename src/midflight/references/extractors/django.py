"""Reads Django's models: the columns that its object mapper lists by itself in every SELECT and INSERT.

A row is read with all concrete fields; an insert names all but generated ones and a key that the database makes, also
those with a `db_default`, for which it sends DEFAULT (Django 5.2, `Model._save_table`).
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from midflight.changes.model import NotAnalysed
from midflight.migrations.formats.django.state import Field
from midflight.migrations.formats.django.types import FOREIGN, MANY, NO_COLUMN, TYPES
from midflight.migrations.python import Call, Module, Ref, Text, Value, parse_python, plain
from midflight.references.django_words import OF_ROWS
from midflight.references.entities import Entity, Member
from midflight.references.model import Extracted, Place

SUFFIXES = frozenset({".py"})
MOST_CLASSES = 2_000

_MARKS = re.compile(
    rb"\bmodels\.(?:Model\b|\w+(?:Field|Key)\()|django\.contrib\.auth\.(?:models|base_user)"
    rb"|(?:Manager|Query[sS]et)(?:\[[^\]\n]{0,100}\])?[,)]|\.from_queryset\("
)
_NEEDLES = (b"models.", b"django.contrib.auth", b"Manager", b"QuerySet", b"Queryset")
_ROWS = re.compile(r"(?:Manager|Query[sS]et)\Z")
_ROOT = "django.db.models.Model"
_KNOWN = frozenset(TYPES) | FOREIGN | {MANY} | NO_COLUMN
_OTHERS = ("django.forms", "rest_framework", "graphene", "wtforms", "marshmallow", "django_filters", "import_export")
_FIELDS = ("django.db.models.", "django.contrib.postgres.", "django.contrib.gis.")
_USER = ("password", "last_login")
_CONTRIB = {
    "AbstractBaseUser": _USER,
    "PermissionsMixin": ("is_superuser",),
    "AbstractUser": (
        *("id", *_USER, "is_superuser", "username", "first_name"),
        *("last_name", "email", "is_staff", "is_active", "date_joined"),
    ),
}


@dataclass(frozen=True, slots=True)
class _Base:
    """What a class extends: its own name, and the whole as its imports tell."""

    name: str
    whole: str


def extract(path: str, source: bytes) -> Extracted:
    """Give the models of one file, abstract ones among them."""
    if not any(needle in source for needle in _NEEDLES) or "/migrations/" in f"/{path}":
        return Extracted()
    if not _MARKS.search(source) or b"django" not in source:
        return Extracted()
    module = parse_python(path, source.decode("utf-8", "replace"))
    if isinstance(module, NotAnalysed):
        return Extracted(unresolved=(module,))
    nodes = [node for node in module.tree.body if isinstance(node, ast.ClassDef)]
    found = [entity for node in nodes[:MOST_CLASSES] if (entity := _entity(path, module, node)) is not None]
    found += [rows for node in module.tree.body[:MOST_CLASSES] if (rows := _rows(path, module, node)) is not None]
    more = (NotAnalysed(path, 0, f"the file holds more than {MOST_CLASSES} classes; the rest is not read"),)
    return Extracted(models=tuple(found), unresolved=more if len(nodes) > MOST_CLASSES else ())


def _entity(path: str, module: Module, node: ast.ClassDef) -> Entity | None:
    bases = [_Base(each.last, each.name) for base in node.bases if isinstance(each := module.value(base), Ref)]
    if not bases:
        return None
    fields = list(_fields(module, node))
    plain_model = any(_is_root(base) for base in bases)
    # a mixin comes before the model that a class extends (Django documentation, "Models")
    last = next((base for base in bases if _is_root(base)), bases[-1])
    if not plain_model and not fields and last.whole.startswith(("django.", "rest_framework.", "graphene")):
        return None
    own = any(one.call.name.startswith(_FIELDS) for _, one in fields)
    meta = _meta(module, node)
    abstract, proxy = plain(meta.get("abstract")) is True, plain(meta.get("proxy")) is True
    table, why = _table(path, node.name, meta)
    members = [_member(line, one) for line, one in fields if one.has_column or not one.kind]
    members += [relation for line, one in fields if (relation := _relation(line, one)) is not None]
    members += [Member("is proxy", node.lineno)] if proxy else []
    members += _managers(module, node)
    mixins = [base for base in bases if base != last and base.name not in _CONTRIB]
    members += [Member("", node.lineno, embeds=f"django:{base.name}", mixin=True) for base in mixins]
    contrib = [name for base in bases for name in _CONTRIB.get(base.name, ())]
    members += [Member(name, node.lineno, name, written=name != "id", key=name == "id") for name in contrib]
    if not any(member.key for member in members):
        members.append(Member("$id", node.lineno, "id", written=False, key=True, implied=True))
    return Entity(
        "django",
        node.name,
        Place(path, node.lineno),
        table=table.rpartition('"."')[2].strip('"'),
        members=tuple(members),
        bases=(last.name,),
        known=plain_model or last.name in _CONTRIB,
        mapped=not abstract and not proxy,
        given=own and not abstract,
        framed=not plain_model and not own,
        inheritance="own",
        untold=why,
        text=f"class {node.name}({', '.join(base.name for base in bases)})"[:200],
    )


def _is_root(base: _Base) -> bool:
    return base.whole in {_ROOT, "django.contrib.gis.db.models.Model"} or base.whole.endswith(".models.Model")


def _fields(module: Module, node: ast.ClassDef) -> Iterator[tuple[int, Field]]:
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as value):
                pass
            case _:
                continue
        call = module.value(value)
        if isinstance(call, Call) and _is_field(call):
            yield statement.lineno, Field(name, call)


def _is_field(call: Call) -> bool:
    if call.name.startswith(_OTHERS):
        return False
    named = call.last.endswith(("Field", "ForeignKey", "ParentalKey")) and call.last != "Field"
    return call.last in _KNOWN or named


def _member(line: int, one: Field) -> Member:
    if not one.kind:  # a field of somebody else's may have several columns, or none
        return Member(one.name, line, unknown=True)
    automatic = one.is_key and one.kind.endswith("AutoField")
    written = not automatic and one.kind != "GeneratedField"
    return Member(one.name, line, one.column, written=written, key=one.is_key)


def _meta(module: Module, node: ast.ClassDef) -> dict[str, Value]:
    inner = next((each for each in node.body if isinstance(each, ast.ClassDef) and each.name == "Meta"), None)
    found: dict[str, Value] = {}
    for each in inner.body if inner is not None else ():
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = module.value(value)
    return found


def _table(path: str, name: str, meta: dict[str, Value]) -> tuple[str, str]:
    """The table, or why it is not known."""
    given = plain(meta.get("db_table"))
    if isinstance(given, str) and given:
        return given, ""
    if "db_table" in meta:
        return "", "the code makes its name when it runs"
    label = plain(meta.get("app_label"))
    app = label if isinstance(label, str) else _app(path)
    return (f"{app}_{name.lower()}", "") if app else ("", "its file is in no app's `models`")


def _app(path: str) -> str:
    """The folder of the app whose `models` a file is, or is in."""
    parts = PurePosixPath(path).with_suffix("").parts
    at = max((at for at, part in enumerate(parts) if part == "models" and parts[at - 1 : at] != ("models",)), default=0)
    return parts[at - 1] if at else ""


def _relation(line: int, one: Field) -> Member | None:
    """What a field says of the table at its other end, and by which names that leads back."""
    target = _target(one.call.get("to", 0)) if one.kind in FOREIGN or one.is_many else ""
    if not target:
        return None
    kind = "many" if one.is_many else "one" if one.kind == "OneToOneField" else "key"
    said = [("kind", kind)]
    for option in ("related_name", "related_query_name", "db_table", "through"):
        given = one.call.get(option)
        if given is not None:
            text = _target(given) if option == "through" else plain(given)
            said.append((option, text if isinstance(text, str) else "+"))
    return Member(f"relation {one.name}", line, refers=f"django:{target}", renamed=tuple(said))


def _target(value: Value) -> str:
    """The model that a relation names, "" where it is made when the program runs."""
    match value:
        case Text(text="self"):
            return "self"
        case Text(text=text) if "." in text or text.isidentifier():
            return f"label {text}" if "." in text else f"label .{text}"
        case Ref(name=name) if name.endswith("AUTH_USER_MODEL"):
            return "user"
        case Call(name=name) if name.endswith("get_user_model"):
            return "user"
        case Ref(name=name):
            return f"path {name}"
    return ""


def _managers(module: Module, node: ast.ClassDef) -> Iterator[Member]:
    """The managers of a model with the classes that make them."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as value):
                pass
            case _:
                continue
        made = list(_names(module, value))
        if name == "objects" or any(_ROWS.search(each) or each.endswith(_MAKERS) for each in made):
            yield Member(f"manager {name}", statement.lineno)
            for each in made:
                last = each.removesuffix(".as_manager").removesuffix(".from_queryset").rpartition(".")[2]
                yield Member(f"made {name}", statement.lineno, refers=f"django rows:{last}")


_MAKERS = (".as_manager", ".from_queryset")


def _names(module: Module, node: ast.expr) -> Iterator[str]:
    """The classes in `X()`, `X.as_manager()`, `X.from_queryset(Y)()`."""
    waiting: list[ast.expr] = [node]
    for _ in range(20):
        if not waiting:
            return
        here = waiting.pop()
        if isinstance(here, ast.Call):
            waiting += [here.func, *here.args]
        elif isinstance(found := module.value(here), Ref):
            yield found.name


def _rows(path: str, module: Module, node: ast.stmt) -> Entity | None:
    """A manager or a query set of the project, with its methods that give rows of the same model."""
    place = Place(path, node.lineno)
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr="from_queryset")) as value):
            made = [each.removesuffix(".from_queryset").rpartition(".")[2] for each in _names(module, value)]
            return Entity("django rows", name, place, bases=tuple(made))
        case ast.ClassDef():
            bases = list(_row_bases(module, node))
    if not isinstance(node, ast.ClassDef) or not any(_ROWS.search(name) for name, _ in bases):
        return None
    methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
    members = [Member(f"method {name}", each.lineno) for name, each in methods.items()]
    members += [Member(f"returns {name}", each.lineno) for name, each in methods.items() if _returns(each, methods)]
    members += [Member("rows", node.lineno, refers=f"django:{model}") for _, model in bases if model]
    return Entity("django rows", node.name, place, bases=tuple(name for name, _ in bases), members=tuple(members))


def _row_bases(module: Module, node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The classes that a class extends, each with the model in `QuerySet["Order"]`."""
    for base in node.bases:
        model = ""
        if isinstance(base, ast.Subscript):
            inner = module.value(base.slice)
            model = _target(inner)
            base = base.value  # noqa: PLW2901 - what is subscribed is the class
        if isinstance(base, ast.Call):
            for name in _names(module, base):
                yield name.removesuffix(".from_queryset").rpartition(".")[2], ""
        elif isinstance(found := module.value(base), Ref):
            yield found.last, model


def _returns(method: ast.FunctionDef, methods: Mapping[str, ast.FunctionDef]) -> bool:
    """Whether all that a method returns are rows of the same query."""
    nodes = list(islice(ast.walk(method), 3_000))
    returned = [each.value for each in nodes if isinstance(each, ast.Return) and each.value is not None]
    assigned: dict[str, list[ast.expr]] = {}
    for each in nodes:
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                assigned.setdefault(name, []).append(value)
    return bool(returned) and all(_is_chain(each, methods, assigned, 0) for each in returned)


def _is_chain(
    node: ast.expr, methods: Mapping[str, ast.FunctionDef], assigned: Mapping[str, list[ast.expr]], depth: int
) -> bool:
    """Whether an expression is a chain of calls on `self` that each give rows."""
    for _ in range(100):
        match node:
            case ast.Call(func=ast.Attribute(attr=name, value=inner)) if name in OF_ROWS or name in methods:
                node = inner
            case ast.Call(func=ast.Name(id="super")) | ast.Name(id="self"):
                return True
            case ast.Name(id=name) if name in assigned and depth < 4:
                known = assigned[name]
                return all(_root(each) == name or _is_chain(each, methods, assigned, depth + 1) for each in known)
            case _:
                return False
    return False


def _root(node: ast.expr) -> str:
    for _ in range(100):
        match node:
            case ast.Call(func=ast.Attribute(attr=name, value=inner)) if name in OF_ROWS:
                node = inner
            case ast.Name(id=name):
                return name
            case _:
                return ""
    return ""
