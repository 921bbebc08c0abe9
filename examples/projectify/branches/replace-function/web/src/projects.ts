import { supabase } from "./client";

const USE_RANKED_SEARCH = import.meta.env.VITE_USE_RANKED_SEARCH === "true";

export async function listProjects() {
  const { data } = await supabase
    .from("projects")
    .select("id, title, status, draft_notes, project_metadata(source)")
    .order("created_at", { ascending: false });
  return data ?? [];
}

export async function searchProjects(query: string) {
  if (USE_RANKED_SEARCH) {
    const { data } = await supabase.rpc("search_projects_ranked", { query, max_results: 20 });
    return data ?? [];
  } else {
    const { data } = await supabase.rpc("search_projects", { query });
    return data ?? [];
  }
}

export async function createProject(project: Record<string, string>) {
  const { data, error } = await supabase.functions.invoke("create-project", { body: project });
  if (error) throw error;
  return data.id as string;
}
