"""Type names, as format_type() prints them."""

import pytest

from midflight.operations.model import AddColumn
from support.sql_scripts import operation


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("int", "integer"),
        ("INT4", "integer"),
        ("integer", "integer"),
        ("pg_catalog.int4", "integer"),
        ("smallint", "smallint"),
        ("int2", "smallint"),
        ("bigint", "bigint"),
        ("int8", "bigint"),
        ("real", "real"),
        ("float4", "real"),
        ("float(10)", "real"),
        ("float", "double precision"),
        ("float8", "double precision"),
        ("decimal", "numeric"),
        ("numeric(10, 2)", "numeric(10,2)"),
        ("numeric(10)", "numeric(10,0)"),
        ("bool", "boolean"),
        ("varchar", "character varying"),
        ("varchar(20)", "character varying(20)"),
        ("character varying(20)", "character varying(20)"),
        ("char", "character(1)"),
        ("char(3)", "character(3)"),
        ("bpchar", "bpchar"),
        ('"char"', '"char"'),
        ("text", "text"),
        ("bit", "bit(1)"),
        ("bit(3)", "bit(3)"),
        ("bit varying(3)", "bit varying(3)"),
        ("varbit", "bit varying"),
        ("timestamp", "timestamp without time zone"),
        ("timestamp(3)", "timestamp(3) without time zone"),
        ("timestamptz", "timestamp with time zone"),
        ("timestamptz(3)", "timestamp(3) with time zone"),
        ("timestamp with time zone", "timestamp with time zone"),
        ("time", "time without time zone"),
        ("timetz(6)", "time(6) with time zone"),
        ("interval", "interval"),
        ("interval(3)", "interval(3)"),
        ("interval year to month", "interval year to month"),
        ("interval day to second(3)", "interval day to second(3)"),
        ("text[]", "text[]"),
        ("text[][]", "text[]"),
        ("text array", "text[]"),
        ("varchar(5)[3]", "character varying(5)[]"),
        ("jsonb", "jsonb"),
        ("uuid", "uuid"),
        ("public.mood", "public.mood"),
        ('"Mood"', '"Mood"'),
        ('"My Schema"."Mood"[]', '"My Schema"."Mood"[]'),
        ("vector(1536)", "vector(1536)"),
        ("extensions.vector(3)", "extensions.vector(3)"),
    ],
)
def test_a_type_is_written_as_the_server_prints_it(written, canonical):
    found = operation(f"ALTER TABLE t ADD c {written}")
    assert isinstance(found, AddColumn)
    assert found.column.type == canonical


@pytest.mark.parametrize(
    ("written", "stored"),
    [("serial", "integer"), ("bigserial", "bigint"), ("smallserial", "smallint"), ("serial8", "bigint")],
)
def test_serial_is_an_integer_that_is_never_null_and_fills_itself(written, stored):
    found = operation(f"ALTER TABLE t ADD c {written}")
    assert isinstance(found, AddColumn)
    column = found.column
    assert (column.type, column.serial, column.not_null, column.default) == (stored, True, True, None)
    assert not column.required
