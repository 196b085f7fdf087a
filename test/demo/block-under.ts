import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { pairs } from "../../src/demo/pairs.js";

/** The folder of the project, with a slash at its end. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The folder below src of each pair. */
export const folders: Readonly<Record<keyof typeof pairs, string>> = {
  unary: "unary",
  "server-streaming": "server-streaming",
  "client-streaming": "client-streaming",
  bidi: "bidirectional",
};

/** What differs from run to run: ports, ids, readings, and in a stream how much was on the way when. */
export function steady(output: string): string {
  return output
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replaceAll(/\b[0-9a-f]{8}(?=…|")/g, "xxxxxxxx")
    .replaceAll(/(?<=readings=\[\{metric=CPU, ).*?…/g, "…")
    .trimEnd();
}

/** The diagram in what the demo has printed: from the lifelines' heads to the line before the ✓. */
export function diagramIn(output: string): string {
  const [, diagram = ""] = output.match(/^(client +server.*?)^(?:✓|…|\(╌╌╌)/ms) ?? [];
  return diagram;
}

export const blockPattern = (mark: string) => new RegExp(`(<!-- ${mark} -->\n\`\`\`text\n)([^]*?)(\`\`\`\n)`);

/** The text block under `<!-- mark -->` of a page. */
export function blockUnder(page: string, mark: string): string {
  const [, , shown] = readFileSync(page, "utf8").match(blockPattern(mark)) ?? [];
  if (shown === undefined) throw new Error(`${page} has no text block under <!-- ${mark} -->`);
  return shown;
}
