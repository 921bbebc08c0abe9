create table public.logs (
  id bigint generated always as identity primary key,
  level text not null check (level in ('debug', 'info', 'warning', 'error')),
  message text not null,
  details jsonb not null default '{}',
  "timestamp" timestamptz not null default now()
);

create index logs_timestamp_idx on public.logs ("timestamp");
