"""SQLAlchemy's declarative models and SQLModel's tables."""

import pytest

from midflight.references.languages import extract
from support.reference_lines import shown

USE = "from sqlalchemy import Column\n"
CLASS = 'class User(Base):\n    __tablename__ = "users"\n'


def both(read: str, written: str | None = None, table: str = "users", at: int = 2) -> list[str]:
    """The insert and the select of one model whose columns are given as `name@line`."""
    inserted = " ".join(f"+{column}" for column in (read if written is None else written).split())
    return [f"{at} insert {table}({inserted})", f"{at} select {table}({read})"]


MODELS = {
    "mapped_column": (CLASS + "    id: Mapped[int] = mapped_column(primary_key=True)\n", both("id@4")),
    "column": (CLASS + "    id = Column(Integer, primary_key=True)\n", both("id@4")),
    "qualified_column": (
        CLASS + "    id = sa.Column(sa.Integer)\n    name = db.Column(db.Text)\n",
        both("id@4 name@5"),
    ),
    "annotation_alone": (CLASS + "    name: Mapped[str]\n    note: orm.Mapped[str | None]\n", both("name@4 note@5")),
    "column_of_another_name": (CLASS + '    kind = Column("type", String)\n', both("type@4")),
    "mapped_column_of_another_name": (CLASS + '    kind: Mapped[str] = mapped_column("type")\n', both("type@4")),
    "name_as_a_keyword": (CLASS + '    kind = mapped_column(String, name="type")\n', both("type@4")),
    "name_in_a_constant": ('NAME = "kind"\n' + CLASS + "    x = Column(NAME, String)\n", both("kind@5", at=3)),
    "several_lines": (CLASS + '    kind = Column(\n        "type",\n        String,\n    )\n', both("type@4")),
    "deferred_stays_in_inserts": (
        CLASS + "    a: Mapped[int]\n    b: Mapped[str] = mapped_column(deferred=True)\n",
        both("a@4", "a@4 b@5"),
    ),
    "deferred_call": (CLASS + "    a = Column(Integer)\n    b = deferred(Column(Text))\n", both("a@4", "a@4 b@5")),
    "not_deferred": (CLASS + "    b = mapped_column(Text, deferred=False)\n", both("b@4")),
    "server_default_leaves_inserts": (
        CLASS + '    a = Column(Integer)\n    b = Column(Text, server_default="x")\n',
        both("a@4 b@5", "a@4"),
    ),
    "computed_leaves_inserts": (
        CLASS + '    a = Column(Integer, Identity())\n    b = Column(Text, Computed("a + 1"))\n    c = Column(Text)\n',
        both("a@4 b@5 c@6", "c@6"),
    ),
    "relationships_are_no_columns": (
        (
            CLASS + '    a: Mapped[int]\n    posts: Mapped[list["Post"]] = relationship(back_populates="user")\n'
            '    tags: AssociationProxy[list[str]] = association_proxy("t", "name")\n'
            "    older = relationship('Post')\n"
        ),
        both("a@4"),
    ),
    "other_attributes_are_no_columns": (
        (
            CLASS + "    a: Mapped[int]\n    LIMIT = 3\n    kind: ClassVar[str] = 'x'\n    title = synonym('name')\n"
            "    size = column_property(func.length(a))\n    big = hybrid_property(f)\n"
        ),
        both("a@4"),
    ),
    "methods_are_no_columns": (CLASS + "    a: Mapped[int]\n    def f(self):\n        b = Column(Text)\n", both("a@4")),
    "schema": (CLASS + '    __table_args__ = {"schema": "s"}\n    a: Mapped[int]\n', both("a@5", table="s.users")),
    "schema_after_constraints": (
        CLASS + '    __table_args__ = (UniqueConstraint("a"), {"schema": "s"})\n    a: Mapped[int]\n',
        both("a@5", table="s.users"),
    ),
    "constraints_alone": (CLASS + '    __table_args__ = (Index("i", "a"),)\n    a: Mapped[int]\n', both("a@5")),
    "schema_in_a_variable": (
        CLASS + '    __table_args__ = {"schema": settings.schema}\n    a: Mapped[int]\n',
        ["2 ? the table of the model `User` is put in by the code"],
    ),
    "schema_of_all_tables": (
        'class Base(DeclarativeBase):\n    metadata = MetaData(schema="s")\n' + CLASS + "    a: Mapped[int]\n",
        ["4 ? the table of the model `User` is put in by the code"],
    ),
    "table_in_a_variable": (
        "class User(Base):\n    __tablename__ = prefix + name()\n    a: Mapped[int]\n",
        ["2 ? the table of the model `User` is put in by the code"],
    ),
    "mixin": (
        "class Stamps:\n    made: Mapped[str]\n" + CLASS.replace("Base", "Stamps, Base") + "    a: Mapped[int]\n",
        both("a@6 made@3", at=4),
    ),
    "abstract_base": (
        (
            "class Root(Base):\n    __abstract__ = True\n    id: Mapped[int]\n"
            + CLASS.replace("Base", "Root")
            + "    a: Mapped[int]\n"
        ),
        both("a@7 id@4", at=5),
    ),
    "base_in_another_file": (CLASS.replace("Base", "Stamps") + "    a: Mapped[int]\n", both("a@4")),
    "overridden": (
        "class M:\n    a: Mapped[int]\n" + CLASS.replace("Base", "M") + '    a = Column("b", Text)\n',
        both("b@6", at=4),
    ),
    "single_table": (
        CLASS + "    a: Mapped[int]\nclass Admin(User):\n    level: Mapped[int]\n",
        [*both("a@4"), *both("level@6", at=5)],
    ),
    "joined_tables": (
        CLASS + '    a: Mapped[int]\nclass Admin(User):\n    __tablename__ = "admins"\n    b: Mapped[int]\n',
        [*both("a@4"), *both("b@7", table="admins", at=5)],
    ),
    "classes_that_extend_each_other": (
        CLASS.replace("Base", "B") + "    a: Mapped[int]\nclass B(User):\n    pass\n",
        both("a@4"),
    ),
    "another_database": (CLASS + '    __bind_key__ = "x"\n    a: Mapped[int]\n', []),
    "not_mapped": ("class User:\n    a = Column(Text)\n# __tablename__\n", []),
    "no_columns": (CLASS + "    __table__ = t\n", []),
    "another_library": ("class User(Base):\n    __tablename__ = 'x'\n    a = fields.Text()\n", []),
    "in_a_string": ("S = '''\n" + CLASS + "    a: Mapped[int]\n'''\n", []),
}

TABLES = {
    "default_table": (
        "class TeamMember(SQLModel, table=True):\n    id: int | None = Field(default=None, primary_key=True)\n",
        both("id@3", table="teammember"),
    ),
    "own_table": (
        'class Hero(SQLModel, table=True):\n    __tablename__ = "heroes"\n    name: str\n',
        both("name@4", table="heroes"),
    ),
    "defaults": ("class Hero(SQLModel, table=True):\n    age: int = 3\n", both("age@3", table="hero")),
    "shared_fields": (
        "class Base(SQLModel):\n    name: str\nclass Hero(Base, table=True):\n    id: int\n",
        both("id@5 name@3", table="hero", at=4),
    ),
    "own_column": (
        'class Hero(SQLModel, table=True):\n    kind: str = Field(sa_column=Column("type", Text))\n',
        both("type@3", table="hero"),
    ),
    "renamed_column": (
        'class Hero(SQLModel, table=True):\n    kind: str = Field(sa_column_kwargs={"name": "type"})\n',
        both("type@3", table="hero"),
    ),
    "relationship": (
        "class Hero(SQLModel, table=True):\n    id: int\n    team: Team = Relationship(back_populates='heroes')\n",
        both("id@3", table="hero"),
    ),
    "class_variables": (
        "class Hero(SQLModel, table=True):\n    id: int\n    LIMIT: ClassVar[int] = 3\n    _x: int = 2\n",
        both("id@3", table="hero"),
    ),
    "data_alone": ("class Hero(SQLModel):\n    id: int\n# table=True\n", []),
}


@pytest.mark.parametrize(("source", "expected"), MODELS.values(), ids=MODELS.keys())
def test_declarative_models_name_their_columns(source: str, expected: list[str]) -> None:
    assert shown("app/models.py", USE + source) == expected


@pytest.mark.parametrize(("source", "expected"), TABLES.values(), ids=TABLES.keys())
def test_sqlmodel_tables_name_their_fields(source: str, expected: list[str]) -> None:
    assert shown("app/models.py", "from sqlmodel import Field, SQLModel\n" + source) == expected


def test_a_file_without_the_library_is_no_model() -> None:
    assert shown("app/models.py", CLASS + "    a = Column(Text)\n") == []


def test_hostile_nesting_is_a_value() -> None:
    source = USE + CLASS + "    a = Column(" + "(" * 10_000 + "Text" + ")" * 10_000 + ")\n"
    assert {reference.place.line for reference in extract("app/models.py", source.encode()).references} <= {2}


def test_a_long_line_of_ancestors_ends() -> None:
    classes = "".join(f"class C{n}(C{n + 1}):\n    x{n}: Mapped[int]\n" for n in range(1_000))
    found = extract("app/models.py", (USE + CLASS.replace("Base", "C0") + classes).encode()).references
    assert len(found) == 2
