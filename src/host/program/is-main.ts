import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Whether the module is the program that Node was started with. So a test can import a `server.ts` without starting it.
 *
 * @param moduleUrl the module's `import.meta.url` (Node 20 has no `import.meta.main`)
 */
export function isMain(moduleUrl: string): boolean {
  const program = process.argv[1];
  if (program === undefined) return false;
  // `node dist/src/unary/server` starts `server.js`, but argv has the name without its extension.
  return [program, `${program}.js`].some((path) => realPath(path) === fileURLToPath(moduleUrl));
}

/**
 * Node resolves symbolic links for modules, but not for argv. Without this, nothing starts in a checkout below a link.
 */
function realPath(path: string): string | undefined {
  return existsSync(path) ? realpathSync(path) : undefined;
}
