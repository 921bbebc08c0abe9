-- What a Neon database holds before the first migration where Neon Auth or the Data API is on.
-- Roles and functions follow Neon's documentation; the functions are those of the stand-in for `pg_session_jwt`.

CREATE ROLE neon_superuser NOLOGIN CREATEDB CREATEROLE BYPASSRLS;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE anonymous NOLOGIN;
CREATE ROLE authenticator NOLOGIN NOINHERIT;
GRANT authenticated, anonymous TO authenticator;

CREATE EXTENSION IF NOT EXISTS pg_session_jwt;
GRANT USAGE ON SCHEMA auth TO authenticated, anonymous;

CREATE SCHEMA neon_auth;
CREATE TABLE neon_auth.users_sync (
  raw_json jsonb NOT NULL,
  id text GENERATED ALWAYS AS (raw_json ->> 'id') STORED PRIMARY KEY,
  name text GENERATED ALWAYS AS (raw_json ->> 'display_name') STORED,
  email text GENERATED ALWAYS AS (raw_json ->> 'primary_email') STORED,
  created_at timestamptz GENERATED ALWAYS AS
    (to_timestamp(trunc((raw_json ->> 'signed_up_at_millis')::bigint::double precision / 1000))) STORED,
  updated_at timestamptz,
  deleted_at timestamptz
);
