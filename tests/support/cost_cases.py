"""What operations cost, as a table: the model and a real server are both held to it."""

from dataclasses import dataclass

AX, EX, SRX, SHARE = "ACCESS EXCLUSIVE", "EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE"
SUX, RX = "SHARE UPDATE EXCLUSIVE", "ROW EXCLUSIVE"
NONE, SCAN, BUILD, REWRITE = "none", "scan", "index-build", "rewrite"

Cost = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Case:
    """A statement on a schema, and what it holds: relation -> lock and work.

    `since` and `until` are the versions for which `held` is the answer. `alone` marks what runs outside a
    transaction, where only the work can be seen; `counted` a scan that the server announces by no message.
    """

    title: str
    schema: str
    sql: str
    held: Cost
    since: int = 12
    until: int = 18
    alone: bool = False
    counted: bool = False

    def on(self, version: int) -> bool:
        """Whether the case speaks of this version."""
        return self.since <= version <= self.until


T = (
    "CREATE TABLE t (id int PRIMARY KEY, a int, b text, v varchar(10), n numeric(10,2), ts timestamp, tz timestamptz,"
    " ip inet, net cidr);"
)
PAIR = "CREATE TABLE p (id int PRIMARY KEY, k int UNIQUE); CREATE TABLE c (id int PRIMARY KEY, p_id int);"
LINKED = "CREATE TABLE p (id int PRIMARY KEY, n int); CREATE TABLE c (p_id int CONSTRAINT fk REFERENCES p, x int);"
PARTED = (
    "CREATE TABLE m (id int, d int NOT NULL) PARTITION BY RANGE (d);"
    "CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (0) TO (10);"
)
DEFAULTED = PARTED + "CREATE TABLE rest PARTITION OF m DEFAULT;"
LOOSE = "CREATE TABLE x (id int, d int NOT NULL);"
PROVEN = "CREATE TABLE x (id int, d int NOT NULL, CHECK (d >= 10 AND d < 20));"
POSITIVE = "CREATE DOMAIN positive AS int CHECK (VALUE > 0);"
ROUTINE = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql {} AS $$ BEGIN RETURN 1; END $$;"
TRIGGER = "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
MADE = TRIGGER + T + "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g();"
VIEW = T + "CREATE MATERIALIZED VIEW mv AS SELECT id, a FROM t; CREATE UNIQUE INDEX mvi ON mv (id);"


def t(lock: str = AX, work: str = NONE) -> Cost:
    """The cost of a statement that concerns `t` alone."""
    return {"t": (lock, work)}


def add(title: str, column: str, work: str = NONE, *, before: str = "", since: int = 12) -> Case:
    """ADD COLUMN to `t`."""
    return Case(f"add column: {title}", before + T, f"ALTER TABLE t ADD COLUMN z {column}", t(AX, work), since)


def retype(title: str, old: str, new: str, work: str = NONE, *, extra: str = "") -> Case:
    """ALTER COLUMN TYPE of `x` of a table of its own."""
    schema = f"CREATE TABLE t (id int PRIMARY KEY, x {old}); {extra}"
    return Case(f"change type: {title}", schema, f"ALTER TABLE t ALTER COLUMN x TYPE {new}", t(AX, work))


COLUMNS = [
    add("nullable", "int"),
    add("constant default", "int DEFAULT 5"),
    add("required with a constant default", "int NOT NULL DEFAULT 5"),
    add("required without a default", "int NOT NULL", SCAN),
    add("now() is stable", "timestamptz NOT NULL DEFAULT now()"),
    add("current_timestamp", "timestamptz DEFAULT current_timestamp"),
    add("timezone of now()", "timestamp DEFAULT timezone('utc'::text, now())"),
    add("empty array", "text[] NOT NULL DEFAULT '{}'::text[]"),
    add("constant expression", "text DEFAULT ('a' || 'b')"),
    add("plain domain", "plain", before="CREATE DOMAIN plain AS int;"),
    add("plain domain with a default", "plain DEFAULT 4", before="CREATE DOMAIN plain AS int;"),
    add("clock_timestamp()", "timestamptz DEFAULT clock_timestamp()", REWRITE),
    add("random()", "float8 DEFAULT random()", REWRITE),
    add("timeofday()", "text DEFAULT timeofday()", REWRITE),
    add("volatile inside an expression", "int DEFAULT (1 + (random() * 10)::int)", REWRITE),
    add("a string that names a volatile function", "text DEFAULT 'random()'"),
    add("gen_random_uuid()", "uuid DEFAULT gen_random_uuid()", REWRITE, since=13),
    add("nextval()", "int DEFAULT nextval('q')", REWRITE, before="CREATE SEQUENCE q;"),
    add("serial", "serial", REWRITE),
    add("bigserial", "bigserial", REWRITE),
    add("identity", "int GENERATED ALWAYS AS IDENTITY", REWRITE),
    add("generated stored", "int GENERATED ALWAYS AS (a * 2) STORED", REWRITE),
    add("generated virtual", "int GENERATED ALWAYS AS (a * 2) VIRTUAL", since=18),
    add("own volatile function", "int DEFAULT f()", REWRITE, before=ROUTINE.format("")),
    add("own stable function", "int DEFAULT f()", before=ROUTINE.format("STABLE")),
    add("own immutable function", "int DEFAULT f()", before=ROUTINE.format("IMMUTABLE")),
    add("constrained domain", "positive", REWRITE, before=POSITIVE),
    add("constrained domain with a default", "positive DEFAULT 3", REWRITE, before=POSITIVE),
    add("required domain", "needed DEFAULT 3", REWRITE, before="CREATE DOMAIN needed AS int NOT NULL;"),
    add("check", "int CHECK (z > 0)", SCAN),
    add("check with a default", "int DEFAULT 5 CHECK (z > 0)", SCAN),
    add("unique", "int UNIQUE", BUILD),
    Case(
        "add column and a check that is not valid, in one statement",
        T,
        "ALTER TABLE t ADD COLUMN z int, ADD CONSTRAINT zc CHECK (z > 0) NOT VALID",
        t(),
    ),
    Case(
        "add column: references without a default",
        PAIR,
        "ALTER TABLE c ADD COLUMN z int REFERENCES p",
        {"c": (AX, NONE), "p": (SRX, NONE)},
    ),
    Case(
        "add column: references with a default",
        PAIR,
        "ALTER TABLE c ADD COLUMN z int DEFAULT 1 REFERENCES p",
        {"c": (AX, SCAN), "p": (SRX, NONE)},
    ),
    Case("add column: twice with IF NOT EXISTS", T, "ALTER TABLE t ADD COLUMN IF NOT EXISTS a serial", t()),
    Case(
        "add column: partitions",
        PARTED,
        "ALTER TABLE m ADD COLUMN z int",
        {"m": (AX, NONE), "m1": (AX, NONE)},
    ),
    Case(
        "add column: serial on partitions",
        PARTED,
        "ALTER TABLE m ADD COLUMN z serial",
        {"m": (AX, NONE), "m1": (AX, REWRITE)},
    ),
    Case("drop column", T, "ALTER TABLE t DROP COLUMN a", t()),
    Case(
        "drop column: with a foreign key",
        LINKED,
        "ALTER TABLE c DROP COLUMN p_id",
        {"c": (AX, NONE), "p": (AX, NONE)},
    ),
    Case(
        "drop column: referenced, cascading",
        LINKED,
        "ALTER TABLE p DROP COLUMN id CASCADE",
        {"c": (AX, NONE), "p": (AX, NONE)},
    ),
    Case(
        "drop column: with a view on it, cascading",
        T
        + "CREATE VIEW w AS SELECT a FROM t; CREATE VIEW ww AS SELECT a FROM w; CREATE VIEW other AS SELECT b FROM t;",
        "ALTER TABLE t DROP COLUMN a CASCADE",
        {"t": (AX, NONE), "w": (AX, NONE), "ww": (AX, NONE)},
    ),
    Case("rename column", T, "ALTER TABLE t RENAME COLUMN a TO aa", t()),
    Case("rename table", T, "ALTER TABLE t RENAME TO tt", t()),
    Case("set default", T, "ALTER TABLE t ALTER COLUMN a SET DEFAULT 4", t()),
    Case("drop default", T, "ALTER TABLE t ALTER COLUMN a DROP DEFAULT", t()),
    Case("add identity", T, "ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY", t()),
    Case("drop not null", T + "ALTER TABLE t ALTER a SET NOT NULL;", "ALTER TABLE t ALTER COLUMN a DROP NOT NULL", t()),
    Case(
        "drop expression",
        "CREATE TABLE t (a int, g int GENERATED ALWAYS AS (a + 1) STORED);",
        "ALTER TABLE t ALTER COLUMN g DROP EXPRESSION",
        t(),
        since=13,
    ),
    Case(
        "set expression",
        "CREATE TABLE t (a int, g int GENERATED ALWAYS AS (a + 1) STORED);",
        "ALTER TABLE t ALTER COLUMN g SET EXPRESSION AS (a + 2)",
        t(AX, REWRITE),
        since=17,
    ),
    Case("set statistics", T, "ALTER TABLE t ALTER COLUMN a SET STATISTICS 500", t(SUX)),
    Case("set storage", T, "ALTER TABLE t ALTER COLUMN b SET STORAGE EXTERNAL", t()),
    Case("set compression", T, "ALTER TABLE t ALTER COLUMN b SET COMPRESSION pglz", t(), since=14),
]

NOT_NULL = [
    Case("set not null without a proof", T, "ALTER TABLE t ALTER COLUMN a SET NOT NULL", t(AX, SCAN)),
    Case(
        "set not null, proven by a check",
        T + "ALTER TABLE t ADD CHECK (a IS NOT NULL);",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        t(),
    ),
    Case(
        "set not null, proven by a part of a check",
        T + "ALTER TABLE t ADD CHECK (a IS NOT NULL AND a > 0);",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        t(),
    ),
    Case(
        "set not null, a check that does not prove it",
        T + "ALTER TABLE t ADD CHECK (a IS NOT NULL OR b IS NOT NULL);",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        t(AX, SCAN),
    ),
    Case(
        "set not null, a check of another column",
        T + "ALTER TABLE t ADD CHECK (b IS NOT NULL);",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        t(AX, SCAN),
    ),
    Case(
        "set not null, a check that is not valid",
        T + "ALTER TABLE t ADD CHECK (a IS NOT NULL) NOT VALID;",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        t(AX, SCAN),
    ),
    Case(
        "set not null and drop the proof, in one statement",
        T + "ALTER TABLE t ADD CONSTRAINT proof CHECK (a IS NOT NULL);",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL, DROP CONSTRAINT proof",
        t(AX, SCAN),
    ),
    Case("set not null twice", T, "ALTER TABLE t ALTER COLUMN id SET NOT NULL", t()),
    Case("named not null", T, "ALTER TABLE t ADD CONSTRAINT nn NOT NULL a", t(AX, SCAN), since=18),
    Case("named not null, not valid", T, "ALTER TABLE t ADD CONSTRAINT nn NOT NULL a NOT VALID", t(), since=18),
    Case(
        "validate a not null",
        T + "ALTER TABLE t ADD CONSTRAINT nn NOT NULL a NOT VALID;",
        "ALTER TABLE t VALIDATE CONSTRAINT nn",
        t(SUX, SCAN),
        since=18,
    ),
    Case(
        "set not null after one that is not valid",
        T + "ALTER TABLE t ADD CONSTRAINT nn NOT NULL a NOT VALID;",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        t(AX, SCAN),
        since=18,
    ),
]

TYPES = [
    retype("varchar grows", "varchar(10)", "varchar(20)"),
    retype("varchar without a limit", "varchar(10)", "varchar"),
    retype("varchar to text", "varchar(10)", "text"),
    retype("varchar to text, indexed", "varchar(10)", "text", extra="CREATE INDEX i ON t (x);"),
    retype("text to varchar", "text", "varchar"),
    retype("xml to text", "xml", "text"),
    retype("text to a domain without rules", "text", "plain", extra="CREATE DOMAIN plain AS text;"),
    retype("numeric grows", "numeric(10,2)", "numeric(12,2)"),
    retype("numeric without a limit", "numeric(10,2)", "numeric"),
    retype("timestamp precision grows", "timestamp(3)", "timestamp(6)"),
    retype("time precision grows", "time(3)", "time(6)"),
    retype("interval precision ends", "interval(3)", "interval"),
    retype("timestamptz to timestamp under UTC", "timestamptz", "timestamp"),
    retype("timestamp to timestamptz under UTC", "timestamp", "timestamptz"),
    retype("cidr to inet", "cidr", "inet"),
    retype("varbit grows", "varbit(5)", "varbit(9)"),
    retype("same type", "int", "int"),
    retype("redundant USING", "varchar(10)", "text USING x::text"),
    retype("redundant CAST", "varchar(10)", "text USING CAST(x AS text)"),
    retype("int to bigint", "int", "bigint", REWRITE),
    retype("smallint to int", "smallint", "int", REWRITE),
    retype("int to text", "int", "text", REWRITE),
    retype("varchar shrinks", "varchar(10)", "varchar(5)", REWRITE),
    retype("text to varchar with a limit", "text", "varchar(10)", REWRITE),
    retype("char to text", "char(5)", "text", REWRITE),
    retype("char grows", "char(5)", "char(9)", REWRITE),
    retype("numeric gets a limit", "numeric", "numeric(10,2)", REWRITE),
    retype("timestamp with the precision it has", "timestamp", "timestamp(6)"),
    retype("timestamp to timestamptz, precision grows", "timestamp(3)", "timestamptz(6)"),
    retype("array of varchar to array of text", "varchar(10)[]", "text[]", REWRITE),
    retype("two redundant casts", "varchar(10)", "text USING x::varchar::text"),
    retype("a cast to the new size", "varchar(10)", "varchar(20) USING x::varchar(20)"),
    retype("a cast to the new number of digits", "numeric(10,2)", "numeric(12,2) USING (x)::numeric(12,2)"),
    retype("casts in brackets", "varchar(10)", "text USING ((x::varchar(12))::text)"),
    retype("a sum of casts", "text", "text USING (x::text || x::text)", REWRITE),
    retype("a cast that cuts", "varchar(10)", "text USING x::varchar(5)::text", REWRITE),
    Case(
        "change type: a constrained domain to its base",
        POSITIVE + "CREATE TABLE t (x positive);",
        "ALTER TABLE t ALTER COLUMN x TYPE int",
        t(),
    ),
    retype("numeric scale", "numeric(10,2)", "numeric(12,4)", REWRITE),
    retype("numeric shrinks", "numeric(10,2)", "numeric(8,2)", REWRITE),
    retype("timestamp precision shrinks", "timestamp", "timestamp(3)", REWRITE),
    retype("timestamp AT TIME ZONE", "timestamp", "timestamptz USING x AT TIME ZONE 'UTC'", REWRITE),
    retype("timestamp to date", "timestamp", "date", REWRITE),
    retype("inet to cidr", "inet", "cidr", REWRITE),
    retype("json to jsonb", "json", "jsonb", REWRITE),
    retype("text to jsonb", "text", "jsonb USING x::jsonb", REWRITE),
    retype("text to an enum", "text", "mood USING x::mood", REWRITE, extra="CREATE TYPE mood AS ENUM ('a');"),
    retype("int to a constrained domain", "int", "positive", REWRITE, extra=POSITIVE),
    retype("an expression", "text", "text USING lower(x)", REWRITE),
    retype("timestamp to timestamptz, indexed", "timestamp", "timestamptz", BUILD, extra="CREATE INDEX i ON t (x);"),
    retype("timestamptz to timestamp, indexed", "timestamptz", "timestamp", BUILD, extra="CREATE INDEX i ON t (x);"),
    retype("collation", "text", 'text COLLATE "C"'),
    retype("collation, indexed", "text", 'text COLLATE "C"', BUILD, extra="CREATE INDEX i ON t (x);"),
    retype("in an expression index", "varchar(10)", "text", BUILD, extra="CREATE INDEX i ON t (lower(x));"),
    retype("in a partial index", "varchar(10)", "text", BUILD, extra="CREATE INDEX i ON t (x) WHERE id > 3;"),
    retype("index of another column", "varchar(10)", "text", extra="CREATE INDEX i ON t ((id + 1));"),
    retype("under a check", "varchar(10)", "text", SCAN, extra="ALTER TABLE t ADD CHECK (x <> '');"),
    Case(
        "change type: of a foreign key",
        LINKED,
        "ALTER TABLE c ALTER COLUMN p_id TYPE bigint",
        {"c": (AX, REWRITE), "p": (AX, NONE)},
    ),
    Case(
        "change type: of a referenced key",
        LINKED,
        "ALTER TABLE p ALTER COLUMN id TYPE bigint",
        {"c": (AX, SCAN), "p": (AX, REWRITE)},
    ),
    Case(
        "change type: of a foreign key without a rewrite",
        "CREATE TABLE p (k varchar(10) PRIMARY KEY); CREATE TABLE c (p_k varchar(10) REFERENCES p);",
        "ALTER TABLE c ALTER COLUMN p_k TYPE varchar(20)",
        {"c": (AX, NONE), "p": (AX, NONE)},
    ),
    Case(
        "change type: partitions",
        PARTED,
        "ALTER TABLE m ALTER COLUMN id TYPE bigint",
        {"m": (AX, NONE), "m1": (AX, REWRITE)},
    ),
]

CONSTRAINTS = [
    Case("add check", T, "ALTER TABLE t ADD CHECK (a > 0)", t(AX, SCAN)),
    Case("add check, not valid", T, "ALTER TABLE t ADD CHECK (a > 0) NOT VALID", t()),
    Case("add check, not enforced", T, "ALTER TABLE t ADD CHECK (a > 0) NOT ENFORCED", t(), since=18),
    Case(
        "validate a check",
        T + "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID;",
        "ALTER TABLE t VALIDATE CONSTRAINT k",
        t(SUX, SCAN),
    ),
    Case(
        "validate a check that is valid",
        T + "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0);",
        "ALTER TABLE t VALIDATE CONSTRAINT k",
        t(SUX),
    ),
    Case(
        "add foreign key",
        PAIR,
        "ALTER TABLE c ADD FOREIGN KEY (p_id) REFERENCES p",
        {"c": (SRX, SCAN), "p": (SRX, NONE)},
    ),
    Case(
        "add foreign key, not valid",
        PAIR,
        "ALTER TABLE c ADD FOREIGN KEY (p_id) REFERENCES p NOT VALID",
        {"c": (SRX, NONE), "p": (SRX, NONE)},
    ),
    Case(
        "add foreign key, not enforced",
        PAIR,
        "ALTER TABLE c ADD FOREIGN KEY (p_id) REFERENCES p NOT ENFORCED",
        {"c": (SRX, NONE), "p": (SRX, NONE)},
        since=18,
    ),
    Case(
        "validate a foreign key",
        PAIR + "ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p NOT VALID;",
        "ALTER TABLE c VALIDATE CONSTRAINT fk",
        {"c": (SUX, SCAN)},
    ),
    Case("drop foreign key", LINKED, "ALTER TABLE c DROP CONSTRAINT fk", {"c": (AX, NONE), "p": (AX, NONE)}),
    Case(
        "drop a referenced key, cascading",
        LINKED,
        "ALTER TABLE p DROP CONSTRAINT p_pkey CASCADE",
        {"c": (AX, NONE), "p": (AX, NONE)},
    ),
    Case("add unique", T, "ALTER TABLE t ADD UNIQUE (a)", t(AX, BUILD)),
    Case("add primary key", "CREATE TABLE t (a int);", "ALTER TABLE t ADD PRIMARY KEY (a)", t(AX, BUILD)),
    Case("add exclusion", T, "ALTER TABLE t ADD EXCLUDE USING btree (a WITH =)", t(AX, BUILD)),
    Case(
        "unique using an index",
        T + "CREATE UNIQUE INDEX u ON t (a);",
        "ALTER TABLE t ADD UNIQUE USING INDEX u",
        t(),
    ),
    Case(
        "primary key using an index, required column",
        "CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX u ON t (a);",
        "ALTER TABLE t ADD PRIMARY KEY USING INDEX u",
        t(),
    ),
    Case(
        "primary key using an index, nullable column",
        "CREATE TABLE t (a int); CREATE UNIQUE INDEX u ON t (a);",
        "ALTER TABLE t ADD PRIMARY KEY USING INDEX u",
        t(AX, SCAN),
    ),
    Case(
        "rename constraint",
        LINKED,
        "ALTER TABLE c RENAME CONSTRAINT fk TO fk2",
        {"c": (AX, NONE)},
    ),
    Case("drop check", T + "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0);", "ALTER TABLE t DROP CONSTRAINT k", t()),
    Case("drop primary key", T, "ALTER TABLE t DROP CONSTRAINT t_pkey", t()),
    Case(
        "alter constraint",
        LINKED,
        "ALTER TABLE c ALTER CONSTRAINT fk DEFERRABLE",
        {"c": (AX, NONE)},
    ),
    Case(
        "enforce a foreign key",
        PAIR + "ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p NOT ENFORCED;",
        "ALTER TABLE c ALTER CONSTRAINT fk ENFORCED",
        {"c": (AX, SCAN), "p": (SRX, NONE)},
        since=18,
    ),
    Case(
        "stop enforcing a foreign key",
        LINKED,
        "ALTER TABLE c ALTER CONSTRAINT fk NOT ENFORCED",
        {"c": (AX, NONE), "p": (AX, NONE)},
        since=18,
    ),
    Case("create table with a foreign key", PAIR, "CREATE TABLE d (p_id int REFERENCES p)", {"p": (SRX, NONE)}),
    Case("create table", T, "CREATE TABLE d (id int PRIMARY KEY, n int UNIQUE CHECK (n > 0))", {}),
    Case("create table as", T, "CREATE TABLE d AS SELECT * FROM t", {}),
    Case("add check on partitions", PARTED, "ALTER TABLE m ADD CHECK (id > 0)", {"m": (AX, NONE), "m1": (AX, SCAN)}),
    Case(
        "add foreign key on partitions",
        PAIR + PARTED,
        "ALTER TABLE m ADD FOREIGN KEY (id) REFERENCES p",
        {"m": (SRX, NONE), "m1": (SRX, SCAN), "p": (SRX, NONE)},
    ),
]

INDEXES = [
    Case("create index", T, "CREATE INDEX i ON t (a)", t(SHARE, BUILD)),
    Case("create index concurrently", T, "CREATE INDEX CONCURRENTLY i ON t (a)", t(SUX, BUILD), alone=True),
    Case(
        "create index on partitions",
        PARTED,
        "CREATE INDEX i ON m (id)",
        {"m": (SHARE, NONE), "m1": (SHARE, BUILD)},
    ),
    Case("create index on the parent only", PARTED, "CREATE INDEX i ON ONLY m (id)", {"m": (SHARE, NONE)}),
    Case("create index that exists", T + "CREATE INDEX i ON t (a);", "CREATE INDEX IF NOT EXISTS i ON t (a)", t(SHARE)),
    Case("drop index", T + "CREATE INDEX i ON t (a);", "DROP INDEX i", t()),
    Case("drop index concurrently", T + "CREATE INDEX i ON t (a);", "DROP INDEX CONCURRENTLY i", t(SUX), alone=True),
    Case("rename index", T + "CREATE INDEX i ON t (a);", "ALTER INDEX i RENAME TO j", {"i": (SUX, NONE)}),
    Case(
        "reindex index",
        T + "CREATE INDEX i ON t (a);",
        "REINDEX INDEX i",
        {"t": (SHARE, BUILD), "i": (AX, NONE)},
    ),
    Case("reindex table", T, "REINDEX TABLE t", {"t": (SHARE, BUILD), "t_pkey": (AX, NONE)}),
    Case("reindex table concurrently", T, "REINDEX TABLE CONCURRENTLY t", t(SUX, BUILD), alone=True),
]

PARTITIONS = [
    Case(
        "attach",
        PARTED + LOOSE,
        "ALTER TABLE m ATTACH PARTITION x FOR VALUES FROM (10) TO (20)",
        {"m": (SUX, NONE), "x": (AX, SCAN)},
    ),
    Case(
        "attach, proven by a check",
        PARTED + PROVEN,
        "ALTER TABLE m ATTACH PARTITION x FOR VALUES FROM (10) TO (20)",
        {"m": (SUX, NONE), "x": (AX, NONE)},
    ),
    Case(
        "attach beside a default partition",
        DEFAULTED + PROVEN,
        "ALTER TABLE m ATTACH PARTITION x FOR VALUES FROM (10) TO (20)",
        {"m": (SUX, NONE), "x": (AX, NONE), "rest": (AX, SCAN)},
    ),
    Case(
        "attach with an index to build",
        PARTED + PROVEN + "CREATE INDEX mi ON m (id);",
        "ALTER TABLE m ATTACH PARTITION x FOR VALUES FROM (10) TO (20)",
        {"m": (SUX, NONE), "x": (AX, BUILD)},
    ),
    Case(
        "create a partition",
        PARTED,
        "CREATE TABLE m2 PARTITION OF m FOR VALUES FROM (10) TO (20)",
        {"m": (AX, NONE)},
    ),
    Case(
        "create a partition that a check of the default partition excludes",
        DEFAULTED + "ALTER TABLE rest ADD CHECK (NOT (d >= 10 AND d < 20));",
        "CREATE TABLE m2 PARTITION OF m FOR VALUES FROM (10) TO (20)",
        {"m": (AX, NONE), "rest": (AX, NONE)},
    ),
    Case(
        "create a partition, the default partition excludes it in other words",
        DEFAULTED + "ALTER TABLE rest ADD CHECK (d < 10 OR d >= 20);",
        "CREATE TABLE m2 PARTITION OF m FOR VALUES FROM (10) TO (20)",
        {"m": (AX, NONE), "rest": (AX, NONE)},
    ),
    Case(
        "create a partition that a check excludes, of a column that can be NULL",
        "CREATE TABLE m (id int, s text) PARTITION BY LIST (s); CREATE TABLE rest PARTITION OF m DEFAULT;"
        "ALTER TABLE rest ADD CHECK (NOT (s IS NOT NULL AND s IN ('a', 'b')));",
        "CREATE TABLE m2 PARTITION OF m FOR VALUES IN ('a', 'b')",
        {"m": (AX, NONE), "rest": (AX, NONE)},
    ),
    Case(
        "create a partition, the default partition excludes less",
        DEFAULTED + "ALTER TABLE rest ADD CHECK (NOT (d >= 10 AND d < 15));",
        "CREATE TABLE m2 PARTITION OF m FOR VALUES FROM (10) TO (20)",
        {"m": (AX, NONE), "rest": (AX, SCAN)},
        counted=True,
    ),
    Case(
        "create a partition beside a default partition",
        DEFAULTED,
        "CREATE TABLE m2 PARTITION OF m FOR VALUES FROM (10) TO (20)",
        {"m": (AX, NONE), "rest": (AX, SCAN)},
        counted=True,
    ),
    Case(
        "detach",
        PARTED,
        "ALTER TABLE m DETACH PARTITION m1",
        {"m": (AX, NONE), "m1": (AX, NONE)},
        since=14,
    ),
    Case(
        "detach beside a default partition",
        DEFAULTED,
        "ALTER TABLE m DETACH PARTITION m1",
        {"m": (AX, NONE), "m1": (AX, NONE), "rest": (AX, NONE)},
        since=14,
    ),
    Case("rename a column of partitions", PARTED, "ALTER TABLE m RENAME id TO i", {"m": (AX, NONE), "m1": (AX, NONE)}),
    Case(
        "trigger on partitions",
        TRIGGER + PARTED,
        "CREATE TRIGGER tr AFTER INSERT ON m FOR EACH ROW EXECUTE FUNCTION g()",
        {"m": (SRX, NONE), "m1": (SRX, NONE)},
    ),
    Case(
        "inherit",
        "CREATE TABLE b (a int); CREATE TABLE t (a int);",
        "ALTER TABLE t INHERIT b",
        {"t": (AX, NONE), "b": (SUX, NONE)},
    ),
    Case(
        "stop inheriting", "CREATE TABLE b (a int); CREATE TABLE t () INHERITS (b);", "ALTER TABLE t NO INHERIT b", t()
    ),
    Case(
        "create an inheriting table",
        "CREATE TABLE b (a int);",
        "CREATE TABLE k () INHERITS (b)",
        {"b": (SUX, NONE)},
    ),
    Case(
        "attach beside a foreign key of the parent",
        PAIR + PARTED + PROVEN + "ALTER TABLE m ADD FOREIGN KEY (id) REFERENCES p;",
        "ALTER TABLE m ATTACH PARTITION x FOR VALUES FROM (10) TO (20)",
        {"m": (SUX, NONE), "x": (AX, SCAN), "p": (SRX, NONE)},
    ),
    Case("detach before 14", PARTED, "ALTER TABLE m DETACH PARTITION m1", {"m": (AX, NONE)}, until=13),
    Case(
        "detach concurrently",
        PARTED,
        "ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY",
        {"m": (SUX, NONE), "m1": (AX, NONE)},
        since=14,
        alone=True,
    ),
    Case("drop a partition", PARTED, "DROP TABLE m1", {"m": (AX, NONE), "m1": (AX, NONE)}),
]

TABLES = [
    Case("drop table", T, "DROP TABLE t", t()),
    Case("drop table with a foreign key", LINKED, "DROP TABLE c", {"c": (AX, NONE), "p": (AX, NONE)}),
    Case("drop table, cascading", LINKED, "DROP TABLE p CASCADE", {"c": (AX, NONE), "p": (AX, NONE)}),
    Case("set unlogged", T, "ALTER TABLE t SET UNLOGGED", t(AX, REWRITE)),
    Case("set logged", "CREATE UNLOGGED TABLE t (a int);", "ALTER TABLE t SET LOGGED", t(AX, REWRITE)),
    Case("set logged twice", T, "ALTER TABLE t SET LOGGED", t()),
    Case("set fillfactor", T, "ALTER TABLE t SET (fillfactor = 70)", t(SUX)),
    Case("set autovacuum", T, "ALTER TABLE t SET (autovacuum_enabled = false)", t(SUX)),
    Case("same access method", T, "ALTER TABLE t SET ACCESS METHOD heap", t(), since=15),
    Case("same tablespace", T, "ALTER TABLE t SET TABLESPACE pg_default", t()),
    Case("replica identity", T, "ALTER TABLE t REPLICA IDENTITY FULL", t()),
    Case("owner", T, "ALTER TABLE t OWNER TO CURRENT_USER", t()),
    Case("set schema", T + "CREATE SCHEMA s;", "ALTER TABLE t SET SCHEMA s", t()),
    Case("cluster", T, "CLUSTER t USING t_pkey", t(AX, REWRITE), alone=True),
    Case("vacuum full", T, "VACUUM FULL t", t(AX, REWRITE), alone=True),
    Case("truncate", T, "TRUNCATE t", t()),
    Case("truncate, cascading", LINKED, "TRUNCATE p CASCADE", {"c": (AX, NONE), "p": (AX, NONE)}),
    Case("lock table", T, "LOCK TABLE t IN SHARE MODE", t(SHARE)),
    Case("update of every row", T, "UPDATE t SET a = 1", t(RX, SCAN), counted=True),
    Case("update of some rows", T, "UPDATE t SET a = 1 WHERE id = 4", t(RX)),
    Case("delete of every row", T, "DELETE FROM t", t(RX, SCAN), counted=True),
    Case("insert", T, "INSERT INTO t (id) VALUES (1)", t(RX)),
    Case("empty a materialized view", VIEW, "REFRESH MATERIALIZED VIEW mv WITH NO DATA", {"mv": (AX, NONE)}),
    Case("refresh a materialized view", VIEW, "REFRESH MATERIALIZED VIEW mv", {"mv": (AX, REWRITE)}),
    Case(
        "refresh a materialized view concurrently",
        VIEW,
        "REFRESH MATERIALIZED VIEW CONCURRENTLY mv",
        {"mv": (EX, SCAN)},
        counted=True,
    ),
    Case(
        "replace a view",
        T + "CREATE VIEW w AS SELECT a FROM t;",
        "CREATE OR REPLACE VIEW w AS SELECT a FROM t",
        {"w": (AX, NONE)},
    ),
    Case("drop a view", T + "CREATE VIEW w AS SELECT a FROM t;", "DROP VIEW w", {"w": (AX, NONE)}),
]

OBJECTS = [
    Case(
        "create trigger", TRIGGER + T, "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g()", t(SRX)
    ),
    Case("disable trigger", MADE, "ALTER TABLE t DISABLE TRIGGER tr", t(SRX)),
    Case("drop trigger", MADE, "DROP TRIGGER tr ON t", t()),
    Case("rename trigger", MADE, "ALTER TRIGGER tr ON t RENAME TO tr2", t()),
    Case("create policy", T, "CREATE POLICY o ON t USING (true)", t()),
    Case("alter policy", T + "CREATE POLICY o ON t USING (true);", "ALTER POLICY o ON t USING (false)", t()),
    Case("drop policy", T + "CREATE POLICY o ON t USING (true);", "DROP POLICY o ON t", t()),
    Case("enable row security", T, "ALTER TABLE t ENABLE ROW LEVEL SECURITY", t()),
    Case("force row security", T, "ALTER TABLE t FORCE ROW LEVEL SECURITY", t()),
    Case("create rule", T, "CREATE RULE r AS ON DELETE TO t DO ALSO NOTHING", t()),
    Case("comment", T, "COMMENT ON TABLE t IS 'x'", t(SUX)),
    Case("grant", T, "GRANT SELECT ON t TO PUBLIC", {}),
    Case("create function", T, "CREATE FUNCTION h() RETURNS int LANGUAGE sql AS 'SELECT 1'", {}),
    Case("create statistics", T, "CREATE STATISTICS st ON a, b FROM t", t(SUX)),
    Case(
        "add an enum value",
        "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (m mood);",
        "ALTER TYPE mood ADD VALUE 'b'",
        {},
    ),
    Case(
        "domain: add a check",
        POSITIVE + "CREATE TABLE t (a positive);",
        "ALTER DOMAIN positive ADD CHECK (VALUE < 9)",
        t(SHARE, SCAN),
        counted=True,
    ),
    Case(
        "domain: add a check, not valid",
        POSITIVE + "CREATE TABLE t (a positive);",
        "ALTER DOMAIN positive ADD CHECK (VALUE < 9) NOT VALID",
        {},
    ),
    Case(
        "domain: validate a check",
        POSITIVE + "ALTER DOMAIN positive ADD CONSTRAINT k CHECK (VALUE < 9) NOT VALID; CREATE TABLE t (a positive);",
        "ALTER DOMAIN positive VALIDATE CONSTRAINT k",
        t(SHARE, SCAN),
        counted=True,
    ),
    Case(
        "domain: set not null",
        POSITIVE + "CREATE TABLE t (a positive);",
        "ALTER DOMAIN positive SET NOT NULL",
        t(SHARE, SCAN),
        counted=True,
    ),
    Case("domain: set default", POSITIVE + "CREATE TABLE t (a positive);", "ALTER DOMAIN positive SET DEFAULT 3", {}),
    Case(
        "drop a type, cascading",
        "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int, m mood);",
        "DROP TYPE mood CASCADE",
        t(),
    ),
    Case("drop a function", MADE, "DROP FUNCTION IF EXISTS nothing()", {}),
    Case("drop a function that a trigger runs, cascading", MADE, "DROP FUNCTION g() CASCADE", t()),
    Case("publication", T, "CREATE PUBLICATION pb FOR TABLE t", t(SUX)),
]

CASES = [*COLUMNS, *NOT_NULL, *TYPES, *CONSTRAINTS, *INDEXES, *PARTITIONS, *TABLES, *OBJECTS]
