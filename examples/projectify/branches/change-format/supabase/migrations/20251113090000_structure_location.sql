ALTER TABLE public.company_profiles
  ALTER COLUMN location TYPE jsonb USING jsonb_build_object('city', location);
