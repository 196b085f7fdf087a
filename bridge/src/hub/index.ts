export type { HubGauges } from "./gauges.js";
export { Hub, type HubEntrance, type HubOptions, type Membership } from "./hub.js";
export { NotRemembered, type Position } from "./not-remembered.js";
export type { Packing } from "./packing.js";
