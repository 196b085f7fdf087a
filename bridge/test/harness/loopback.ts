import { Client, type ClientOptions, ChannelCredentials as Credentials, Server } from "@grpc/grpc-js";
import { loopback as served } from "quartet-bridge/testing";

export { type Gate, gate } from "../../../exercises/harness/gate.js";

/** A server that somebody else has made of services, as the suite's host does. */
interface Hosted {
  listen(): Promise<{ readonly port: number }>;
  force(): Promise<unknown>;
}

/** A server on a free port of this machine and a client for it. Both are closed when the test has ended. */
export interface Loopback<Served = Server> {
  readonly server: Served;
  readonly address: string;
  readonly client: Client;
  /** One more client, on a connection of its own. */
  connect(options?: ClientOptions): Client;
}

const closing: (() => void)[] = [];

/** Has `close` called when the test has ended, the last one first. */
export function afterTheTest(close: () => void): void {
  closing.push(close);
}

/** Closes what the test has opened; called by the root hooks after every test. */
export function closeAll(): void {
  for (const close of closing.splice(0).reverse()) close();
}

/** Has `server`, a bare one or a hosted one, listen on a free loopback port, and connects to it. */
export async function loopback<Served extends Server | Hosted>(
  server: Served,
  options: ClientOptions = {},
): Promise<Loopback<Served>> {
  if (server instanceof Server) {
    const { address, client, connect, close } = await served(server, { client: options });
    afterTheTest(() => void close());
    return { server, address, client, connect };
  }
  afterTheTest(() => void server.force());
  const { port } = await server.listen();
  const address = `127.0.0.1:${port}`;
  const connect = (more: ClientOptions = {}) => connectTo(address, { ...options, ...more });
  return { server, address, client: connect(), connect };
}

/** A client on a connection of its own, closed when the test has ended. */
export function connectTo(
  address: string,
  options: ClientOptions = {},
  credentials: Credentials = Credentials.createInsecure(),
): Client {
  const client = new Client(address, credentials, {
    "grpc.enable_http_proxy": 0,
    "grpc.use_local_subchannel_pool": 1,
    ...options,
  });
  afterTheTest(() => client.close());
  return client;
}
