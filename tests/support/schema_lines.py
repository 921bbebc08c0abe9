"""A database's schema as lines, straight from `pg_catalog`: what a restored schema is compared by."""

_OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

_RELATIONS = """
SELECT 'relation', c.oid::regclass::text, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
  pg_get_userbyid(c.relowner), pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
  (SELECT string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, c.reloptions::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {ours} AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
"""
_RIGHTS = """
SELECT 'rights', c.oid::regclass::text,
  (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(coalesce(c.relacl,
    acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) a)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {ours} AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
"""
_COLUMNS = """
SELECT 'column', c.oid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
  a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation::text, a.attacl::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE {ours} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'c')
"""
_CONSTRAINTS = """
SELECT 'constraint', CASE WHEN k.conrelid = 0 THEN k.contypid::regtype::text ELSE k.conrelid::regclass::text END,
  k.conname, pg_get_constraintdef(k.oid), k.convalidated
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE {ours}
"""
_INDEXES = """
SELECT 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indisvalid
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours}
"""
_SEQUENCES = """
SELECT 'sequence', s.seqrelid::regclass::text, s.seqtypid::regtype::text, s.seqstart, s.seqincrement, s.seqmax,
  s.seqmin, s.seqcycle,
  (SELECT string_agg(d.refobjid::regclass::text || '.' || a.attname, ',') FROM pg_depend d
   JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
   WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype IN ('a', 'i'))
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours}
"""
_ROUTINES = """
SELECT 'routine', p.oid::regprocedure::text, CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
  pg_get_userbyid(p.proowner), (SELECT string_agg(a::text, ',' ORDER BY a::text)
    FROM unnest(coalesce(p.proacl, acldefault('f', p.proowner))) a)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {ours}
"""
_TRIGGERS = """
SELECT 'trigger', t.tgrelid::regclass::text, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {ours} AND NOT t.tgisinternal
"""
_POLICIES = """
SELECT 'policy', p.polrelid::regclass::text, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours}
"""
_RULES = """
SELECT 'rule', r.ev_class::regclass::text, r.rulename, pg_get_ruledef(r.oid)
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {ours} AND r.rulename <> '_RETURN'
"""
_TYPES = """
SELECT 'type', t.oid::regtype::text, t.typtype, t.typnotnull, t.typdefault, t.typbasetype::regtype::text,
  (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE {ours} AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
"""
_COMMENTS = """
SELECT 'comment', i.type, i.identity, d.description
FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
JOIN pg_namespace n ON n.nspname = coalesce(i.schema, 'public')
WHERE {ours} AND i.type NOT IN ('schema', 'extension')
"""
_QUERIES = (
    _RELATIONS,
    _RIGHTS,
    _COLUMNS,
    _CONSTRAINTS,
    _INDEXES,
    _SEQUENCES,
    _ROUTINES,
    _TRIGGERS,
    _POLICIES,
    _RULES,
    _TYPES,
    _COMMENTS,
    "SELECT 'schema', n.nspname, n.nspacl::text FROM pg_namespace n WHERE {ours}",
    "SELECT 'extension', extname FROM pg_extension",
    "SELECT 'publication', pubname, puballtables FROM pg_publication",
    "SELECT 'published', pubname, schemaname, tablename FROM pg_publication_tables",
    "SELECT 'statistics', stxname, stxkind::text FROM pg_statistic_ext",
    "SELECT 'defaults', defaclobjtype, defaclnamespace::regnamespace::text, defaclacl::text FROM pg_default_acl",
)


def schema_lines(connection) -> set[str]:
    """Return one line for each fact of the schema, column order aside."""
    rows = (row for query in _QUERIES for row in connection.execute(query.replace("{ours}", _OURS).encode()).fetchall())
    return {" | ".join("" if value is None else str(value) for value in row) for row in rows}
