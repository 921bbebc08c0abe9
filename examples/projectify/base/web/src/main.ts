import { listProjects } from "./projects";

const list = document.querySelector("#projects")!;
for (const project of await listProjects()) {
  const item = document.createElement("li");
  item.textContent = `${project.title} (${project.status}) ${project.draft_notes ?? ""}`;
  list.append(item);
}
