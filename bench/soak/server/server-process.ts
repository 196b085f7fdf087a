import { build } from "../../../src/bidirectional/server.js";
import { soaked } from "./soaked.js";

// No rate limit, because the rounds of a test follow one another as fast as they can.
await soaked((options) => build(options, { rate: 0 }));
