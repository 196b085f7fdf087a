import { once } from "node:events";
import { connect as http2Connect } from "node:http2";
import { type AddressInfo, createServer, connect as tcpConnect } from "node:net";
import { type BridgedService, implement } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { afterTheTest, gate } from "../../../bridge/test/harness/loopback.js";
import { rawCall } from "../../../bridge/test/harness/wire/raw-call.js";

const path = "/bidirectional.Bidirectional/GetServerResponse";

/** A call of the endless handler, as the server sees it. */
export interface EndlessCall {
  readonly path: string;
  readonly peer: string;
  /** Settles when the call is over and has freed what it held. */
  readonly over: Promise<void>;
  /** Settles when the handler has not been asked for a message through many turns of the event loop. */
  stalled(): Promise<void>;
}

/** A handler whose responses never end by themselves, and its calls in the order in which they begin. */
export function endless(): { readonly service: BridgedService; next(): Promise<EndlessCall> } {
  const message = "x".repeat(10_000);
  const begun: EndlessCall[] = [];
  let another = gate();
  const service = implement(BidirectionalService, {
    async *getServerResponse(_requests, { path, peer }) {
      const over = gate();
      let given = 0;
      const stalled = async () => {
        for (let seen = -1, turns = 0; turns < 200; turns += 1) {
          if (seen !== given) [seen, turns] = [given, 0];
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      begun.push({ path, peer, over: over.opened, stalled });
      another.open();
      try {
        for (;;) {
          given += 1;
          yield { message };
          // Each message takes a turn of the event loop, so that one call does not block the others.
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        over.open();
      }
    },
  });
  return {
    service,
    async next() {
      for (;;) {
        const call = begun.shift();
        if (call !== undefined) return call;
        another = gate();
        await another.opened;
      }
    },
  };
}

/**
 * A call whose client reads nothing, so HTTP/2's flow control stops the server.
 *
 * @returns the trailers that the client gets, and its end
 */
export function callThatIsNotRead(address: string): { readonly trailers: unknown[]; readonly closed: Promise<void> } {
  const call = rawCall(address, path);
  call.pause();
  const [trailers, closed] = [[] as unknown[], gate()];
  call.on("trailers", (each) => trailers.push(each));
  call.once("close", () => closed.open());
  return { trailers, closed: closed.opened };
}

/**
 * A call whose client has the largest HTTP/2 window, but whose machine takes nothing more from the network, so TCP
 * stops the server in the middle of a write.
 */
export async function callThatHangs(port: number): Promise<void> {
  const between = createServer((near) => {
    const far = tcpConnect(port, "127.0.0.1");
    near.on("error", () => {});
    near.pipe(far);
    far.on("error", () => {});
    far.once("data", (settings) => {
      far.pause();
      near.write(settings);
    });
    afterTheTest(() => far.destroy());
    afterTheTest(() => near.destroy());
  }).listen(0, "127.0.0.1");
  afterTheTest(() => between.close());
  await once(between, "listening");
  const most = 2 ** 31 - 1;
  const session = http2Connect(`http://127.0.0.1:${(between.address() as AddressInfo).port}`, {
    settings: { initialWindowSize: most },
  });
  afterTheTest(() => session.destroy());
  session.on("error", () => {});
  await once(session, "connect");
  session.setLocalWindowSize(most);
  const call = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  call.on("error", () => {});
}
