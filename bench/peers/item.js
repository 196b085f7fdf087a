import { fileURLToPath } from "node:url";

/** The folder that the peers that read a contract at run time read it from. */
export const protoFolder = fileURLToPath(new URL("../proto", import.meta.url));
export const protoFile = "quartet/bench/v1/bench.proto";

const payload = Buffer.alloc(34, 7);

/** About 40 bytes on the wire. */
export const item = (sequence) => ({ sequence, payload });

/** What a join is answered with first: a member is in. */
export const welcome = { sequence: 0, payload: Buffer.alloc(0) };

/** The items that a DownRequest asks for; `payload` is made once, since the run measures the library. */
export function* itemsFor({ count, payloadBytes }) {
  const payload = Buffer.alloc(payloadBytes, 7);
  for (let sequence = 0; sequence < count; sequence += 1) yield { sequence, payload };
}

/** Asks for whatever the server has. */
export const everything = { count: 0, payloadBytes: 0 };
