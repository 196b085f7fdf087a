import { build } from "../../src/bidirectional/server.js";
import { soaked } from "./soaked.js";

await soaked(build);
