"""SQLAlchemy's declarative models and SQLModel's tables."""

from midflight.references.languages import extract
from support.reference_lines import shown

USE = "from sqlalchemy import Column\n"
CLASS = 'class User(Base):\n    __tablename__ = "users"\n'


def test_a_file_without_the_library_is_no_model() -> None:
    assert shown("app/models.py", CLASS + "    a = Column(Text)\n") == []


def test_hostile_nesting_is_a_value() -> None:
    source = USE + CLASS + "    a = Column(" + "(" * 10_000 + "Text" + ")" * 10_000 + ")\n"
    assert {reference.place.line for reference in extract("app/models.py", source.encode()).references} <= {2}


def test_a_long_line_of_ancestors_ends() -> None:
    classes = "".join(f"class C{n}(C{n + 1}):\n    x{n}: Mapped[int]\n" for n in range(1_000))
    found = extract("app/models.py", (USE + CLASS.replace("Base", "C0") + classes).encode()).references
    assert len(found) == 2
