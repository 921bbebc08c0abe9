alter table public.company_profiles enable row level security;
alter table public.projects enable row level security;
alter table public.project_forms enable row level security;
alter table public.project_metadata enable row level security;
alter table public.logs enable row level security;

create policy "Owners see and change their company" on public.company_profiles
  for all to authenticated
  using (owner_id = auth.uid())
  with check (owner_id = auth.uid());

create policy "Everyone signed in sees projects" on public.projects
  for select to authenticated
  using (true);

create policy "Owners change the projects of their company" on public.projects
  for all to authenticated
  using (company_id in (select id from public.company_profiles where owner_id = auth.uid()))
  with check (company_id in (select id from public.company_profiles where owner_id = auth.uid()));

create policy "Owners see the forms of their projects" on public.project_forms
  for select to authenticated
  using (
    project_id in (
      select p.id from public.projects p join public.company_profiles c on c.id = p.company_id where c.owner_id = auth.uid()
    )
  );

create policy "Everyone signed in sees where a project comes from" on public.project_metadata
  for select to authenticated
  using (true);
