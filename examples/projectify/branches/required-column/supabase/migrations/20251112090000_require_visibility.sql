ALTER TABLE public.projects ADD COLUMN visibility text NOT NULL;
