-- Hypertables stay plain tables, and no policy runs.
CREATE FUNCTION create_hypertable(relation regclass, time_column_name name, partitioning_column name DEFAULT NULL,
  number_partitions integer DEFAULT NULL, associated_schema_name name DEFAULT NULL,
  associated_table_prefix name DEFAULT NULL, chunk_time_interval anyelement DEFAULT NULL::bigint,
  create_default_indexes boolean DEFAULT true, if_not_exists boolean DEFAULT false, migrate_data boolean DEFAULT false)
  RETURNS TABLE (hypertable_id integer, schema_name name, table_name name, created boolean) LANGUAGE sql AS
  $$ SELECT 0, NULL::name, NULL::name, true $$;
CREATE FUNCTION add_retention_policy(relation regclass, drop_after interval, if_not_exists boolean DEFAULT false)
  RETURNS integer LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION remove_retention_policy(relation regclass, if_exists boolean DEFAULT false) RETURNS void LANGUAGE sql
  AS 'SELECT';
CREATE FUNCTION add_compression_policy(hypertable regclass, compress_after interval,
  if_not_exists boolean DEFAULT false) RETURNS integer LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION remove_compression_policy(hypertable regclass, if_exists boolean DEFAULT false) RETURNS boolean
  LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION set_chunk_time_interval(hypertable regclass, chunk_time_interval interval) RETURNS void LANGUAGE sql
  AS 'SELECT';
CREATE FUNCTION time_bucket(bucket_width interval, ts timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
  'SELECT $2';
CREATE FUNCTION time_bucket(bucket_width interval, ts timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE AS
  'SELECT $2';
CREATE FUNCTION time_bucket(bucket_width interval, ts date) RETURNS date LANGUAGE sql IMMUTABLE AS 'SELECT $2';
