import { answer, failed } from "../_shared/answer.ts";
import { supabase } from "../_shared/client.ts";

interface NewProject {
  companyId: string;
  title: string;
  description: string;
  contactName: string;
  contactEmail: string;
}

Deno.serve(async (request) => {
  const wanted: NewProject = await request.json();

  const { data: id, error } = await supabase.rpc("create_project_atomic", {
    p_company_id: wanted.companyId,
    p_title: wanted.title,
    p_description: wanted.description,
    p_contact_name: wanted.contactName,
    p_contact_email: wanted.contactEmail,
  });
  if (error) return failed("The project was not created", error.message);

  return answer({ id }, 201);
});
