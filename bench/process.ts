import { bare } from "./implementations/bare.js";
import { bridge, mapped, middleware } from "./implementations/bridge.js";
import { http2 } from "./implementations/http2.js";
import { type DownSource, downSources, type Implementation } from "./implementations/implementation.js";
import { runTask } from "./implementations/run-task.js";
import { parseTask } from "./implementations/task.js";
import { drain } from "./instruments/drain.js";
import { idle } from "./instruments/idle.js";
import { pause } from "./instruments/pause.js";
import { stall } from "./instruments/stall.js";

const implementations: Readonly<Record<string, Implementation>> = { bare, bridge, middleware, mapped, http2 };
const instruments: Readonly<Record<string, (address: string, task: never) => Promise<object>>> = {
  drain,
  pause,
  idle,
  stall,
};

/**
 * One side of a measurement, as a process: prints one line of JSON on stdout. It is started by the harness, and speaks
 * as the peers' processes do (bench/peers/README.md).
 *
 *     process.js server <implementation> <source>              {"port":…}, and lives until it is killed
 *     process.js client <implementation> --port <port> …       what was measured, see `Measured`
 *     process.js instrument <name> --port <port> <task>        the same; or that a reader pauses, and lives on
 */
async function main([role, name = "", ...rest]: readonly string[]): Promise<object> {
  const implementation = implementations[name];
  if (role === "server" && implementation !== undefined) return { port: await implementation.serve(source(rest[0])) };
  const [, port, ...flags] = rest;
  const address = `127.0.0.1:${port}`;
  if (role === "client" && implementation !== undefined) return runTask(implementation, address, parseTask(flags));
  const instrument = instruments[name];
  if (role === "instrument" && instrument !== undefined)
    return instrument(address, JSON.parse(flags.join("")) as never);
  throw new Error(`there is no ${role} ${name}`);
}

function source(text: string | undefined): DownSource {
  const found = downSources.find((each) => each === text);
  if (found === undefined) throw new Error(`there is no source ${text}, but ${downSources.join(", ")}`);
  return found;
}

console.log(JSON.stringify(await main(process.argv.slice(2))));
