import { readFileSync } from "node:fs";
import { expect } from "chai";
import { cases } from "../../src/bidirectional/client.js";
import { build } from "../../src/bidirectional/server.js";
import { blocksOf } from "../docs/blocks.js";
import { loopback } from "../loopback.js";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** The block of the page that carries `mark`. */
function block(mark: string): string {
  const [found, ...more] = blocksOf(read("src/bidirectional/README.md")).filter(({ marks }) => marks.has(mark));
  if (found === undefined || more.length > 0) throw new Error(`the page has not one block that is marked ${mark}`);
  return found.text;
}

describe("the page of the bidirectional pair", () => {
  it("prints what the client prints", async () => {
    const { client } = await loopback(build().server);
    const { signal } = new AbortController();
    let output = "";
    for (const [name, run] of Object.entries(cases)) {
      output += `${name}\n`;
      await run({ client, signal, input: {}, say: (line) => (output += `  ${line}\n`) });
    }
    expect(block("expected")).to.equal(output);
  });

  it("shows the bridged handler of the server", () => {
    const [, handler] = read("src/bidirectional/echo.ts").split(/^(?=export const)/m);
    expect(block("bridged")).to.equal(handler);
  });

  it("shows the raw handler that the tests run", () => {
    const [, after = ""] = read("test/bidirectional/raw-handler.ts").split("// #region raw\n");
    const [region] = after.split("// #endregion");
    expect(block("raw")).to.equal(region);
  });
});
