// Has a process load some modules from other files: `node --import` it with QUARTET_MUTATED, a JSON object from URLs to
// paths. The modules keep their URLs, so everything that imports them gets the mutated ones.
import { readFileSync } from "node:fs";
import * as module from "node:module";
import { isMainThread } from "node:worker_threads";

const files: Readonly<Record<string, string>> = JSON.parse(process.env.QUARTET_MUTATED ?? "{}");

/** A hook of Node, for either way of registering it. */
export function load<Context, Loaded>(url: string, context: Context, next: (url: string, context: Context) => Loaded) {
  const file = files[url];
  return file === undefined
    ? next(url, context)
    : { format: "module", source: readFileSync(file, "utf8"), shortCircuit: true };
}

// Node 20 has only `register`, which Node 26 warns of. It loads this module once more, in a thread of its own.
const { registerHooks } = module as { registerHooks?: (hooks: { load: typeof load }) => void };
if (registerHooks) registerHooks({ load });
else if (isMainThread) {
  module.register(import.meta.url);
  // Mocha requires the files of tests, which passes by this hook unless the modules are there already.
  await Promise.all(Object.keys(files).map((url) => import(url)));
}
