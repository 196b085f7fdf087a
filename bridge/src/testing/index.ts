import {
  Client,
  type ClientOptions,
  credentials,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import { type Caller, caller, streamingChannelOptions } from "../client/caller.js";
import type { BridgedService } from "../server/implement.js";
import { streamingServerOptions } from "../server/write-window.js";

/** A server on a free port of this machine, and a client that is connected to it. */
export interface Loopback {
  readonly server: Server;
  /** The address of the server, such as `127.0.0.1:40312`. */
  readonly address: string;
  readonly client: Client;
  /** Creates one more client, with its own connection. {@link close} closes it too. */
  connect(options?: ClientOptions): Client;
  /** Closes the clients and the server, and ends open calls. Settles when all are closed. You may call it again. */
  close(): Promise<void>;
  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A {@link Loopback} that serves one service. */
export interface ServiceLoopback<Service> extends Loopback {
  /** The methods of the service, over {@link Loopback.client}. */
  readonly caller: Caller<Service>;
}

/** The options of {@link loopback}. */
export interface LoopbackOptions {
  /** For each client, in addition to those that every client of a loopback has. */
  readonly client?: ClientOptions | undefined;
  /** For the server, which has the write window of `streamingServerOptions`. */
  readonly server?: ServerOptions | undefined;
}

/**
 * Serves a service on a real port of this machine, with a caller of its methods, for a test:
 *
 *     await using served = await loopback(implement(CalculatorService, handlers));
 *     expect(await served.caller.squareRoot({ value: 16 })).to.deep.equal({ value: 4 });
 *
 * Nothing is mocked: a call goes through HTTP/2, so cancels, deadlines and slow readers behave as they do elsewhere.
 * Leaving the block closes the clients and the server, also when the test throws. Instead of a service you may pass a
 * grpc-js server that is not bound yet, with its own services and options.
 */
export function loopback<Service extends ServiceDefinition>(
  service: BridgedService<Service>,
  options?: LoopbackOptions,
): Promise<ServiceLoopback<Service>>;
export function loopback(server: Server, options?: Pick<LoopbackOptions, "client">): Promise<Loopback>;
export async function loopback<Service extends ServiceDefinition>(
  served: BridgedService<Service> | Server,
  options: LoopbackOptions = {},
): Promise<Loopback | ServiceLoopback<Service>> {
  if (!("addTo" in served)) return listening(served, options.client);
  const server = served.addTo(new Server(streamingServerOptions(options.server)));
  const opened = await listening(server, options.client);
  return { ...opened, caller: caller(served.definition, opened.client) };
}

async function listening(server: Server, options: ClientOptions = {}): Promise<Loopback> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const address = `127.0.0.1:${port}`;
  const clients: Client[] = [];

  function connect(more: ClientOptions = {}): Client {
    const client = new Client(address, credentials.createInsecure(), {
      ...streamingChannelOptions,
      // A proxy in the environment cannot reach a port of this machine.
      "grpc.enable_http_proxy": 0,
      // Otherwise clients with the same options share a connection, and the end of one test would disturb the next.
      "grpc.use_local_subchannel_pool": 1,
      ...options,
      ...more,
    });
    clients.push(client);
    return client;
  }

  function close(): Promise<void> {
    for (const client of clients.splice(0)) client.close();
    // Only `tryShutdown` says when the last connection is closed; forcing alone does not.
    const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    server.forceShutdown();
    return down;
  }

  return { server, address, client: connect(), connect, close, [Symbol.asyncDispose]: close };
}
