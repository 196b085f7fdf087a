import { fileURLToPath } from "node:url";

/** The contract and its folder, for the peers that read it at run time. */
export const protoFolder = fileURLToPath(new URL("../proto", import.meta.url));
export const protoFile = "quartet/bench/v1/bench.proto";

/** The first item for a member, which tells it that it has joined. */
export const welcome = { sequence: 0, payload: Buffer.alloc(0) };
