-- Secrets are kept as they are.
DO $outer$ BEGIN
IF to_regclass('vault.secrets') IS NOT NULL THEN RETURN; END IF;
IF to_regnamespace('vault') IS NULL THEN CREATE SCHEMA vault; END IF;
CREATE TABLE vault.secrets (
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY, name text UNIQUE, description text NOT NULL DEFAULT '',
  secret text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE VIEW vault.decrypted_secrets AS SELECT *, secret AS decrypted_secret FROM vault.secrets;
CREATE FUNCTION vault.create_secret(new_secret text, new_name text DEFAULT NULL, new_description text DEFAULT '')
  RETURNS uuid LANGUAGE sql AS $$
  INSERT INTO vault.secrets (secret, name, description) VALUES (new_secret, new_name, new_description) RETURNING id $$;
END $outer$;
