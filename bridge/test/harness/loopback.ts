import { Client, type ClientOptions, ChannelCredentials as Credentials, Server } from "@grpc/grpc-js";
import { loopback as served } from "quartet-bridge/testing";

export { type Gate, gate } from "../../../exercises/harness/gate.js";

/** A server that other code has made of services, such as the suite's host. */
interface Hosted {
  listen(): Promise<{ readonly port: number }>;
  force(): Promise<unknown>;
}

/** A server on a free port of this machine and a client for it. Both are closed after the test. */
export interface Loopback<Served = Server> {
  readonly server: Served;
  readonly address: string;
  readonly client: Client;
  /** Creates one more client, on its own connection. */
  connect(options?: ClientOptions): Client;
}

const closing: (() => void)[] = [];

/** Calls `close` after the test. The last registered function is called first. */
export function afterTheTest(close: () => void): void {
  closing.push(close);
}

/** Closes everything that the test has opened. The root hooks call it after every test. */
export function closeAll(): void {
  for (const close of closing.splice(0).reverse()) close();
}

/** Binds `server`, a bare one or a hosted one, to a free loopback port, and connects to it. */
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

/** A client on its own connection, which is closed after the test. */
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
