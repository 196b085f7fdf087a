import { connect, createServer, type Socket } from "node:net";
import { afterTheTest } from "./loopback.js";

/** A frame of HTTP/2 as it went over the wire, without the bytes that do not matter here. */
export interface Frame {
  readonly type: number;
  readonly stream: number;
  /** The error code of a RST_STREAM. */
  readonly code: number | undefined;
}

export const rstStream = 3;

/**
 * A relay before the server at `address` that notes each frame that clients send. Closed when the test has ended.
 * @returns the address to connect to, and the frames so far.
 */
export async function watchFrames(address: string): Promise<{ address: string; frames: Frame[] }> {
  const [host = "", port = ""] = address.split(":");
  const frames: Frame[] = [];
  const sockets = new Set<Socket>();
  const relay = createServer((client) => {
    const server = connect(Number(port), host);
    for (const socket of [client, server]) {
      sockets.add(socket);
      // Held together for a while, small frames would take 40 ms each, where the peer waits with its acknowledgement.
      socket.setNoDelay();
      socket.on("error", () => {});
      socket.on("close", () => {
        client.destroy();
        server.destroy();
      });
    }
    const read = frameReader((frame) => frames.push(frame));
    client.on("data", read);
    client.pipe(server);
    server.pipe(client);
  });
  await new Promise<void>((resolve) => {
    relay.listen(0, "127.0.0.1", resolve);
  });
  afterTheTest(() => {
    relay.close();
    for (const socket of sockets) socket.destroy();
  });
  const bound = relay.address();
  if (bound === null || typeof bound === "string") throw new Error("the relay has no port");
  return { address: `127.0.0.1:${bound.port}`, frames };
}

/** Takes what a client sends, from its first byte, and gives the frames that are whole. */
function frameReader(give: (frame: Frame) => void): (bytes: Buffer) => void {
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length;
  const head = 9;
  let skip = preface;
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    if (rest.length < skip) return;
    rest = rest.subarray(skip);
    skip = 0;
    while (rest.length >= head && rest.length >= head + rest.readUIntBE(0, 3)) {
      const type = rest.readUInt8(3);
      give({
        type,
        stream: rest.readUInt32BE(5) & 0x7fffffff,
        code: type === rstStream ? rest.readUInt32BE(head) : undefined,
      });
      rest = rest.subarray(head + rest.readUIntBE(0, 3));
    }
  };
}
