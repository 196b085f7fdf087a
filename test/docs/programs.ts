import { execFile } from "node:child_process";
import { blocksOf, read, root } from "./blocks.js";

/** A program of a page, with its output and its heading. */
export interface Program {
  readonly heading: string;
  readonly code: string;
  readonly output: string;
}

/** Whether the nghttp2 of this Node is `version` or a later one. */
const hasNghttp2 = (version: string) =>
  version.localeCompare(process.versions.nghttp2 ?? "", undefined, { numeric: true }) <= 0;

/**
 * The programs of a page: in each section the block marked `run`, and the `text` block after it. A block that is marked
 * `nghttp2=1.69` is the output from that version on.
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

/** What a program prints in a process of its own, until it ends or the time limit is over. */
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
