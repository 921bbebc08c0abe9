import { supabase } from "./client";

export async function listProjects() {
  const { data } = await supabase
    .from("projects")
    .select("id, title, status, project_metadata(source)")
    .order("created_at", { ascending: false });
  return data ?? [];
}

export async function searchProjects(query: string) {
  const { data } = await supabase.rpc("search_projects", { query });
  return data ?? [];
}

export async function createProject(project: Record<string, string>) {
  const { data, error } = await supabase.functions.invoke("create-project", { body: project });
  if (error) throw error;
  return data.id as string;
}
