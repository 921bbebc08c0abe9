SET lock_timeout = '2s';

-- The last code that named it was removed a release ago.
ALTER TABLE public.project_metadata DROP COLUMN import_batch;
