export { check, type Evidence, type Facts, mine, mistake, type Predicate, type Rehearsal } from "./check.js";
export { type Gate, gate } from "./gate.js";
export type { Served } from "./stage.js";
