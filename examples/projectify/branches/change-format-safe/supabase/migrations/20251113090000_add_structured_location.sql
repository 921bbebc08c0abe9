SET lock_timeout = '2s';

-- Expand: the old column stays as it is, for the code that is out.
ALTER TABLE public.company_profiles ADD COLUMN location_structured jsonb;

-- Write both: whoever writes the old column, the new one follows.
CREATE FUNCTION public.structure_location()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  NEW.location_structured := jsonb_build_object('city', NEW.location);
  RETURN NEW;
END;
$$;

CREATE TRIGGER structure_location
  BEFORE INSERT OR UPDATE OF location ON public.company_profiles
  FOR EACH ROW EXECUTE FUNCTION public.structure_location();
