import { readFileSync } from "node:fs";

/** What differs from run to run: ports, ids, and in a stream how much was on the way when. */
export function steady(output: string): string {
  return output
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replaceAll(/\b[0-9a-f]{8}(?=…|")/g, "xxxxxxxx")
    .trimEnd();
}

export const blockPattern = (mark: string) => new RegExp(`(<!-- ${mark} -->\n\`\`\`text\n)([^]*?)(\`\`\`\n)`);

/** The text block under `<!-- mark -->` of a page. */
export function blockUnder(page: string, mark: string): string {
  const [, , shown] = readFileSync(page, "utf8").match(blockPattern(mark)) ?? [];
  if (shown === undefined) throw new Error(`${page} has no text block under <!-- ${mark} -->`);
  return shown;
}
