export async function generate(supabase, title: string) {
  await supabase.rpc('create_project_atomic', { p_title: title });
}
