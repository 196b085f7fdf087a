import { bare } from "./implementations/bare.js";
import { bridge, mapped, middleware } from "./implementations/bridge.js";
import { http2 } from "./implementations/http2.js";
import type { DownSource, Implementation } from "./implementations/implementation.js";
import { runTask } from "./implementations/run-task.js";
import { taskOf, type Work } from "./implementations/task.js";
import { drain } from "./instruments/drain.js";
import { idle, pause, stall } from "./instruments/waiting.js";
import { peerNamed } from "./peers.js";

const ours: Readonly<Record<string, Implementation>> = { bare, bridge, middleware, mapped, http2 };
const instruments: Readonly<Record<string, (address: string, task: never) => Promise<object>>> = {
  drain,
  pause,
  idle,
  stall,
};

/**
 * One side of a measurement, as a process: prints one line of JSON on stdout. The harness starts it. An implementation
 * is one of ours or a peer.
 *
 *     process.js server <implementation> <source>        {"port":…}, and lives until it is killed
 *     process.js client <implementation> <port> <task>   what was measured, see `Measured`
 *     process.js instrument <name> <port> <task>         the same; or that a reader pauses, and lives on
 */
async function main([role, name = "", source, task = "{}"]: readonly string[]): Promise<object> {
  const implementation = ours[name] ?? (await peerNamed(name));
  if (role === "server" && implementation !== undefined)
    return { port: (await implementation.serve(source as DownSource)).port };
  const address = `127.0.0.1:${source}`;
  if (role === "client" && implementation !== undefined)
    return runTask(implementation, address, taskOf(JSON.parse(task) as Work));
  const instrument = instruments[name];
  if (role === "instrument" && instrument !== undefined) return instrument(address, JSON.parse(task) as never);
  throw new Error(`there is no ${role} ${name}`);
}

console.log(JSON.stringify(await main(process.argv.slice(2))));
