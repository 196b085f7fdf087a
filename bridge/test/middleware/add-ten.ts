import type { CallHooks } from "quartet-bridge";
import type { Type } from "../harness/each-type.js";
import type { Probe } from "../harness/probe.js";

/** A middleware for either side: it adds ten to each request, and doubles each response. */
export function addTen(_call: unknown, { mapRequests, mapResponses }: CallHooks<Probe, Probe>): void {
  mapRequests(({ n, ...rest }) => ({ ...rest, n: n + 10 }));
  mapResponses(({ n, ...rest }) => ({ ...rest, n: 2 * n }));
}

/** What `callOf` then gets from the handlers of `echo`. */
export const tenAdded: Record<Type, Probe[]> = {
  unary: [{ n: 22 }],
  serverStreaming: [{ n: 22 }, { n: 200 }],
  clientStreaming: [{ n: 46 }],
  bidirectional: [{ n: 22 }, { n: 24 }],
};
