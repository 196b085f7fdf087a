import { once } from "node:events";
import { type ClientHttp2Session, constants } from "node:http2";
import { expect } from "chai";
import type { CallContext } from "quartet-bridge";
import { type Probe, ProbeService, served } from "../harness/probe.js";
import { framed, rawCallOn, rawConnection } from "../harness/raw-call.js";
import { law } from "./proof/law.js";

const request = framed(ProbeService.unary.requestSerialize({ n: 1 }));

/** Sends a request whole, and cancels the call in place of the half-close that a handler of one request waits for. */
async function requestWithoutEnd(session: ClientHttp2Session, path: string): Promise<void> {
  const stream = rawCallOn(session, path);
  await new Promise<void>((resolve) => stream.write(request, () => resolve()));
  stream.close(constants.NGHTTP2_CANCEL);
  await once(stream, "close");
}

law(
  "L3",
  "a request that is cancelled in place of its half-close: a handler that it begins hears of that",
  ({ repeat }) => {
    for (const method of ["unary", "serverStreaming"] as const) {
      for (const window of [undefined, false] as const) {
        repeat(20, `${method}, ${window === false ? "grpc-js's own pace" : "a write window"}`, async () => {
          const begun: AbortSignal[] = [];
          const handle = (_request: Probe, { signal }: CallContext) => {
            begun.push(signal);
            return new Promise<never>(() => {});
          };
          const { address } = await served(
            { unary: handle, serverStreaming: handle },
            window === false ? { window } : {},
          );
          const session = rawConnection(address);
          await requestWithoutEnd(session, ProbeService[method].path);
          // An answer on the same connection says that all before it has been seen, and two turns that it has been acted on.
          const ping = () => new Promise<void>((resolve) => session.ping(() => resolve()));
          await ping();
          await ping();
          expect(begun.map((signal) => signal.aborted)).not.to.include(false);
        });
      }
    }
  },
);
