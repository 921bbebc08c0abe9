"""SQL that a store beside the database runs is no reference to the database."""

import pytest

from midflight.references.extractors.javascript import extract

QUERY = "`select a from t where id = 1`"
OTHER = {
    "function": f"async function clickhouseQuery(id) {{ return rawQuery({QUERY}); }}\n",
    "arrow": f"const bigQueryRows = async () => rawQuery({QUERY});\n",
    "method": f"class Store {{ async duckdbRows() {{ return this.run({QUERY}); }} }}\n",
    "class": f"class SnowflakeStore {{ async rows() {{ return this.run({QUERY}); }} }}\n",
    "callee": f"await rawQueryClickhouse({QUERY});\n",
    "client": f"await clickhouse.query({QUERY});\n",
    "taken from its client": f"function rows() {{ const {{ rawQuery }} = clickhouse; return rawQuery({QUERY}); }}\n",
    "key": f"run({{ [CLICKHOUSE]: () => rawQuery({QUERY}) }});\n",
}
DATABASE = {
    "beside another": f"run({{ [CLICKHOUSE]: () => click(args), [PRISMA]: () => rawQuery({QUERY}) }});\n",
    "taken from a client": f"function rows() {{ const {{ rawQuery }} = prisma; return rawQuery({QUERY}); }}\n",
    "imported beside": f"import clickhouse from 'lib/clickhouse';\nfunction rows() {{ return rawQuery({QUERY}); }}\n",
    "named in a comment": f"// not for ClickHouse\nfunction rows() {{ return rawQuery({QUERY}); }}\n",
}


@pytest.mark.parametrize("code", OTHER.values(), ids=OTHER)
def test_a_query_for_another_store_is_left_alone(code: str) -> None:
    assert extract("src/a.ts", code.encode()).queries == ()


@pytest.mark.parametrize("code", DATABASE.values(), ids=DATABASE)
def test_a_query_that_only_stands_near_another_store_is_read(code: str) -> None:
    assert [query.text for query in extract("src/a.ts", code.encode()).queries] == [QUERY.strip("`")]
