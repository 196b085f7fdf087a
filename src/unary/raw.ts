// The unary pair with grpc-js and ts-proto alone, as `make unary RAW=1` runs it. Beside it, calculator.ts, server.ts
// and client.ts are the same with the bridge.
import {
  type ClientOptions,
  credentials,
  type handleUnaryCall,
  Metadata,
  Server,
  type ServerOptions,
  status,
} from "@grpc/grpc-js";
import { CalculatorClient, CalculatorService, type Number as NumberMessage } from "#gen/tutorials/calculator.js";

/** Work that takes time and can fail, such as a query. It may stop when its signal aborts. */
export type Root = (x: number, signal: AbortSignal) => Promise<number>;

/** A server with SquareRoot, on no port yet. Another method of the contract is UNIMPLEMENTED. */
export function build(options: ServerOptions = {}): Server {
  const server = new Server(options);
  server.addService(CalculatorService, { squareRoot: squareRoot(async (x) => Math.sqrt(x) + 0, console.error) });
  return server;
}

// #region raw
export function squareRoot(root: Root, log: (error: unknown) => void): handleUnaryCall<NumberMessage, NumberMessage> {
  // grpc-js ignores the promise of an async handler. If the promise rejected, the client would wait until its deadline,
  // and Node would end the process: the `try` has to be around everything.
  return async (call, callback) => {
    const gone = new AbortController();
    let answered = false;
    // 'cancelled' comes after every call. Only before the answer does it mean that the client has gone.
    call.on("cancelled", () => {
      if (!answered) gone.abort();
    });
    const answer: typeof callback = (error, value) => {
      answered = true;
      if (!gone.signal.aborted) callback(error, value);
    };
    try {
      const { value } = call.request;
      if (value >= 0 && value < Infinity) answer(null, { value: await root(value, gone.signal) });
      else answer({ code: status.INVALID_ARGUMENT, details: "value: must be finite, and not negative" });
    } catch (error) {
      // Given to the callback as it is, the error would carry its message to the client, and any secret in it.
      if (!gone.signal.aborted) log(error);
      answer({ code: status.UNKNOWN, details: "the server failed; its log says more" });
    }
  };
}
// #endregion

/** Makes one call, and says its answer. */
export async function run(address: string, signal: AbortSignal, options: ClientOptions = {}): Promise<void> {
  signal.throwIfAborted();
  const client = new CalculatorClient(address, credentials.createInsecure(), options);
  try {
    const { value } = await new Promise<NumberMessage>((resolve, reject) => {
      // Without a deadline, a server that hangs keeps the client forever.
      const until = { deadline: Date.now() + 5_000 };
      const call = client.squareRoot({ value: 16 }, new Metadata(), until, (error, answer) => {
        signal.removeEventListener("abort", cancel);
        if (error) reject(error);
        else resolve(answer);
      });
      const cancel = () => call.cancel();
      signal.addEventListener("abort", cancel);
    });
    console.log(`  SquareRoot(16) = ${value}`);
  } finally {
    client.close();
  }
}
