import type { Client } from "@grpc/grpc-js";
import { connectTo } from "../bridge/test/harness/loopback.js";
import type { CaseContext } from "../src/host/index.js";

/** The context in which a test runs a case with `client`. */
export function caseContext(client: Client, given: Partial<CaseContext> = {}): CaseContext {
  const { signal } = new AbortController();
  return { client, connect: connectTo, signal, input: {}, say: () => {}, ...given };
}
