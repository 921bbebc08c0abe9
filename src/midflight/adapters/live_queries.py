"""The queries that read a schema from `pg_catalog` (PostgreSQL 12 to 18; run on 15 and 18)."""
# ruff: noqa: S608 - the texts are put together from constants of this file alone

_OURS = """
n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = {catalog}::regclass AND e.objid = {oid} AND e.deptype = 'e')
"""


def _ours(catalog: str, oid: str) -> str:
    return _OURS.format(catalog=f"'{catalog}'", oid=oid)


SCHEMAS = f"""
SELECT n.nspname, CASE WHEN n.nspname = 'public' THEN '' ELSE pg_get_userbyid(n.nspowner) END
FROM pg_namespace n WHERE {_ours("pg_namespace", "n.oid")}
"""

EXTENSIONS = "SELECT e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"

PUBLICATIONS = "SELECT pubname FROM pg_publication"

RELATIONS = f"""
SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity, c.relpersistence::text,
  CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
  c.relispartition, pg_get_expr(c.relpartbound, c.oid), tn.nspname, t.relname, a.attname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
  AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
LEFT JOIN pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND {_ours("pg_class", "c.oid")}
"""

COLUMNS = f"""
SELECT c.oid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text, a.attgenerated::text,
  pg_get_expr(d.adbin, d.adrelid),
  CASE WHEN a.attcollation <> t.typcollation THEN quote_ident(co.collname) END,
  EXISTS (SELECT 1 FROM pg_depend s JOIN pg_class q ON q.oid = s.objid AND q.relkind = 'S'
          WHERE s.classid = 'pg_class'::regclass AND s.refclassid = 'pg_class'::regclass AND s.refobjid = c.oid
          AND s.refobjsubid = a.attnum AND s.deptype = 'a')
    AND coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation co ON co.oid = a.attcollation
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {_ours("pg_class", "c.oid")}
ORDER BY c.oid, a.attnum
"""

CONSTRAINTS = f"""
SELECT c.oid, k.conname, k.contype::text, pg_get_constraintdef(k.oid),
  (SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u(attnum, place)
   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum),
  rn.nspname, r.relname,
  (SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY u(attnum, place)
   JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum),
  k.confdeltype::text, k.convalidated, k.condeferrable, k.connoinherit
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class r ON r.oid = k.confrelid LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND {_ours("pg_class", "c.oid")}
UNION ALL
SELECT c.oid, k.conname, 'n', pg_get_constraintdef(k.oid), ARRAY[a.attname::text], NULL, NULL, NULL, ' ',
  k.convalidated, false, k.connoinherit
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.contype = 'n' AND k.conname <> c.relname || '_' || a.attname || '_not_null' AND {_ours("pg_class", "c.oid")}
ORDER BY 1, 2
"""

VIEW_SOURCES = f"""
SELECT DISTINCT w.ev_class, sn.nspname, s.relname, a.attname
FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class AND c.relkind IN ('v', 'm')
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class s ON s.oid = d.refobjid JOIN pg_namespace sn ON sn.oid = s.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
WHERE {_ours("pg_class", "c.oid")}
ORDER BY 1, 2, 3, 4
"""

PARENTS = """
SELECT i.inhrelid, n.nspname, c.relname
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent AND c.relkind IN ('r', 'p', 'f')
JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY i.inhrelid, i.inhseqno
"""

INDEXES = f"""
SELECT n.nspname, i.relname, n.nspname, c.relname,
  (SELECT array_agg(ARRAY[a.attname::text, pg_get_indexdef(x.indexrelid, u.place::int, false)] ORDER BY u.place)
   FROM unnest(x.indkey) WITH ORDINALITY u(attnum, place)
   LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = u.attnum AND u.attnum > 0),
  x.indnkeyatts, pg_get_indexdef(x.indexrelid), x.indisunique, m.amname, pg_get_expr(x.indpred, x.indrelid),
  x.indisvalid, k.conname
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = i.relam
LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = x.indrelid
WHERE {_ours("pg_class", "c.oid")}
"""

ROUTINES = f"""
SELECT n.nspname, p.proname, p.prokind::text,
  (SELECT coalesce(array_agg(format_type(u.t, NULL) ORDER BY u.place), '{{}}')
   FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY u(t, place)),
  p.proargnames::text[], p.proargmodes::text[],
  (SELECT array_agg(pg_get_function_arg_default(p.oid, u.place::int) ORDER BY u.place)
   FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY u(t, place)),
  pg_get_function_result(p.oid), l.lanname,
  CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END, p.prosrc,
  p.prosecdef, p.provolatile::text, p.proisstrict, p.proconfig
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE {_ours("pg_proc", "p.oid")}
AND NOT EXISTS (SELECT 1 FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')
"""

TYPES = f"""
SELECT t.oid, n.nspname, t.typname, t.typtype::text,
  (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
  CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, t.typnotnull, t.typdefault
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE t.typtype IN ('e', 'd', 'c', 'r') AND (c.oid IS NULL OR c.relkind = 'c') AND {_ours("pg_type", "t.oid")}
"""

DOMAIN_CHECKS = """
SELECT contypid, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
WHERE contypid <> 0 AND contype = 'c' ORDER BY 1, 2
"""

ATTRIBUTES = """
SELECT c.reltype, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum
"""

TRIGGERS = f"""
SELECT n.nspname, c.relname, t.tgname, fn.nspname, f.proname, pg_get_triggerdef(t.oid), t.tgtype::int,
  (SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(t.tgattr) WITH ORDINALITY u(attnum, place)
   JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = u.attnum),
  t.tgenabled::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_namespace fn ON fn.oid = f.pronamespace
WHERE NOT t.tgisinternal AND {_ours("pg_class", "c.oid")}
"""

POLICIES = f"""
SELECT n.nspname, c.relname, p.polname, p.polcmd::text, p.polpermissive,
  (SELECT array_agg(CASE WHEN u.r = 0 THEN 'public' ELSE pg_get_userbyid(u.r)::text END)
   FROM unnest(p.polroles) u(r)),
  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_ours("pg_class", "c.oid")}
"""

RULES = f"""
SELECT n.nspname, c.relname, w.rulename, rtrim(pg_get_ruledef(w.oid), ';')
FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE w.rulename <> '_RETURN' AND {_ours("pg_class", "c.oid")}
"""

COMMENTS = f"""
SELECT CASE WHEN d.objsubid > 0 THEN 'COLUMN' ELSE CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
    WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX'
    WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END END,
  n.nspname, c.relname, a.attname, NULL::text[], d.description
FROM pg_description d JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
WHERE {_ours("pg_class", "c.oid")}
UNION ALL
SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, n.nspname, p.proname, NULL,
  (SELECT coalesce(array_agg(format_type(u.t, NULL) ORDER BY u.place), '{{}}')
   FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, place)), d.description
FROM pg_description d JOIN pg_proc p ON d.classoid = 'pg_proc'::regclass AND p.oid = d.objoid
JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {_ours("pg_proc", "p.oid")}
UNION ALL
SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, t.typname, NULL, NULL, d.description
FROM pg_description d JOIN pg_type t ON d.classoid = 'pg_type'::regclass AND t.oid = d.objoid
JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {_ours("pg_type", "t.oid")}
UNION ALL
SELECT 'CONSTRAINT', n.nspname, c.relname, k.conname, NULL, d.description
FROM pg_description d JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_ours("pg_class", "c.oid")}
UNION ALL
SELECT 'TRIGGER', n.nspname, c.relname, t.tgname, NULL, d.description
FROM pg_description d JOIN pg_trigger t ON d.classoid = 'pg_trigger'::regclass AND t.oid = d.objoid
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_ours("pg_class", "c.oid")}
UNION ALL
SELECT 'POLICY', n.nspname, c.relname, p.polname, NULL, d.description
FROM pg_description d JOIN pg_policy p ON d.classoid = 'pg_policy'::regclass AND p.oid = d.objoid
JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_ours("pg_class", "c.oid")}
"""
