import { Server, status } from "@grpc/grpc-js";
import {
  type CallContext,
  type CallHooks,
  caller,
  type Handlers,
  implement,
  type ServerMiddleware,
  StatusError,
  streamingChannelOptions,
  streamingServerOptions,
} from "quartet-bridge";
import { echo } from "../../harness/each-type.js";
import { gate, loopback } from "../../harness/loopback.js";
import { type Probe, ProbeService } from "../../harness/probe.js";

export type ProbeMiddleware = ServerMiddleware<Probe, Probe>;

export async function serve(
  list: readonly (ProbeMiddleware | { readonly unary: ProbeMiddleware })[],
  handlers: Handlers<typeof ProbeService> = echo,
) {
  const server = implement(ProbeService, list, handlers).addTo(new Server(streamingServerOptions()));
  const { client, address } = await loopback(server, streamingChannelOptions);
  return { server, address, client, calls: caller(ProbeService, client) };
}

/** A middleware that records how calls end, and a promise of the first `count` of them. */
export function recorder(count = 1) {
  const seen: string[] = [];
  const all = gate<string[]>();
  const record = (call: { readonly path: string }, { onStatus, method }: CallHooks) => {
    onStatus(({ code, details }) => {
      seen.push(`${call.path.replace("/test.Probe/", "")} ${method.requestStream} ${status[code]} ${details}`.trim());
      if (seen.length === count) all.open(seen);
    });
  };
  return { record, seen, all: all.opened };
}

export interface User {
  readonly name: string;
}

export const authenticate = async (call: CallContext) => {
  const [name] = call.metadata.get("authorization");
  if (name === undefined) throw new StatusError(status.UNAUTHENTICATED, "sign in first");
  return call.with({ user: { name: String(name) } satisfies User });
};

export const signedIn = (name: string) => ({ authorization: name });
