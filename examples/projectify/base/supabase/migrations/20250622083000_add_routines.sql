-- A project is orphaned when its creation stopped between two of the three inserts.
create function public.find_orphaned_projects()
returns setof public.projects
language sql
stable
set search_path = ''
as $$
  select p.*
  from public.projects p
  where not exists (select from public.project_forms f where f.project_id = p.id)
     or not exists (select from public.project_metadata m where m.project_id = p.id);
$$;

create function public.search_projects(query text)
returns setof public.projects
language sql
stable
set search_path = ''
as $$
  select * from public.projects where title ilike '%' || query || '%' order by created_at desc;
$$;
