import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What is not in git, or is somebody else's. */
const foreign = new Set(["node_modules", "dist", "coverage", "work", ".git"]);

/** The paths of the project's pages. */
export function pages(folder: string = fileURLToPath(new URL("../../../", import.meta.url))): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return foreign.has(entry.name) ? [] : pages(path);
    // Emacs locks `README.md` by a link `.#README.md` that leads nowhere.
    return entry.name.endsWith(".md") && !entry.name.startsWith(".") ? [path] : [];
  });
}
