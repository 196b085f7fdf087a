import {
  type ChannelOptions,
  Client,
  connectivityState,
  credentials,
  type Interceptor,
  type ServiceConfig,
  status,
} from "@grpc/grpc-js";
import { CallError, caller, streamingChannelOptions } from "quartet-bridge";
import { HealthCheckResponse_ServingStatus, HealthService } from "#gen/grpc/health/v1/health.js";
import { isLoopback, parseAddress } from "../address.js";
import { clientLimits } from "../limits.js";

/** The back-off of a program that a person watches: a server that is back is found within 2 seconds. */
export const promptBackOff = { maxMs: 2_000 };

/** Below the program's attempts the channel makes its own, with waits of up to two minutes unless it is told. */
export const promptConnection = { channelOptions: { "grpc.max_reconnect_backoff_ms": promptBackOff.maxMs } };

/** The options of {@link connect}. */
export interface ConnectOptions {
  /** The first is nearest the caller, and the last nearest the wire. On a server it is the other way around. */
  readonly interceptors?: readonly Interceptor[];
  /**
   * Retries, timeouts and the like per method, as
   * https://github.com/grpc/grpc-proto/blob/master/grpc/service_config/service_config.proto says.
   */
  readonly serviceConfig?: ServiceConfig;
  readonly channelOptions?: ChannelOptions;
}

/**
 * Returns a client without a service of its own: `caller(SomeService, client)` makes calls with it, for any number of
 * services over one connection. It connects at the first call. The caller of this function closes it.
 *
 * @param address `host:port`; the connection has no TLS, because the suite's servers have none
 * @throws UsageError if the address is not one
 */
export function connect(address: string, options: ConnectOptions = {}): Client {
  const { interceptors = [], serviceConfig, channelOptions } = options;
  return new Client(address, credentials.createInsecure(), {
    ...streamingChannelOptions,
    ...clientLimits,
    // Otherwise an `http_proxy` in the environment would take calls to this machine to the proxy, whose localhost is
    // another.
    ...(isLoopback(parseAddress(address).host) ? { "grpc.enable_http_proxy": 0 } : {}),
    ...(serviceConfig === undefined ? {} : { "grpc.service_config": JSON.stringify(serviceConfig) }),
    ...channelOptions,
    interceptors: [...interceptors],
  });
}

/**
 * Waits until the server says, through grpc.health.v1, that it serves. It also waits for a server that is not there
 * yet. It does not poll: it uses events of the connection and of the health stream.
 *
 * @param service the full name of a service; the server as a whole by default
 * @param signal ends the wait, and nothing else does: `AbortSignal.timeout(5_000)`
 * @throws the signal's reason, or a CallError if the server cannot say: UNIMPLEMENTED if it has no health service
 */
export async function waitUntilServing(
  client: Client,
  { service = "", signal }: { readonly service?: string; readonly signal: AbortSignal },
): Promise<void> {
  const health = caller(HealthService, client);
  for (;;) {
    signal.throwIfAborted();
    try {
      for await (const { status: known } of health.watch({ service }, { signal })) {
        if (known === HealthCheckResponse_ServingStatus.SERVING) return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CallError && error.code === status.UNAVAILABLE)) throw error;
    }
    await reconnected(client, signal);
  }
}

/** Resolves when the channel is connected. */
async function reconnected(client: Client, signal: AbortSignal): Promise<void> {
  const channel = client.getChannel();
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return;
    await new Promise<void>((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      // Without a deadline there is no timer. A watcher that the signal has made useless goes with the channel.
      channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => {
        signal.removeEventListener("abort", abort);
        resolve();
      });
    });
  }
}
