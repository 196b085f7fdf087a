// One side of a check in its own process, so that a library that crashes takes nothing else down.
import { calling, serving } from "./scenarios.js";

const [, , column, side, scenario, port] = process.argv;
const state = {};
const report = (event, what) => process.connected && process.send({ event, what });
// grpc-js has two columns: its file has a member for each.
const isOfGrpcJs = column === "loop" || column === "pipeline";
const module = await import(`./columns/${isOfGrpcJs ? "grpc-js" : column}.js`);
const { serve, connect } = isOfGrpcJs ? module[column] : module;
const { statusError } = module;
const client = side === "client" ? await connect(`127.0.0.1:${port}`) : undefined;

process.on("message", (message) => {
  if (message === "leave") {
    client.close();
    process.disconnect();
    return;
  }
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  report("state", { ...state, bytes: heapUsed + external });
});

async function outcome() {
  try {
    return { value: await calling[scenario]({ client, report, state }) };
  } catch (error) {
    return { error: client.problem(error) };
  }
}

if (client) {
  report("ready");
  report("done", { ...(await outcome()), ...state });
} else {
  report("listening", await serve(serving[scenario]({ state, report, statusError })));
}
