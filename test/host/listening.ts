import type { Client } from "@grpc/grpc-js";
import { afterTheTest, connectTo } from "../../bridge/test/harness/loopback.js";
import type { Hosting, Listening } from "../../src/host/index.js";

/** Listens on a free loopback port, with a client for it; both are closed when the test has ended. */
export async function listening(
  hosting: Hosting,
): Promise<Listening & { readonly address: string; readonly client: Client }> {
  const bound = await hosting.listen();
  afterTheTest(() => void hosting.force());
  const address = `127.0.0.1:${bound.port}`;
  return { ...bound, address, client: connectTo(address) };
}
