import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect } from "chai";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

/** The definitions that the language server gives an editor for names in a file of this checkout. */
async function definitionsIn(file: string, names: readonly string[]): Promise<Record<string, string[]>> {
  const server = spawn(process.execPath, [compiler, "--lsp", "--stdio"], {
    cwd: root,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const closed = once(server, "close");
  const connection = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  // The server asks for settings and registers its watches. An editor without them answers with null.
  connection.onRequest(() => null);
  connection.listen();
  try {
    await connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(root).href,
      capabilities: {},
    });
    await connection.sendNotification("initialized", {});
    const uri = pathToFileURL(join(root, file)).href;
    const text = readFileSync(join(root, file), "utf8");
    await connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri, languageId: "typescript", version: 1, text },
    });
    const found: Record<string, string[]> = {};
    for (const name of names) {
      const at = text.search(new RegExp(`\\b${name}\\(`));
      expect(at, `${name}( in ${file}`).to.be.at.least(0);
      const before = text.slice(0, at).split("\n");
      const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
      const answer = await connection.sendRequest<{ uri: string }[]>("textDocument/definition", {
        textDocument: { uri },
        position,
      });
      const files = answer.map(({ uri: target }) => fileURLToPath(target).slice(root.length).replaceAll("\\", "/"));
      // An overloaded function has several definitions in one file.
      found[name] = [...new Set(files)];
    }
    await connection.sendRequest("shutdown");
    await connection.sendNotification("exit");
    return found;
  } finally {
    connection.dispose();
    server.kill();
    await closed;
  }
}

describe("ctrl-click in a lesson", () => {
  it("opens the bridge's TypeScript, and not its compiled declarations", async () => {
    expect(await definitionsIn("src/unary/calculator.ts", ["implement", "badRequest"])).to.deep.equal({
      implement: ["bridge/src/server/implement.ts"],
      badRequest: ["bridge/src/errors/details.ts"],
    });
    expect(await definitionsIn("src/unary/client.ts", ["caller"])).to.deep.equal({
      caller: ["bridge/src/client/caller.ts"],
    });
  });
});
