-- Local development only.
insert into public.company_profiles (id, owner_id, name, location)
values ('6f1c1f6e-1f0b-4c52-9d0e-0d0a5f0a0001', '6f1c1f6e-1f0b-4c52-9d0e-0d0a5f0a00ff', 'Harbour Bakery', 'San Francisco');

insert into public.projects (id, company_id, title, description)
values ('6f1c1f6e-1f0b-4c52-9d0e-0d0a5f0a0002', '6f1c1f6e-1f0b-4c52-9d0e-0d0a5f0a0001', 'Shorter queues', 'Where do customers wait?');
