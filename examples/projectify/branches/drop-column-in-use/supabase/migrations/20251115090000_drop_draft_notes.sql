ALTER TABLE public.projects DROP COLUMN draft_notes;
