import { writeFileSync } from "node:fs";
import { expect } from "chai";
import type { pairs } from "../../src/demo/pairs.js";
import { read, root } from "../docs/blocks.js";

/** The folder below src of each pair. */
export const folders: Readonly<Record<keyof typeof pairs, string>> = {
  unary: "unary",
  "server-streaming": "server-streaming",
  "client-streaming": "client-streaming",
  bidi: "bidirectional",
};

/** A text without what differs from run to run: ports, ids and readings. */
export function steady(output: string): string {
  return output
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replaceAll(/\b[0-9a-f]{8}(?=…|")/g, "xxxxxxxx")
    .replaceAll(/(?<=readings=\[\{metric=CPU, ).*?…/g, "…")
    .trimEnd();
}

/** The diagram in what the demo has printed: from the heads of the lifelines to the line before the ✓. */
export function diagramIn(output: string): string {
  const [, diagram = ""] = output.match(/^(client +server.*?)^(?:✓|…|\(╌╌╌)/ms) ?? [];
  return diagram;
}

const blockPattern = (mark: string) => new RegExp(`(<!-- ${mark} -->\n\`\`\`text\n)([^]*?)(\`\`\`\n)`);

/** The text block under `<!-- mark -->` of a page. */
export function blockUnder(page: string, mark: string): string {
  const [, , shown] = read(page).match(blockPattern(mark)) ?? [];
  if (shown === undefined) throw new Error(`${page} has no text block under <!-- ${mark} -->`);
  return shown;
}

/**
 * Compares a block with what a run has printed. With UPDATE=1 in the environment, it writes the run into the page, for
 * its author to look at.
 */
export function expectBlock(page: string, mark: string, printed: string): void {
  if (process.env.UPDATE === "1") {
    const written = read(page).replace(
      blockPattern(mark),
      (_all, open, _old, end) => `${open}${printed.trimEnd()}\n${end}`,
    );
    writeFileSync(root + page, written);
  }
  expect(steady(printed)).to.equal(steady(blockUnder(page, mark)));
}
