import { supabase } from "./client";

export async function myCompany(ownerId: string) {
  // All columns, so that the query works before the migration too.
  const { data: profile } = await supabase
    .from("company_profiles")
    .select("*")
    .eq("owner_id", ownerId)
    .single();
  return profile && { id: profile.id, name: profile.name, city: profile.location_structured?.city ?? profile.location };
}
