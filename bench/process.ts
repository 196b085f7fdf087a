import type { DownSource, Implementation } from "./implementations/implementation.js";
import { runTask } from "./implementations/run-task.js";
import { taskOf, type Work } from "./implementations/task.js";
import { collected } from "./measure/memory.js";
import { peerNamed } from "./peers.js";

// Each process loads only what it runs: what the others need would be in its memory too.
const bridged = () => import("./implementations/bridge.js");
const waiting = () => import("./instruments/waiting.js");
const ours: Readonly<Record<string, () => Promise<object>>> = {
  bare: () => import("./implementations/bare.js"),
  bridge: bridged,
  middleware: bridged,
  mapped: bridged,
  http2: () => import("./implementations/http2.js"),
};
const instruments: Readonly<Record<string, () => Promise<object>>> = {
  drain: () => import("./instruments/drain.js"),
  pause: waiting,
  idle: waiting,
  stall: waiting,
};

type Instrument = (address: string, task: object) => Promise<object>;

/** What `modules` has with this name; undefined if it has nothing. */
async function named<T>(
  modules: Readonly<Record<string, () => Promise<object>>>,
  name: string,
): Promise<T | undefined> {
  const exported = (await modules[name]?.()) as Readonly<Record<string, T>> | undefined;
  return exported?.[name];
}

/**
 * One side of a measurement, as a process: says one thing, to the harness that has started it or as a line of JSON on
 * stdout. An implementation is one of ours or a peer.
 *
 *     process.js server <implementation> <source>        {"port":…}, and lives until it is killed
 *     process.js client <implementation> <port> <task>   what was measured, see `Measured`
 *     process.js instrument <name> <port> <task>         the same; or that a reader pauses, and lives on
 */
async function main([role, name = "", source, task = "{}"]: readonly string[]): Promise<object> {
  const address = `127.0.0.1:${source}`;
  if (role === "instrument") {
    const instrument = await named<Instrument>(instruments, name);
    if (instrument) return instrument(address, JSON.parse(task));
  } else {
    const implementation = (await named<Implementation>(ours, name)) ?? (await peerNamed(name));
    if (role === "server" && implementation) return { port: (await implementation.serve(source as DownSource)).port };
    if (role === "client" && implementation) return runTask(implementation, address, taskOf(JSON.parse(task) as Work));
  }
  throw new Error(`there is no ${role} ${name}`);
}

// The process ends with the harness, so that ctrl-c leaves no process behind.
process.on("disconnect", () => process.exit());
// The harness asks how many bytes of JavaScript's heap and buffers it holds.
process.on("message", async () => {
  const { heapUsed, external } = await collected();
  process.send?.(heapUsed + external);
});
// The program decides how long the process lives: a listener for messages would keep it alive forever.
process.channel?.unref();

const said = await main(process.argv.slice(2));
if (process.send) process.send(said);
else console.log(JSON.stringify(said));
