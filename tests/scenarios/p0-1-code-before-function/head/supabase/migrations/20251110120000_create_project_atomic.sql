CREATE OR REPLACE FUNCTION create_project_atomic(p_title text) RETURNS bigint
LANGUAGE sql AS $$
  INSERT INTO projects (title) VALUES (p_title) RETURNING id;
$$;
