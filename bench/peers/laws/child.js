// One side of a check in a process of its own: a library under which it dies takes nothing else along.
import { calling, serving } from "./scenarios.js";

const [, , column, side, scenario, port] = process.argv;
const state = {};
const report = (event, what) => process.connected && process.send({ event, what });

process.on("message", () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  report("state", { ...state, bytes: heapUsed + external });
});

const { serve, connect, statusError } = await import(`./columns/${column}.js`);
if (side === "server") {
  const handlers = serving[scenario]({ state, report, statusError });
  report("listening", await serve(handlers));
} else {
  const client = await connect(Number(port));
  report("ready");
  await calling[scenario]({ client, report, state, leave: () => process.disconnect() });
}
