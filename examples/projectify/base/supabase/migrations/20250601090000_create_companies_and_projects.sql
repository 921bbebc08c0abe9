create table public.company_profiles (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null,
  name text not null,
  location text,
  created_at timestamptz not null default now()
);

create table public.projects (
  id uuid primary key default gen_random_uuid(),
  company_id uuid not null references public.company_profiles (id) on delete cascade,
  title text not null,
  description text,
  status text not null default 'draft' check (status in ('draft', 'open', 'closed')),
  draft_notes text,
  created_at timestamptz not null default now()
);

create index projects_company_id_idx on public.projects (company_id);

create table public.project_forms (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  contact_name text not null,
  contact_email text not null,
  created_at timestamptz not null default now()
);

create table public.project_metadata (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null unique references public.projects (id) on delete cascade,
  source text not null default 'web',
  syllabus jsonb not null default '{}',
  import_batch text,
  created_at timestamptz not null default now()
);
