import { answer, failed } from "../_shared/answer.ts";
import { supabase } from "../_shared/client.ts";

Deno.serve(async (request) => {
  const { id, name, city } = await request.json();

  const { error } = await supabase
    .from("company_profiles")
    .update({ name, location: { city } })
    .eq("id", id);
  if (error) return failed("The company was not updated", error.message);

  return answer({ id });
});
