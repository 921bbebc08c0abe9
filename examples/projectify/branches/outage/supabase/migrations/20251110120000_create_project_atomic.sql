-- Creates a project with its form and metadata in one transaction, so that none of them can be missing.
CREATE OR REPLACE FUNCTION public.create_project_atomic(
  p_company_id uuid,
  p_title text,
  p_description text,
  p_contact_name text,
  p_contact_email text
)
RETURNS uuid
LANGUAGE plpgsql
SET search_path = ''
AS $$
DECLARE
  v_project_id uuid;
BEGIN
  INSERT INTO public.projects (company_id, title, description)
  VALUES (p_company_id, p_title, p_description)
  RETURNING id INTO v_project_id;

  INSERT INTO public.project_forms (project_id, contact_name, contact_email)
  VALUES (v_project_id, p_contact_name, p_contact_email);

  INSERT INTO public.project_metadata (project_id, source)
  VALUES (v_project_id, 'web');

  RETURN v_project_id;
END;
$$;

GRANT EXECUTE ON FUNCTION public.create_project_atomic(uuid, text, text, text, text) TO service_role;
