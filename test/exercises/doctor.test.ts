import { spawn } from "node:child_process";

import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { ended } from "../program-of.js";

const doctor = fileURLToPath(new URL("../../../tools/doctor.cjs", import.meta.url));

const told = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  ended(spawn(process.execPath, [doctor, ...args], { env: { ...process.env, ...env } }));

describe("make doctor", () => {
  it("reports each check that passes", async () => {
    const { code, stdout } = await told([]);
    expect(code, stdout).to.equal(0);
    for (const what of ["Node 2", "npm ", "the dependencies, for", "compiled", "programs can listen on 127.0.0.1"]) {
      expect(stdout).to.include(`✓ ${what}`);
    }
    expect(stdout).to.include("ready: make exercises");
  });

  it("prints nothing with --quiet if all checks pass", async () => {
    const none = { http_proxy: "", https_proxy: "", HTTP_PROXY: "", HTTPS_PROXY: "", ALL_PROXY: "", grpc_proxy: "" };
    expect(await told(["--quiet"], none)).to.include({ code: 0, stdout: "" });
  });

  it("explains a proxy in the environment, and says what to do if npm is missing", async () => {
    const proxied = await told([], { http_proxy: "http://127.0.0.1:9" });
    expect(proxied.code).to.equal(0);
    expect(proxied.stdout).to.include("(http_proxy)").and.include("npm ci does");
    if (process.platform === "win32") return;
    const without = await told([], { PATH: "/nowhere" });
    expect(without.code).to.equal(1);
    expect(without.stdout).to.include("✗ npm was not found").and.include("install Node again");
  });
});
