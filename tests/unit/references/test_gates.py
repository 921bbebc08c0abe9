"""The cheap look for a text lets pass whatever the pattern behind it finds, in every snippet that the tests hold."""

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from midflight.references.builds import _CLIENTS, _REACHES
from midflight.references.declaring import _MARKS, declares_entities
from midflight.references.find import _RAILS, _may_hold_models
from midflight.references.generated import is_named_generated
from midflight.references.paths import is_test

HERE = Path(__file__).parent
MARKED = {
    ".cs": [
        "public DbSet<User> Users { get; set; }",
        "void Configure(EntityTypeBuilder<User> builder) {}",
        "model.Entity<User>();",
        "options.UseSnakeCaseNamingConvention();",
        '[Table("users")]',
    ],
    ".go": ['Name string `gorm:"column:name"`', "type User struct { gorm.Model }", "schema.NamingStrategy{}"],
    ".java": [
        "import javax.persistence.Entity;",
        "import jakarta.persistence.Entity;",
        "@SpringBootApplication",
        "@EnableJpaRepositories",
    ],
    ".php": ["class User extends Model {}", "class User extends Authenticatable {}", "class A extends Eloquent {}"],
    ".py": ["class User(models.Model):", "a = models.CharField()", "from django.contrib.auth.models import User"],
    ".rs": ["#[derive(DeriveEntityModel)]", "enum Column { DeriveColumn }", "#[derive(FromRow)]"],
}
CLIENTS = "supabase-js PostgREST postgres postgresql pgx psycopg2 sqlx diesel sqlalchemy prisma Npgsql".split()


@cache
def snippets() -> frozenset[bytes]:
    """Every text that a test of this folder spells out."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in HERE.glob("test_*.py"))
    found = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(text.encode("utf-8", "replace") for text in found if isinstance(text, str) and len(text) > 3)


def declared(suffix: str) -> Callable[[bytes], bool]:
    return lambda source: declares_entities(f"a{suffix}", source)


def missed(pattern: re.Pattern[bytes], let_pass: Callable[[bytes], object]) -> list[bytes]:
    return [text for text in snippets() if pattern.search(text) and not let_pass(text)]


@pytest.mark.parametrize("suffix", sorted(_MARKS))
def test_no_snippet_with_the_mark_of_a_mapper_is_passed_over(suffix: str) -> None:
    assert missed(_MARKS[suffix], declared(suffix)) == []


@pytest.mark.parametrize(("suffix", "line"), [(suffix, line) for suffix, lines in MARKED.items() for line in lines])
def test_each_mark_of_a_mapper_is_seen(suffix: str, line: str) -> None:
    assert declares_entities(f"a{suffix}", line.encode())


def test_no_snippet_of_rails_is_passed_over() -> None:
    assert missed(_RAILS, lambda source: _may_hold_models("lib/a.rb", source)) == []


@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_of_postgres_is_seen(client: str) -> None:
    assert _CLIENTS.find_matches_as_indexes(client.lower().encode())
    assert _REACHES.search(client.encode())


def test_no_snippet_with_a_client_of_postgres_is_passed_over() -> None:
    assert missed(_REACHES, lambda source: _CLIENTS.find_matches_as_indexes(source.lower())) == []


@pytest.mark.parametrize(
    "name",
    "a.d.ts a.d.mts a.min.js a.min.css a.generated.go a.gen.ts a_pb2.py a_PB2_grpc.py a.pb.go a.g.dart a.freezed.dart"
    " app-bundle.js app.bundle.mjs A.Designer.cs database.types.ts database-types.ts supabase.types.ts".split(),
)
def test_each_name_of_a_generated_file_is_seen(name: str) -> None:
    assert is_named_generated(f"src/{name}")


@pytest.mark.parametrize(
    "name",
    "test_a.py conftest.py a_test.go a_test.exs a_spec.rb a.test.ts a.spec.tsx a.cy.js a.e2e.ts a.stories.tsx a.mock.ts"
    " a.fixture.ts ATest.java ATests.cs ATests.swift".split(),
)
def test_each_name_of_a_test_is_seen(name: str) -> None:
    assert is_test(f"src/{name}")
