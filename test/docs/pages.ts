import { readdirSync } from "node:fs";
import { root } from "./blocks.js";

/** Folders that are not in git, or that other people have written. */
const foreign = new Set(["node_modules", "dist", "coverage", "work", ".git"]);

/** The paths of the project's pages, from its root. */
export function pages(folder = ""): string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder + entry.name;
    if (entry.isDirectory()) return foreign.has(entry.name) ? [] : pages(`${path}/`);
    // Emacs locks `README.md` by a link `.#README.md` that leads nowhere.
    return entry.name.endsWith(".md") && !entry.name.startsWith(".") ? [path] : [];
  });
}
