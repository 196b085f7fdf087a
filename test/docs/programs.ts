import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { blocksOf, read } from "./blocks.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A program of a page, with what it prints, under the heading that it stands below. */
export interface Program {
  readonly heading: string;
  readonly code: string;
  readonly output: string;
}

/** Whether the nghttp2 of this Node is `version` or a later one. */
const hasNghttp2 = (version: string) =>
  version.localeCompare(process.versions.nghttp2 ?? "", undefined, { numeric: true }) <= 0;

/**
 * The programs of a page: of each section the block that is marked `run`, and the `text` block after it. Another one that
 * is marked `nghttp2=1.69` is the output from that version on.
 */
export function programsOf(page: string): Program[] {
  return read(page)
    .split(/^### /m)
    .flatMap((section) => {
      const blocks = blocksOf(section);
      const at = blocks.findIndex(({ marks }) => marks.has("run"));
      const code = blocks[at];
      const output = blocks
        .slice(at + 1)
        .findLast(({ language, marks }) => language === "text" && hasNghttp2(marks.get("nghttp2") ?? "0"));
      const [heading = ""] = section.split("\n", 1);
      return code && output ? [{ heading, code: code.text, output: output.text }] : [];
    });
}

/** What a program prints in a process of its own. The time limit turns silence into what has been printed so far. */
export function printedBy(code: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return new Promise((resolve) => {
    // From stdin, a module resolves packages as a file in the project's folder does.
    const child = execFile(
      process.execPath,
      ["--input-type=module"],
      { cwd: root, env, timeout: 240_000, killSignal: "SIGKILL" },
      (_error, stdout, stderr) => resolve(stdout === "" ? stderr : stdout),
    );
    child.stdin?.end(code);
  });
}
