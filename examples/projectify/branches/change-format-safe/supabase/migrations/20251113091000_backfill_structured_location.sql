-- A transaction of its own: the one before held the lock that nobody can read under.
-- Backfill: the rows from before.
UPDATE public.company_profiles
SET location_structured = jsonb_build_object('city', location)
WHERE location_structured IS NULL;
