-- The code that uses the column follows in a pull request of its own.
ALTER TABLE public.projects ADD COLUMN visibility text NOT NULL DEFAULT 'private';
