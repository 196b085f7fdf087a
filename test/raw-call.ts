import http2 from "node:http2";
import { afterTheTest } from "./loopback.js";

/**
 * A call without grpc-js, on a connection of its own, closed when the test has ended: what it sends is what the test
 * says, END_STREAM and RST_STREAM each by itself.
 */
export function rawCall(address: string, path: string): http2.ClientHttp2Stream {
  const session = http2.connect(`http://${address}`);
  afterTheTest(() => session.destroy());
  session.on("error", () => {});
  const call = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  call.on("error", () => {});
  return call;
}

/** A serialised message as it goes over the wire: not compressed, its length, its bytes. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
