CREATE FUNCTION auth.init() RETURNS void LANGUAGE sql AS 'SELECT';
CREATE FUNCTION auth.jwt_session_init(jwt text) RETURNS void LANGUAGE sql AS 'SELECT';
CREATE FUNCTION auth.session() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb
$$;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT auth.session()';
CREATE FUNCTION auth.user_id() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT auth.session() ->> 'sub'
$$;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT (auth.session() ->> 'sub')::uuid
$$;
