import { fanOut } from "./fan-out.js";

/** A chat room with members who come each by themselves: 100 of them, on as many connections. */
export const fanOut100Connections = fanOut({
  name: "fan-out-100-connections",
  title: "fan-out to 100 members on 100 connections",
  members: 100,
  connections: 100,
  bar: 3.5,
  stretch: 4.4,
  least: 500,
});
