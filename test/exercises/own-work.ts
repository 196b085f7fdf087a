import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * A folder of the tests' own in place of the learner's, inside the checkout, where imports mean what they mean to a learner.
 * To be imported before anything of the runner, which looks once.
 */
const folder = `work/.test-${process.pid}`;
process.env.QUARTET_WORK = folder;

const path = fileURLToPath(new URL(`../../../${folder}`, import.meta.url));

/** Where what is written is, from the root of the checkout. */
export const ownWork = folder;

/** Removes all that is in it. */
export function emptyOwnWork(): void {
  rmSync(path, { recursive: true, force: true });
}
