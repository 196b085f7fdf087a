import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { temporaryFolder } from "../client-streaming/upload/uploads.js";

describe("make interop", () => {
  it("says that there is no Python and no Go, and ends with 3", () => {
    const main = fileURLToPath(new URL("main.js", import.meta.url));
    const nothing = temporaryFolder();
    const { status, stderr } = spawnSync(process.execPath, [main, `${nothing}/python`], {
      env: { ...process.env, PATH: nothing, Path: nothing },
      encoding: "utf8",
    });
    expect(status).to.equal(3);
    expect(stderr).to.equal(
      "interop: there is no Python 3.9 or later on this machine: install it, and try again\n" +
        "interop: there is no Go on this machine, so the server of docs/upstream.md was not tried: install it, and try again\n",
    );
  });
});
