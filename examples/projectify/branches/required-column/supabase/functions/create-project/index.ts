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

  const { data: project, error } = await supabase
    .from("projects")
    .insert({ company_id: wanted.companyId, title: wanted.title, description: wanted.description, visibility: "private" })
    .select("id")
    .single();
  if (error) return failed("The project was not created", error.message);

  const form = await supabase
    .from("project_forms")
    .insert({ project_id: project.id, contact_name: wanted.contactName, contact_email: wanted.contactEmail });
  if (form.error) return failed("The project has no form", form.error.message);

  const metadata = await supabase
    .from("project_metadata")
    .insert({ project_id: project.id, source: "web" });
  if (metadata.error) return failed("The project has no metadata", metadata.error.message);

  return answer({ id: project.id }, 201);
});
