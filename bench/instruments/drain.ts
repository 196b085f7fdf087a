import { type ClientHttp2Session, connect } from "node:http2";
import { BenchService } from "#gen/quartet/bench/v1/bench.js";
import { frame, requestHeaders } from "../implementations/framing.js";
import { type Measured, timed } from "../implementations/task.js";

/** `count` items of `Down`, and `warmup` earlier ones, in calls of `perCall` items, `inFlight` at a time. */
export interface DrainTask {
  readonly count: number;
  readonly warmup: number;
  readonly perCall: number;
  readonly inFlight: number;
  readonly bytes: number;
}

/** A client that only reads the bytes, and so is faster than any server. It measures the server alone. */
export async function drain(address: string, task: DrainTask): Promise<Measured> {
  const session = connect(`http://${address}`);
  // Each call is told of a lost connection.
  session.on("error", () => {});
  try {
    await drainItems(session, task, task.warmup);
    return await timed(task.count, () => drainItems(session, task, task.count));
  } finally {
    session.close();
  }
}

async function drainItems(session: ClientHttp2Session, task: DrainTask, count: number): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left > 0) {
      const asked = Math.min(task.perCall, left);
      left -= asked;
      await drainCall(session, asked, task.bytes);
    }
  };
  await Promise.all(Array.from({ length: task.inFlight }, lane));
}

function drainCall(session: ClientHttp2Session, count: number, payloadBytes: number): Promise<void> {
  const stream = session.request(requestHeaders(BenchService.down));
  stream.end(frame(BenchService.down.requestSerialize({ count, payloadBytes })));
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let code: unknown;
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    stream.on("trailers", (trailers) => {
      code = trailers["grpc-status"];
    });
    stream.on("error", reject);
    stream.on("close", () => {
      if (code === "0" && bytes >= count * payloadBytes) resolve();
      else reject(new Error(`the call ended with status ${code} after ${bytes} bytes`));
    });
  });
}
