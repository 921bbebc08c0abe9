import { supabase } from "./client.ts";

export function answer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json" },
  });
}

export async function failed(message: string, cause: unknown): Promise<Response> {
  await supabase.from("logs").insert({ level: "error", message, details: { cause: String(cause) } });
  return answer({ error: message }, 500);
}
