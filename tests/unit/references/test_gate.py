"""A file is passed over only where neither a word nor a sign of a model is in it, whatever the case."""

import pytest

from midflight.references.gate import Gate
from midflight.references.words import word_finder

GATE = Gate(word_finder(frozenset({"settled_at"})))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.ts", b"export const one = 1"),
        ("a.go", b"package one // drizzle, typeorm"),
        ("a.php", b"<?php echo 1;"),
        ("a.sh", b"extends Model"),
        ("lib/user.rb", b"class User; end"),
    ],
)
def test_a_file_with_nothing_in_it_is_passed_over(path: str, source: bytes) -> None:
    assert GATE.stops(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.sh", b"psql -c 'select settled_at'"),
        ("a.go", b"row.SettledAt"),
        ("a.tsx", b"row.settledAt"),
        ("a.ts", b"import { pgTable } from 'drizzle-orm/pg-core'"),
        ("a.js", b"const { DataTypes } = require('Sequelize')"),
        ("a.vue", b"import { Entity } from 'TypeORM'"),
        ("a.go", b'`gorm:"column:at"`'),
        ("a.java", b"import jakarta.persistence.Entity;"),
        ("a.kt", b"interface A : CrudRepository<B, C>"),
        ("a.php", b"class A extends Model {}"),
        ("a.py", b"class A(models.Model): ..."),
        ("a.cs", b"DbSet<A> As"),
        ("a.rs", b"#[derive(DeriveEntityModel)]"),
        ("lib/user.rb", b"class User < ApplicationRecord; end"),
        ("app/models/user.rb", b"class User; end"),
        ("schema.prisma", b""),
    ],
)
def test_a_file_that_may_hold_something_is_read(path: str, source: bytes) -> None:
    assert not GATE.stops(path, source)


def test_without_a_word_only_models_count() -> None:
    none = Gate(word_finder(frozenset()))

    assert none.stops("a.sh", b"settled_at")
    assert not none.stops("a.py", b"models.Model")
