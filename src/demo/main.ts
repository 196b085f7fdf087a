import { Argument, Command, CommanderError, Option } from "commander";
import pc from "picocolors";
import { EX_USAGE, onStopRequest } from "../host/index.js";
import { drawSequence, type MergedCall, type Palette, toMermaid } from "../tap/index.js";
import { type Pair, pairs } from "./pairs.js";
import { runCase } from "./run-case.js";

type PairName = keyof typeof pairs;

interface Flags {
  readonly all: boolean;
  readonly case?: string;
  readonly mermaid: boolean;
  readonly ascii: boolean;
}

/** Calls of one case that are drawn where it is asked for, by name or with --all: what comes after repeats them. */
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
  .addOption(new Option("--all", "run and draw every case").env("ALL").default(false))
  .addOption(new Option("--case <name>", "run and draw this case").env("CASE"))
  .addOption(new Option("--ascii", "draw with plain characters").env("ASCII").default(false))
  .option("--mermaid", "draw as Mermaid text", false)
  .helpOption("--help", "print this help and end")
  .exitOverride();

const stop = new AbortController();
const forget = onStopRequest(() => stop.abort(new Error("stopped")));
try {
  command.parse();
  const chosen = command.args[0] as PairName | undefined;
  const flags = command.opts<Flags>();
  for (const pair of chosen ? [pairs[chosen]] : Object.values<Pair>(pairs)) await demonstrate(pair, flags);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EX_USAGE;
  else if (stop.signal.aborted) process.exitCode = 130;
  else {
    console.error(`${pc.red("✗")} ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
} finally {
  forget();
}

async function demonstrate(pair: Pair, flags: Flags): Promise<void> {
  console.log(pc.bold(pair.title));
  const { cases } = (await import(pair.client.href)) as { cases: Readonly<Record<string, unknown>> };
  const names = Object.keys(cases);
  if (flags.case !== undefined && !names.includes(flags.case)) {
    command.error(`error: there is no case '${flags.case}' here; there are ${names.join(", ")}`);
  }
  const chosen = flags.case === undefined ? (flags.all ? names : [pair.opening]) : [flags.case];
  for (const name of chosen) {
    const calls = await runCase(pair, name, stop.signal);
    console.log();
    draw(calls, flags);
    // Without a lesson of its own, the client's exit code 0 is the proof.
    console.log(`${pc.green("✓")} ${pair.lessons[name]?.(calls) ?? name}\n`);
  }
  const rest = names.length - chosen.length;
  if (rest > 0 && flags.case === undefined) console.log(pc.dim(`${rest} more cases: ALL=1 runs and draws them.`));
}

function draw(calls: readonly MergedCall[], { all, case: named, mermaid, ascii }: Flags): void {
  const drawn = all || named !== undefined ? mostDrawn : 1;
  const width = Math.min(process.stdout.columns ?? 80, 120);
  const options = { width, ascii, ...(pc.isColorSupported ? { palette } : {}) };
  for (const call of calls.slice(0, drawn)) {
    console.log(mermaid ? toMermaid(call) : drawSequence(call, options));
  }
  if (calls.length > drawn) console.log(pc.dim(`… and ${calls.length - drawn} more calls`));
}
