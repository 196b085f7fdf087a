import { cpSync, existsSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ended, type Ran } from "../program-of.js";
import { Checkout, describeOnPosix, root } from "./checkout.js";

const steps = {
  install: "quartet: installing dependencies (npm ci) …\n",
  gen: "quartet: generating code from proto …\n",
  build: "quartet: compiling to dist …\n",
};
const fresh = { code: 0, stdout: "", stderr: "" };

describeOnPosix("a checkout", () => {
  let built: Checkout;
  let first: Ran;

  before(async () => {
    built = new Checkout();
    first = await built.make("build");
  });

  after(() => built.remove());

  describe("its build", () => {
    it("generates and compiles once, and does nothing while no file changes", async () => {
      expect(first).to.deep.equal({ ...fresh, stderr: steps.gen + steps.build });
      expect(await built.make("build")).to.deep.equal(fresh);
    });

    it("works with files and folders of any name", async () => {
      const checkout = Checkout.forTheTest(built);
      for (const path of ["src/bidirectional/.#a.ts", "proto/.#a.proto", "bridge/src/.#index.ts", ".#Makefile"])
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

    it("notices a file that was saved, also in the bridge, and takes over from a build that was killed", async () => {
      const checkout = Checkout.forTheTest(built);
      const killed = checkout.start(process.execPath, ["--eval", ""]);
      await ended(killed);
      checkout.write(".building", String(killed.pid));
      checkout.write("bridge/src/index.ts", "export const bridge = 2;\n");
      expect((await checkout.make("build")).stderr.endsWith(steps.build)).to.equal(true);
      expect(checkout.read("bridge/dist/index.js")).to.include("bridge = 2");
      expect(existsSync(checkout.at(".building"))).to.equal(false);
      checkout.write("proto/a.proto", "// saved");
      expect(await checkout.make("build")).to.deep.equal({ ...fresh, stderr: steps.gen + steps.build });
    });

    it("does not miss a file that you save while it compiles", async () => {
      const checkout = Checkout.forTheTest(built);
      const source = "src/client-streaming/upload-client/upload-file.ts";
      // After the compiler has read the file, and before it has written its stamp.
      const at = statSync(checkout.at("dist/.stamp")).mtimeMs;
      checkout.write(source, "export const saved = true;\n");
      const moment = new Date(Math.ceil(at));
      utimesSync(checkout.at(source), moment, moment);
      expect(await checkout.make("build")).to.deep.equal({ ...fresh, stderr: steps.build });
      expect(checkout.read("dist/src/client-streaming/upload-client/upload-file.js")).to.include("saved");
    });

    it("removes what it compiled from a file that is gone", async () => {
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

    it("makes again what you removed by hand, and `clean` removes all of it", async () => {
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
      for (const folder of ["dist", "bridge/dist"]) expect(existsSync(checkout.at(folder))).to.equal(false);
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

    it("runs once when two terminals start it at the same time", async () => {
      const checkout = Checkout.forTheTest();
      const both = await Promise.all([checkout.make("chat"), checkout.make("upload")]);
      for (const { code, stdout } of both) expect({ code, stdout }).to.deep.include({ code: 0 });
      const said = both.map(({ stderr }) => stderr).join("");
      expect(said.split(steps.build), said).to.have.lengthOf(2);
    });
  });

  describe("its install", () => {
    /** An npm that ends with `code`. */
    const npm = (checkout: Checkout, code: number, also = "") => checkout.replace("npm", `${also}\nexit ${code}`);

    it("is not repeated after npm ci by hand, or in an unpacked archive", async () => {
      const checkout = Checkout.forTheTest();
      npm(checkout, 1);
      expect(await checkout.make("install")).to.deep.equal(fresh);
    });

    it("is repeated after it failed or was interrupted, although npm left its file", async () => {
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
      // npm succeeds, but leaves out a tool without a message.
      rmSync(checkout.at(native), { recursive: true });
      npm(checkout, 0, note);
      const incomplete = await checkout.run(process.execPath, ["tools/run.cjs", "install"]);
      expect(incomplete.code).to.equal(1);
      expect(incomplete.stderr).to.include("npm ci left out native-tool: make doctor says why");
      npm(checkout, 0, `${note} && mkdir ${native}`);
      expect(await checkout.make("install")).to.deep.equal({ ...fresh, stderr: steps.install });
      expect(await checkout.make("install")).to.deep.equal(fresh);
    });

    it("does not change the node_modules of another machine: the programs run", async () => {
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

    /** Settings as on a production server. */
    const env = { NODE_ENV: "production", npm_config_omit: "optional" };

    it("leaves no package out, also if the environment says so", async () => {
      const checkout = Checkout.forTheTest();
      for (const name of ["package.json", "package-lock.json", ".npmrc", "bridge/package.json"])
        cpSync(join(root, name), checkout.at(name));
      rmSync(checkout.at("node_modules"), { recursive: true });
      // The real npm says what it would install.
      const wouldAdd = async (environment: Readonly<Record<string, string>>) => {
        const dryRun = ["ci", "--dry-run", "--offline", "--ignore-scripts"];
        const { stdout, stderr } = await checkout.run("npm", dryRun, environment);
        return Number(stdout.match(/added (\d+) packages/)?.[1] ?? expect.fail(stdout + stderr));
      };
      expect(await wouldAdd(env)).to.equal(await wouldAdd({ NODE_ENV: "development", npm_config_omit: "" }));
    });

    it("is explained by the doctor if the environment made npm leave a package out", async () => {
      const checkout = Checkout.forTheTest();
      rmSync(checkout.at("node_modules/native-tool"), { recursive: true });
      const { stdout } = await checkout.run(process.execPath, ["tools/doctor.cjs", "--quiet"], env);
      expect(stdout).to.include(
        "npm left out native-tool, because of NODE_ENV=production and npm_config_omit=optional: unset that",
      );
    });
  });
});
