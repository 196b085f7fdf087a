import { cpSync, existsSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Checkout, describeOnPosix, ended, root } from "./checkout.js";

const steps = {
  install: "quartet: installing dependencies (npm ci) …\n",
  gen: "quartet: generating code from proto …\n",
  build: "quartet: compiling to dist …\n",
};
const fresh = { code: 0, stdout: "", stderr: "" };

describeOnPosix("a checkout", () => {
  let built: Checkout;

  before(async () => {
    built = new Checkout();
    await built.make("build");
  });

  after(() => built.remove());

  describe("the build of it", () => {
    it("generates and compiles at first, and does nothing more when nothing has changed", async () => {
      const checkout = Checkout.forTheTest();
      expect(await checkout.make("build")).to.deep.equal({ ...fresh, stderr: steps.gen + steps.build });
      expect(await checkout.make("build")).to.deep.equal(fresh);
    });

    it("is stopped by no name of a file or folder", async () => {
      const checkout = Checkout.forTheTest(built);
      for (const path of [
        "src/bidirectional/chat-client/.#terminal.ts",
        "proto/.#a.proto",
        "bridge/src/.#index.ts",
        ".#Makefile",
      ])
        symlinkSync("me@host.1:1", checkout.at(path));
      for (const name of ["my copy.ts", "a:b.ts", "$(touch ran).ts", "`touch ran`.ts", "-dash.ts", "quote'\".ts"])
        checkout.write(`src/my folder/${name}`, "export {};\n");
      checkout.write("proto/my folder/my copy.proto", "");
      const { code, stdout } = await checkout.make("chat");
      expect({ code, stdout: JSON.parse(stdout).args }).to.deep.equal({ code: 0, stdout: [] });
      expect(existsSync(checkout.at("dist/src/my folder/my copy.js"))).to.equal(true);
      expect(existsSync(checkout.at("ran"))).to.equal(false);
      symlinkSync("me@host.1:2", checkout.at("src/.#another.ts"));
      expect(await checkout.make("build")).to.deep.equal(fresh);
    });

    it("notices a file that was saved, also in the bridge", async () => {
      const checkout = Checkout.forTheTest(built);
      checkout.write("bridge/src/index.ts", "export const bridge = 2;\n");
      expect(await checkout.make("build")).to.deep.equal({ ...fresh, stderr: steps.build });
      expect(checkout.read("bridge/dist/index.js")).to.include("bridge = 2");
      checkout.write("proto/a.proto", "// saved");
      expect(await checkout.make("build")).to.deep.equal({ ...fresh, stderr: steps.gen + steps.build });
    });

    it("does not miss a file that is saved while it compiles", async () => {
      const checkout = Checkout.forTheTest(built);
      const source = "src/client-streaming/upload-client/upload-file.ts";
      // Before the compiler has written its note, and after it has read the file.
      const at = statSync(checkout.at("dist/.stamp")).mtimeMs;
      checkout.write(source, "export const saved = true;\n");
      const moment = new Date(Math.ceil(at));
      utimesSync(checkout.at(source), moment, moment);
      expect(await checkout.make("build")).to.deep.equal({ ...fresh, stderr: steps.build });
      expect(checkout.read("dist/src/client-streaming/upload-client/upload-file.js")).to.include("saved");
    });

    it("removes what was compiled from a file that is gone", async () => {
      const checkout = Checkout.forTheTest(built);
      checkout.write("test/gone/gone.test.ts", "export {};\n");
      checkout.write("bridge/src/gone.ts", "export const gone = 1;\n");
      await checkout.make("build");
      const compiled = ["dist/test/gone/gone.test.js", "dist/test/gone/gone.test.d.ts", "bridge/dist/gone.js"];
      for (const path of compiled) expect(existsSync(checkout.at(path)), path).to.equal(true);
      rmSync(checkout.at("test/gone"), { recursive: true });
      rmSync(checkout.at("bridge/src/gone.ts"));
      expect(await checkout.make("build")).to.deep.equal({ ...fresh, stderr: steps.build });
      for (const path of [...compiled, "dist/test/gone"]) expect(existsSync(checkout.at(path)), path).to.equal(false);
      expect(existsSync(checkout.at("bridge/dist/index.js"))).to.equal(true);
    });

    it("makes again what was removed by hand", async () => {
      const checkout = Checkout.forTheTest(built);
      for (const [path, expected] of [
        ["bridge/dist", steps.build],
        ["bridge/src/gen/a.ts", steps.gen + steps.build],
      ] as const) {
        rmSync(checkout.at(path), { recursive: true });
        expect(await checkout.make("build"), path).to.deep.equal({ ...fresh, stderr: expected });
      }
      expect(existsSync(checkout.at("bridge/dist/gen/a.js"))).to.equal(true);
      await checkout.make("clean");
      expect(existsSync(checkout.at("dist"))).to.equal(false);
      expect((await checkout.make("build")).code).to.equal(0);
      expect(existsSync(checkout.at("bridge/dist/index.js"))).to.equal(true);
    });

    it("ends with the compiler's lines and exit code 1 when a file does not compile, and tries again", async () => {
      const checkout = Checkout.forTheTest(built);
      checkout.write("src/wrong.ts", "export const wrong: number = 'text';\n");
      for (const _attempt of [1, 2]) {
        const { code, stdout, stderr } = await checkout.run(process.execPath, ["tools/run.cjs", "chat"]);
        expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
        expect(stderr)
          .to.include("src/wrong.ts(1,14): error TS2322")
          .and.not.match(/^ +at /m);
        expect(stderr.trimEnd().split("\n").at(-1)).to.equal("quartet: compiling failed: the lines above say why");
      }
      expect(existsSync(checkout.at(".building"))).to.equal(false);
    });

    it("is made once when two terminals ask for it at the same time", async () => {
      const checkout = Checkout.forTheTest();
      const both = await Promise.all([checkout.make("chat"), checkout.make("upload")]);
      for (const { code, stdout } of both) expect({ code, stdout }).to.deep.include({ code: 0 });
      const said = both.map(({ stderr }) => stderr).join("");
      expect(said.split(steps.build), said).to.have.lengthOf(2);
    });

    it("takes over from a build that was killed", async () => {
      const checkout = Checkout.forTheTest(built);
      checkout.write("src/more.ts", "export {};\n");
      const killed = checkout.start(process.execPath, ["--eval", ""]);
      await ended(killed);
      writeFileSync(checkout.at(".building"), String(killed.pid));
      expect((await checkout.make("build")).code).to.equal(0);
      expect(existsSync(checkout.at(".building"))).to.equal(false);
    });
  });

  describe("the install of it", () => {
    /** An npm that notes its calls, and ends with `code`. */
    const npm = (checkout: Checkout, code: number, also = "") =>
      checkout.replace("npm", `echo "$@" >> "${checkout.bin}/calls"\n${also}\nexit ${code}`);

    it("is not repeated where a person ran npm ci, or unpacked an archive", async () => {
      const checkout = Checkout.forTheTest();
      npm(checkout, 1);
      expect(await checkout.make("install")).to.deep.equal(fresh);
    });

    it("is repeated after it failed or was broken off, although npm has left its note", async () => {
      const checkout = Checkout.forTheTest();
      const note = `mkdir -p node_modules && echo '{}' > node_modules/.package-lock.json`;
      const native = "node_modules/native-tool";
      rmSync(checkout.at("node_modules/.package-lock.json"));
      npm(checkout, 1, note);
      const failed = await checkout.run(process.execPath, ["tools/run.cjs", "install"]);
      expect(failed).to.deep.equal({
        ...fresh,
        code: 1,
        stderr: `${steps.install}quartet: npm ci failed: the lines above say why. The next call tries again\n`,
      });
      // It succeeds, and leaves out a tool in silence.
      rmSync(checkout.at(native), { recursive: true });
      npm(checkout, 0, note);
      const incomplete = await checkout.run(process.execPath, ["tools/run.cjs", "install"]);
      expect(incomplete.code).to.equal(1);
      expect(incomplete.stderr).to.include("npm ci left out native-tool: make doctor says why");
      npm(checkout, 0, `${note} && mkdir ${native}`);
      expect(await checkout.make("install")).to.deep.equal({ ...fresh, stderr: steps.install });
      expect(await checkout.make("install")).to.deep.equal(fresh);
    });

    it("leaves a folder of another machine alone: the programs in it run", async () => {
      const checkout = Checkout.forTheTest(built);
      npm(checkout, 1);
      rmSync(checkout.at("node_modules/native-tool"), { recursive: true });
      checkout.write("node_modules/foreign-tool/package.json", "{}");
      expect((await checkout.make("chat")).code).to.equal(0);
      checkout.write("bridge/src/index.ts", "export const bridge = 2;\n");
      const { code, stderr } = await checkout.run(process.execPath, ["tools/run.cjs", "chat"]);
      expect(code).to.equal(1);
      expect(stderr).to.include("node_modules is another machine's").and.include("remove it, and try again");
    });

    /** Settings for servers, which compile nothing. */
    const env = { NODE_ENV: "production", npm_config_omit: "optional" };

    it("leaves no package out, although the environment says so", async () => {
      const checkout = Checkout.forTheTest();
      for (const name of ["package.json", "package-lock.json", ".npmrc", "bridge/package.json"])
        cpSync(join(root, name), checkout.at(name));
      rmSync(checkout.at("node_modules"), { recursive: true });
      // The real npm, which says what it would install.
      const wouldAdd = async (environment: Readonly<Record<string, string>>) => {
        const dryRun = ["ci", "--dry-run", "--offline", "--ignore-scripts"];
        const { stdout, stderr } = await checkout.run("npm", dryRun, environment);
        return Number(stdout.match(/added (\d+) packages/)?.[1] ?? expect.fail(stdout + stderr));
      };
      expect(await wouldAdd(env)).to.equal(await wouldAdd({ NODE_ENV: "development", npm_config_omit: "" }));
    });

    it("that left something out because of the environment is explained by the doctor", async () => {
      const checkout = Checkout.forTheTest();
      rmSync(checkout.at("node_modules/native-tool"), { recursive: true });
      const { stdout } = await checkout.run(process.execPath, ["tools/doctor.cjs", "--quiet"], env);
      expect(stdout).to.include(
        "npm left out native-tool, because of NODE_ENV=production and npm_config_omit=optional: unset that",
      );
    });
  });
});
