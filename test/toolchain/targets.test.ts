import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Ran } from "../program-of.js";
import { Checkout, describeOnPosix } from "./checkout.js";

/** The arguments and the title with which the program of the small checkout was started. */
const heard = ({ code, stdout, stderr }: Ran): { args: string[]; title: string | null } => {
  expect(code, stderr).to.equal(0);
  return JSON.parse(stdout);
};

describeOnPosix("make", () => {
  let checkout: Checkout;

  before(async () => {
    checkout = new Checkout();
    await checkout.make("build");
  });

  after(() => checkout.remove());

  describe("a value after a target", () => {
    const strange = [
      "price $5.txt",
      "$(HOME) $HOME $$ $",
      'say "hi".txt',
      "it's.txt",
      "back\\slash\\",
      // make itself removes blanks at the beginning.
      "blanks  between and after ",
      "-dash.txt",
      "--name=x",
      "#comment",
      "a;b&&c|d>e<f*?",
      "%@~",
      "größe 🚀",
      "",
    ];

    it("reaches the program unchanged", async () => {
      for (let at = 0; at < strange.length; at += 4) {
        const [file = "", title = "", name = "", id = ""] = strange.slice(at, at + 4);
        const given = await checkout.make("upload", `FILE=${file}`, `TITLE=${title}`, `NAME=${name}`, `ID=${id}`);
        expect(heard(given)).to.deep.equal({ args: [`--name=${name}`, `--id=${id}`, "--", file], title });
      }
      const [name = "", room = ""] = strange;
      const chat = await checkout.make("chat", `NAME=-${name}`, `ROOM=${room}`);
      expect(heard(chat).args).to.deep.equal([`--name=-${name}`, `--room=${room}`]);
      expect(heard(await checkout.make("teach", "N=03", `PLAY=${name}`)).args).to.deep.equal([
        "teach",
        "--",
        "03",
        name,
      ]);
    });

    it("is never executed", async () => {
      const ran = join(checkout.folder, "ran");
      const names = ["FILE", "NAME", "ROOM", "ID", "TITLE", "PLAY", "HOST", "N", "TRACK"];
      for (const text of ["`touch ran`", "$(touch ran)", "$(shell touch ran)", "$$(touch ran)", "'\";touch ran;\"'"]) {
        const given = await checkout.make("upload", ...names.map((name) => `${name}=${text}`));
        expect(heard(given).title).to.equal(text);
        expect(existsSync(ran), text).to.equal(false);
      }
    });

    it("is not confused with a variable of the environment, which may mean something else", async () => {
      const env = { NAME: "a machine", ROOM: "12", FILE: "/etc/hosts", ID: "1" };
      expect(heard(await checkout.run("make", ["-s", "upload"], env)).args).to.deep.equal([]);
      expect(heard(await checkout.run("make", ["-s", "chat", "NAME=ada"], env)).args).to.deep.equal(["--name=ada"]);
      expect(heard(await checkout.run("make", ["-s", "exercise-new"], { TITLE: "a b" })).title).to.equal("a b");
    });

    it("is not passed to child processes, also by a target that uses no values", async () => {
      const copy = Checkout.forTheTest(checkout);
      copy.write("dist/exercises/runner/main.js", "console.log(process.env.QUARTET_GIVEN);");
      expect((await copy.make("exercise-list", "N=03")).stdout).to.equal("undefined\n");
    });

    it("may be an argument instead: what follows the name of a target is for the program", async () => {
      const upload = await checkout.run(process.execPath, ["tools/run.cjs", "upload", "a b.txt", "--id", "$5"]);
      expect(heard(upload).args).to.deep.equal(["a b.txt", "--id", "$5"]);
    });
  });

  describe("a target", () => {
    it("that does not exist is named, and the exit code is 64", async () => {
      expect(await checkout.run(process.execPath, ["tools/run.cjs", "nothing"])).to.deep.equal({
        code: 64,
        stdout: "",
        stderr: "quartet: there is no target nothing: make help lists the targets\n",
      });
    });

    it("is listed by make without a target, and runs although a folder has its name", async () => {
      const { code, stdout } = await checkout.make();
      expect(code).to.equal(0);
      expect(stdout).to.include("  make unary             one request, one response").and.include("  make test ");
      const copy = Checkout.forTheTest(checkout);
      copy.write("chat/a", "");
      expect((await copy.make("chat")).stdout).to.include("args");
    });

    it("ends as its program ends: by exit code, by signal, and with 13 if the program waits forever", async () => {
      const copy = Checkout.forTheTest(checkout);
      copy.write("src/bidirectional/chat-client/terminal.ts", "export {};\nthrow new Error('at line 2');\n");
      for (const [compiled, expected] of [
        ["", { code: 1, signal: null }],
        ["process.exitCode = 3;", { code: 3, signal: null }],
        ["process.exit(0);", { code: 0, signal: null }],
        ["process.kill(process.pid, 'SIGTERM'); await new Promise(() => {});", { code: null, signal: "SIGTERM" }],
        ["await new Promise(() => {});", { code: 13, signal: null }],
      ] as const) {
        if (compiled) copy.write("dist/src/bidirectional/chat-client/terminal.js", compiled);
        const child = copy.start(process.execPath, ["tools/run.cjs", "chat"]);
        const ending = new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
        const said: string[] = [];
        child.stderr?.setEncoding("utf8").on("data", (part: string) => said.push(part));
        const closed = new Promise((resolve) => child.on("close", resolve));
        expect(await ending, compiled).to.deep.equal(expected);
        await closed;
        if (!compiled) expect(said.join("")).to.include("chat-client/terminal.ts:2");
      }
    });
  });
});
