import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { afterTheTest } from "../../bridge/test/harness/loopback.js";
import { screen } from "../screen.js";
import { emptyOwnWork, ownWork } from "./exercise-files.js";

const { root } = await import("../../exercises/runner/content/exercise.js");

/** A shell at a terminal of the system, in which jobs can be stopped and continued. The test has its screen. */
function shell() {
  const terminal = screen(80, 24);
  const child = spawn("script", ["-qefc", "bash --norc --noprofile -i", "/dev/null"], {
    cwd: root,
    // An editor that reads its keys from the terminal.
    env: { ...process.env, EDITOR: `echo an editor; head -n 3 > ${ownWork}/typed; echo saved; head -n 1; true` },
  });
  child.stdout.pipe(terminal.output);
  afterTheTest(() => child.kill("SIGKILL"));
  const type = (keys: string) => void child.stdin.write(keys);
  // The prompt counts the commands, so that an earlier prompt on the screen cannot be taken for the next one.
  type("PS1='[\\#] $ '; stty rows 24 columns 80\n");
  return { shows: terminal.shows, type, over: once(child, "close") };
}

// `script` of util-linux, which every Linux has, lends its terminal to a program. On other systems `script` differs.
if (process.platform === "linux" && existsSync("/usr/bin/script")) {
  describe("npm run exercises, at a terminal of the system", () => {
    afterEach(emptyOwnWork);

    it("is stopped and continued, lends the terminal to an editor, and quits", async () => {
      const { shows, type, over } = shell();
      type("npm run -s exercises\n");
      await shows("◆ a question gets an answer");
      type("\x1a");
      await shows("[3] $ ");
      // The terminal is the shell's: what is typed goes there, and is seen.
      type("echo $((40 + 2)) of them\n");
      await shows("42 of them");
      await shows("[4] $ ");
      type("fg\n");
      await shows("◆ a question gets an answer");
      // The editor must get every key while it runs: with two readers, every second key would be missing.
      type("e");
      await shows("an editor");
      type("one\ntwo\nthree\n");
      await shows("saved");
      expect(await readFile(join(root, ownWork, "typed"), "utf8")).to.equal("one\ntwo\nthree\n");
      // Ends the editor. The next key waits at the terminal until the workshop reads again.
      type("\n");
      type("n");
      await shows("02 · Say what went wrong");
      type("q");
      await shows("[5] $ ");
      type("echo ended with $?\n");
      await shows("ended with 0");
      type("exit\n");
      await over;
    });
  });
}
