import { answer, failed } from "../_shared/answer.ts";
import { supabase } from "../_shared/client.ts";

interface NewProject {
  companyId: string;
  title: string;
  description: string;
  contactName: string;
  contactEmail: string;
}

const USE_ATOMIC_CREATION = Deno.env.get("USE_ATOMIC_CREATION") === "true";

Deno.serve(async (request) => {
  const wanted: NewProject = await request.json();

  if (USE_ATOMIC_CREATION) {
    const { data: id, error } = await supabase.rpc("create_project_atomic", {
      p_company_id: wanted.companyId,
      p_title: wanted.title,
      p_description: wanted.description,
      p_contact_name: wanted.contactName,
      p_contact_email: wanted.contactEmail,
    });
    if (error) return failed("The project was not created", error.message);

    return answer({ id }, 201);
  } else {
    const { data: project, error } = await supabase
      .from("projects")
      .insert({ company_id: wanted.companyId, title: wanted.title, description: wanted.description })
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
  }
});
