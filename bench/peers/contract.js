import { fileURLToPath } from "node:url";

/** The contract and its folder, for the peers that read it at run time. */
export const protoFolder = fileURLToPath(new URL("../proto", import.meta.url));
export const protoFile = "quartet/bench/v1/bench.proto";
