import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Whether the module is the program that Node was started with, so that importing a `server.ts` in a test starts nothing.
 *
 * @param moduleUrl the module's `import.meta.url` (Node 20 has no `import.meta.main`)
 */
export function isMain(moduleUrl: string): boolean {
  const program = process.argv[1];
  if (program === undefined) return false;
  try {
    // Node resolves symbolic links for modules and not for argv: without this, a checkout below a link starts nothing.
    return realpathSync(program) === fileURLToPath(moduleUrl);
  } catch {
    // `node dist/src/unary/server` (no ending), a program that is gone: not this module by any name that we can compare.
    return false;
  }
}
