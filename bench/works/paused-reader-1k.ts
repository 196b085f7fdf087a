import { growth } from "./growth.js";

const mebibyte = 1024 * 1024;

/** A reader that takes one item of 60,000 and pauses: whoever does not wait for it holds them all. */
export const pausedReader1k = growth({
  name: "paused-reader-1k",
  title: "growth of the server while a reader pauses, 60,000 items of 1 KiB",
  itemBytes: 1024,
  bar: 2 * mebibyte,
  stretch: mebibyte,
});
