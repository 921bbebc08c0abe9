-- What Hasura's server makes in a database before migrations are applied through it, as far as they name it.

CREATE SCHEMA hdb_catalog;
CREATE SCHEMA hdb_views;
CREATE FUNCTION hdb_catalog.gen_hasura_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pgcrypto') THEN
    CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA public;
  END IF;
END $$;
