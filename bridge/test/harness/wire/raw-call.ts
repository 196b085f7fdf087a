import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { afterTheTest } from "../loopback.js";

/** A connection without grpc-js, closed after the test. */
export function rawConnection(address: string): http2.ClientHttp2Session {
  const session = http2.connect(`http://${address}`);
  afterTheTest(() => session.destroy());
  session.on("error", () => {});
  return session;
}

/** A call on `session`. The test decides what it sends, including each END_STREAM and RST_STREAM. */
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

/** The same on its own connection. */
export function rawCall(address: string, path: string, headers?: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
  return rawCallOn(rawConnection(address), path, headers);
}

/** A serialized message as it is on the wire: a byte for "not compressed", its length, its bytes. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The address of a server without grpc-js, closed after the test. `answer` answers each call. */
export async function rawServer(answer: (call: http2.ServerHttp2Stream) => void): Promise<string> {
  const server = http2.createServer().on("stream", answer).listen(0, "127.0.0.1");
  afterTheTest(() => server.close());
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
