import {
  Server,
  type ServerInterceptor,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { Logger } from "pino";
import { onStalledPeer, streamingServerOptions } from "quartet-bridge";
import { HealthService } from "#gen/grpc/health/v1/health.js";
import { ServerReflectionService } from "#gen/grpc/reflection/v1/reflection.js";
import { ServerReflectionService as ServerReflectionV1AlphaService } from "#gen/grpc/reflection/v1alpha/reflection.js";
import { formatAddress } from "../address.js";
import { serverLimits } from "../limits.js";
import { addressesOf } from "./binding.js";
import { callLog } from "./call-log.js";
import { Connections } from "./connections.js";
import { Health } from "./health.js";
import { OpenCalls } from "./open-calls.js";
import { reflection } from "./reflection.js";

/** A service that a server can host: the result of the bridge's `implement`, or of {@link handwritten}. */
export interface HostedService {
  readonly definition: ServiceDefinition;
  addTo(server: Server): unknown;
}

/** A service with handlers that are written for grpc-js. */
export function handwritten(definition: ServiceDefinition, handlers: UntypedServiceImplementation): HostedService {
  return { definition, addTo: (server) => server.addService(definition, handlers) };
}

/** Options for `serve` and for tests. */
export interface HostOptions {
  /** Gets one line per call. Without it nothing is logged. */
  readonly log?: Logger;
  /**
   * The first is nearest the wire, and the last nearest the handlers. The call log is nearer the wire than all of them.
   */
  readonly interceptors?: readonly ServerInterceptor[];
}

/** Where a server listens. */
export interface Listening {
  readonly port: number;
  /** Each is `host:port`, with an IP address. */
  readonly addresses: readonly string[];
}

/** A server with its services, health and reflection, not yet on a port. */
export interface Hosting {
  readonly health: Health;
  /** Aborts when the drain begins. Services then end the streams that would not end by themselves. */
  readonly draining: AbortSignal;
  /**
   * Listens on every address of `host` (default 127.0.0.1). Until the server is down, it cuts the connection of each
   * peer that the bridge reports as stalled.
   *
   * @param where port 0, the default, for a free one
   * @throws UsageError if the port is in use, or the host is not of this machine; an Error after a drain has begun
   */
  listen(where?: { readonly host?: string; readonly port?: number }): Promise<Listening>;
  /**
   * Takes no more calls. Health says NOT_SERVING, and `draining` aborts. Open calls have `graceMs` to end by
   * themselves; then they get UNAVAILABLE. A call that is still open 250 ms later has a peer that does not read, and
   * its connection is cut. A second call of this changes nothing.
   *
   * @returns how many calls did not end by themselves
   */
  drain(graceMs: number): Promise<number>;
  /** Ends the grace of a drain now. Begins a drain if there is none. */
  force(): Promise<number>;
}

/** How long a status from the host may take to reach its peer at the end of the grace, in milliseconds. */
const flushMs = 250;

/**
 * Makes a server.
 *
 * @param services the services, or a function of the `draining` signal that makes them, for those that hold streams
 *   open
 */
export function host(
  services: readonly HostedService[] | ((draining: AbortSignal) => readonly HostedService[]),
  { log, interceptors = [] }: HostOptions = {},
): Hosting {
  const openCalls = new OpenCalls();
  const drainStart = new AbortController();
  const hosted = typeof services === "function" ? services(drainStart.signal) : services;
  const names = hosted.flatMap(({ definition }) => nameOf(definition));
  const health = new Health(names);

  // grpc-js makes the first interceptor the one nearest the wire. The log is the first of all, so that it also sees a
  // status that another interceptor sends.
  const all = [...(log === undefined ? [] : [callLog(log)]), ...interceptors, openCalls.interceptor];
  const server = new Server(streamingServerOptions({ ...serverLimits, interceptors: all }));
  const connections = new Connections(server);
  const own = [HealthService, ServerReflectionService, ServerReflectionV1AlphaService].flatMap(nameOf);
  const reflected = reflection([...names, ...own].sort(), loadDescriptors);
  for (const service of [...hosted, health.service, ...reflected]) service.addTo(server);

  const graceOver = new AbortController();
  let drained: Promise<number> | undefined;
  let forgetStalledPeers = () => {};

  const hosting: Hosting = {
    health,
    draining: drainStart.signal,

    async listen({ host: name = "127.0.0.1", port = 0 } = {}) {
      const hosts = await addressesOf(name);
      const bound = await connections.listen(hosts, port);
      forgetStalledPeers();
      forgetStalledPeers = onStalledPeer(({ path, peer }) => {
        if (connections.cut(peer))
          log?.warn({ path, peer }, `cut the connection of ${peer}, which does not read ${path}`);
      });
      return { port: bound, addresses: hosts.map((each) => formatAddress({ host: each, port: bound })) };
    },

    drain(graceMs) {
      drained ??= drain(graceMs);
      return drained;
    },

    force() {
      graceOver.abort();
      return hosting.drain(0);
    },
  };
  return hosting;

  async function drain(graceMs: number): Promise<number> {
    health.drain();
    drainStart.abort();
    // grpcurl keeps its reflection stream open while it runs, and losing it does no harm.
    openCalls.end(status.UNAVAILABLE, "the server is shutting down", (path) => path.startsWith("/grpc.reflection."));

    const down = Promise.all([
      connections.close(),
      new Promise<void>((resolve) => server.tryShutdown(() => resolve())),
    ]);
    let left = 0;
    if (!(await within(graceMs, down, graceOver.signal))) {
      left = openCalls.size;
      openCalls.end(status.UNAVAILABLE, "the server is shutting down");
      if (!(await within(flushMs, down))) connections.destroy();
    }
    await down;
    forgetStalledPeers();
    return left;
  }
}

/** Whether `done` resolves before the time is over or `cutShort` aborts. It leaves no timer behind. */
function within(milliseconds: number, done: Promise<unknown>, cutShort?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (inTime: boolean) => {
      clearTimeout(timer);
      cutShort?.removeEventListener("abort", giveUp);
      resolve(inTime);
    };
    const giveUp = () => settle(false);
    const timer = setTimeout(giveUp, cutShort?.aborted ? 0 : milliseconds);
    cutShort?.addEventListener("abort", giveUp);
    done.then(() => settle(true));
  });
}

/** The full name of a service: `Calculator` of `/Calculator/SquareRoot`. */
function nameOf(definition: ServiceDefinition): string[] {
  const [first] = Object.values(definition);
  return first === undefined ? [] : [first.path.slice(1, first.path.lastIndexOf("/"))];
}

/** Loaded at the first question: decoding descriptors would take a third of a server's start. */
async function loadDescriptors() {
  const { Descriptors } = await import("./descriptors.js");
  return new Descriptors();
}
