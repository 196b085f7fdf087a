import { createServer } from "node:net";
import { type Server, ServerCredentials } from "@grpc/grpc-js";

/** Binds `server` to a free loopback port. @returns its address */
export function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(`127.0.0.1:${port}`);
    });
  });
}

/** An address for a server that must be told its port. */
export function freeAddress(): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(`127.0.0.1:${typeof address === "object" ? address?.port : undefined}`));
    });
  });
}
