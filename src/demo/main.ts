import { Argument, Command, CommanderError, Option } from "commander";
import pc from "picocolors";
import { EX_USAGE, onStopRequest } from "../host/index.js";
import { drawSequence, type MergedCall, type Palette, toMermaid } from "../tap/index.js";
import { whatPassed } from "./lessons.js";
import { type Pair, pairs } from "./pairs.js";
import { Interrupted, runCase } from "./run-case.js";

type PairName = keyof typeof pairs;

interface Flags {
  readonly all: boolean;
  readonly case?: string;
  readonly raw: boolean;
  readonly mermaid: boolean;
  readonly ascii: boolean;
}

/** How many calls of a case are drawn with --case or --all: later calls repeat the first ones. */
const mostDrawn = 3;

const palette: Palette = {
  title: pc.bold,
  lifeline: pc.dim,
  request: pc.cyan,
  response: pc.green,
  ok: pc.green,
  error: pc.red,
  note: pc.yellow,
  fold: pc.dim,
  time: pc.dim,
};

const command = new Command("demo")
  .description("Starts a server and its client as two processes, and draws what passes between them.")
  .addArgument(new Argument("[pair]", "which pair; all four without").choices(Object.keys(pairs)))
  .addOption(new Option("--all", "run and draw every case (env: ALL)").default(isOn("ALL")))
  .addOption(new Option("--case <name>", "run and draw this case").env("CASE"))
  .addOption(new Option("--raw", "run and draw the first case without the bridge (env: RAW)").default(isOn("RAW")))
  .addOption(new Option("--ascii", "draw with plain characters (env: ASCII)").default(isOn("ASCII")))
  .option("--mermaid", "draw as Mermaid text", false)
  .helpOption("--help", "print this help and end")
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, "demo:")) })
  .exitOverride();

const stop = new AbortController();
const forget = onStopRequest(() => stop.abort(new Error("stopped")));
// `make demo | head` closes the pipe. Without a listener that is an uncaught exception; with it the demo ends quietly.
process.stdout.on("error", (error) => stop.abort(error));
try {
  command.parse();
  const chosen = command.args[0] as PairName | undefined;
  const flags = command.opts<Flags>();
  for (const [pair, names] of await choose(chosen ? [pairs[chosen]] : Object.values(pairs), flags)) {
    await demonstrate(pair, names, flags);
  }
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EX_USAGE;
  else if (stop.signal.aborted || error instanceof Interrupted) process.exitCode = 130;
  else {
    console.error(`${pc.red("✗")} ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
} finally {
  forget();
}

/** Whether a variable of the environment is on. commander's `env` would take `ALL=0` for a yes. */
function isOn(name: string): boolean {
  return !["", "0"].includes(process.env[name] ?? "");
}

/**
 * The pairs to run, each with the names of its cases. A case that is named without a pair is looked for in all pairs.
 */
async function choose(from: readonly Pair[], { all, case: named, raw }: Flags): Promise<[Pair, string[]][]> {
  if (raw && (all || named !== undefined))
    return command.error("error: --raw runs the first case alone: leave out --all and --case");
  if (!all && named === undefined) return from.map((pair) => [pair, [pair.opening]]);
  const offered = await Promise.all(from.map(async (pair): Promise<[Pair, string[]]> => [pair, await casesOf(pair)]));
  if (named === undefined) return offered;
  const having = offered.filter(([, names]) => names.includes(named));
  if (having.length > 0) return having.map(([pair]) => [pair, [named]]);
  const known = offered.flatMap(([, names]) => names).join(", ");
  return command.error(`error: there is no case '${named}' here; there are ${known}`);
}

async function casesOf(pair: Pair): Promise<string[]> {
  const { cases } = (await import(pair.client.href)) as { cases: Readonly<Record<string, unknown>> };
  return Object.keys(cases);
}

async function demonstrate(pair: Pair, names: readonly string[], flags: Flags): Promise<void> {
  console.log(pc.bold(pair.title));
  for (const name of names) {
    const calls = await runCase(pair, name, flags, stop.signal);
    draw(calls, flags);
    console.log(`${pc.green("✓")} ${(pair.lessons[name] ?? whatPassed)(calls)}\n`);
  }
  const rest = flags.all || flags.raw || flags.case !== undefined ? 0 : (await casesOf(pair)).length - names.length;
  if (rest > 0) console.log(pc.dim("ALL=1 runs and draws every case.\n"));
}

function draw(calls: readonly MergedCall[], { all, case: named, mermaid, ascii }: Flags): void {
  const drawn = all || named !== undefined ? mostDrawn : 1;
  const width = Math.min(process.stdout.columns ?? 80, 120);
  const options = { width, ascii, ...(pc.isColorSupported ? { palette } : {}) };
  for (const call of calls.slice(0, drawn)) {
    const diagram = mermaid ? toMermaid(call) : drawSequence(call, options);
    console.log(`\n${diagram}`);
    if (diagram.includes("╌╌╌"))
      console.log(pc.dim("(╌╌╌ on its way while other things happened: it leaves in one row, arrives later)"));
  }
  if (calls.length > drawn) console.log(pc.dim(`… and ${calls.length - drawn} more calls`));
}
