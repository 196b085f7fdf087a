import { fanOut } from "./fan-out.js";

/** A chat room behind one proxy: everything goes to 500 members on one connection. */
export const fanOut1Connection = fanOut({
  name: "fan-out-1-connection",
  title: "fan-out to 500 members on one connection",
  members: 500,
  connections: 1,
  bar: 2.4,
  today: 1.3,
  stretch: 3.5,
  least: 200,
});
