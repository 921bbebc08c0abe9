export const find = (supabase) => supabase.from('customers').select('id, name');
