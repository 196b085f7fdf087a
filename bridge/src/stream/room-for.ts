import type { Writable } from "node:stream";
import type { Encoded } from "./encoded.js";

/**
 * From this size on, in bytes, the next message waits until this one has left the stream object. Node counts objects
 * there, and sixteen of 4 MiB each are as welcome to it as sixteen of 40 bytes.
 */
const large = 16 * 1024;

/**
 * How a bridged call is written to: the function writes a message, and says whether there is room for the next. Where
 * there is none, `drained` is called when there is.
 *
 * After a cancel there is no 'drain' any more (fact 6): whoever waits for it is stopped by the end of the call.
 */
export function roomFor<T>(call: Writable, drained: () => void): (message: Encoded<T>) => boolean {
  // One listener for the whole call.
  call.on("drain", drained);
  // Behind a write window a large message is told to have left long after the next one has taken its place.
  const left = () => {
    if (call.writableLength === 0) drained();
  };
  return (message) => {
    if (message.bytes.length < large) return call.write(message);
    call.write(message, left);
    return call.writableLength === 0;
  };
}
