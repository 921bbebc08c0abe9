import { supabase } from "./client";

export async function myCompany(ownerId: string) {
  const { data: profile } = await supabase
    .from("company_profiles")
    .select("id, name, location")
    .eq("owner_id", ownerId)
    .single();
  return profile && { id: profile.id, name: profile.name, city: profile.location?.city };
}
