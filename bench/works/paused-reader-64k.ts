import { defaultWriteWindow } from "quartet-bridge";
import { growth } from "./growth.js";

const mebibyte = 1024 * 1024;

/** The same with large items: a window that counted messages alone would hold megabytes here. */
export const pausedReader64k = growth({
  name: "paused-reader-64k",
  title: "growth of the server while a reader pauses, 938 items of 64 KiB",
  itemBytes: 64 * 1024,
  bar: defaultWriteWindow.bytes + 2 * mebibyte,
  stretch: defaultWriteWindow.bytes + mebibyte,
});
