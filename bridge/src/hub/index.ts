export type { HubGauges } from "./fan-out.js";
export { Hub, type HubEntrance, type HubOptions, type Membership, NotRemembered } from "./hub.js";
export type { Packing } from "./packing.js";
