// Makes a process load some modules from other files: `node --import` it with QUARTET_MUTATED, a JSON object from URLs
// to paths. The modules keep their URLs, so every import gets the mutated ones.
import { readFileSync } from "node:fs";
import * as module from "node:module";
import { isMainThread } from "node:worker_threads";

const files: Readonly<Record<string, string>> = JSON.parse(process.env.QUARTET_MUTATED ?? "{}");

/** The hook of Node, for both ways to register it. */
export function load<Context, Loaded>(url: string, context: Context, next: (url: string, context: Context) => Loaded) {
  const file = files[url];
  return file === undefined
    ? next(url, context)
    : { format: "module", source: readFileSync(file, "utf8"), shortCircuit: true };
}

// Node 20 has only `register`, which Node 26 warns about. It loads this module again, in another thread.
const { registerHooks } = module as { registerHooks?: (hooks: { load: typeof load }) => void };
if (registerHooks) registerHooks({ load });
else if (isMainThread) {
  module.register(import.meta.url);
  // Mocha loads test files with `require`, which skips this hook unless the modules are loaded already.
  await Promise.all(Object.keys(files).map((url) => import(url)));
}
