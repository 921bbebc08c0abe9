export async function generate(supabase, title: string) {
  await supabase.from('projects').insert({ title });
}
