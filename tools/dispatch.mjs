// Runs a target: first the steps of the build that it needs and that are out of date, then its program.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { outOfDate, root } from "./freshness.mjs";
import { help, targets } from "./targets.mjs";

const EX_USAGE = 64;

/**
 * @param {string | undefined} name a key of `targets`
 * @param {string[]} rest the arguments after the name, for the program
 */
export async function dispatch(name = "help", rest) {
  if (name === "help") return console.log(help());
  if (!Object.hasOwn(targets, name)) {
    console.error(`quartet: there is no target ${name}: make help lists the targets`);
    process.exitCode = EX_USAGE;
    return;
  }
  const target = targets[name];
  const given = takeGiven();
  const args = [...(target.args ?? []), ...(target.given?.(given) ?? []), ...rest];
  for (const command of target.first ?? []) if (!(await succeeds(command))) return;
  if (!(await bringUpToDate(target.needs ?? "build"))) return;
  for (const path of target.removes ?? []) rmSync(join(root, path), { recursive: true, force: true });
  for (const command of target.commands ?? []) if (!(await succeeds(command))) return;
  if (target.program) await run(target.program, args);
}

/**
 * The variables after `make`. The Makefile exports their values, and lists their names, because other variables of the
 * environment may have the same names and mean something else.
 */
function takeGiven() {
  const names = (process.env.QUARTET_GIVEN ?? "").split(" ").filter((name) => name !== "");
  // Child processes must not inherit this list.
  delete process.env.QUARTET_GIVEN;
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""]));
}

/** @param {import("./freshness.mjs").StepName | "nothing"} step */
async function bringUpToDate(step) {
  if (step === "nothing" || outOfDate(step).length === 0) return true;
  // Loaded only here: a checkout that is up to date does not need it.
  const { bringUpToDate } = await import("./steps.mjs");
  return bringUpToDate(step);
}

/**
 * Runs a program in this process, as if you had started Node with it: it gets signals, ctrl-z and stdin, and sets the
 * exit code.
 *
 * @param {string} program from the root
 * @param {string[]} args
 */
async function run(program, args) {
  const path = join(root, program);
  process.argv.splice(1, process.argv.length, path, ...args);
  process.setSourceMapsEnabled(true);
  // The processes that the program forks get the flags of this one.
  process.execArgv.push("--enable-source-maps");
  await import(pathToFileURL(path).href);
}

/**
 * Runs one of several commands in its own process. If the command fails, this process ends in the same way.
 *
 * @param {string[]} command a script from the root, and its arguments
 */
async function succeeds([script, ...args]) {
  const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, stdio: "inherit" });
  // A terminal sends ctrl-c to both processes: the child decides how to react.
  const handlers = { SIGINT() {}, SIGTERM: () => child.kill("SIGTERM"), SIGHUP: () => child.kill("SIGHUP") };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  const [code, signal] = await once(child, "exit");
  for (const [each, handler] of Object.entries(handlers)) process.off(each, handler);
  if (signal) process.kill(process.pid, signal);
  process.exitCode = code ?? 1;
  return code === 0;
}
