import { type Metadata, Server, status } from "@grpc/grpc-js";
import {
  type CallHooks,
  type ClientMiddleware,
  caller,
  type Handlers,
  implement,
  streamingChannelOptions,
  streamingServerOptions,
} from "quartet-bridge";
import { echo } from "../../harness/each-type.js";
import { loopback } from "../../harness/loopback.js";
import { type Probe, ProbeService } from "../../harness/probe.js";

export type ProbeMiddleware = ClientMiddleware<Probe, Probe>;

/** Callers of a server that notes each call that reaches it. */
export async function serve(handlers: Handlers<typeof ProbeService> = echo) {
  const reached: Metadata[] = [];
  const service = implement(ProbeService, [({ metadata }) => void reached.push(metadata)], handlers);
  const { client, server } = await loopback(
    service.addTo(new Server(streamingServerOptions())),
    streamingChannelOptions,
  );
  const calls = (...middleware: readonly (ProbeMiddleware | { readonly unary: ProbeMiddleware })[]) =>
    caller(ProbeService, client, { middleware });
  return { client, server, reached, calls };
}

/** A middleware that records how calls end. */
export function recorder() {
  const seen: string[] = [];
  const record = ({ path }: { readonly path: string }, { onStatus }: CallHooks) => {
    onStatus(({ code }) => seen.push(`${path.replace("/test.Probe/", "")} ${status[code]}`));
  };
  return { record, seen };
}
