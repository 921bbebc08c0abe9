-- Beside search_projects, which stays for the code that is out.
CREATE FUNCTION public.search_projects_ranked(query text, max_results integer DEFAULT 50)
RETURNS SETOF public.projects
LANGUAGE sql
STABLE
SET search_path = ''
AS $$
  SELECT *
  FROM public.projects
  WHERE title ILIKE '%' || query || '%' OR description ILIKE '%' || query || '%'
  ORDER BY (title ILIKE query || '%') DESC, created_at DESC
  LIMIT max_results;
$$;
