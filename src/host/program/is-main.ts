import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Whether the module is the program that Node was started with, so that importing a `server.ts` in a test starts
 * nothing.
 *
 * @param moduleUrl the module's `import.meta.url` (Node 20 has no `import.meta.main`)
 */
export function isMain(moduleUrl: string): boolean {
  const program = process.argv[1];
  if (program === undefined) return false;
  // `node dist/src/unary/server` starts `server.js`, and argv has the name without its ending.
  return [program, `${program}.js`].some((path) => realPath(path) === fileURLToPath(moduleUrl));
}

/** Node resolves symbolic links for modules and not for argv: without this, a checkout below a link starts nothing. */
function realPath(path: string): string | undefined {
  return existsSync(path) ? realpathSync(path) : undefined;
}
