import http2 from "node:http2";
import { afterTheTest } from "./loopback.js";

/** A connection without grpc-js, closed when the test has ended. */
export function rawConnection(address: string): http2.ClientHttp2Session {
  const session = http2.connect(`http://${address}`);
  afterTheTest(() => session.destroy());
  session.on("error", () => {});
  return session;
}

/** A call on `session`: what it sends is what the test says, END_STREAM and RST_STREAM each by itself. */
export function rawCallOn(
  session: http2.ClientHttp2Session,
  path: string,
  headers: http2.OutgoingHttpHeaders = {},
): http2.ClientHttp2Stream {
  const call = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  call.on("error", () => {});
  return call;
}

/** The same on a connection of its own. */
export function rawCall(address: string, path: string, headers?: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
  return rawCallOn(rawConnection(address), path, headers);
}

/** A serialised message as it goes over the wire: not compressed, its length, its bytes. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
