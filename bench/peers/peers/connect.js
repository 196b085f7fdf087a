// connect-es with the gRPC protocol: https://connectrpc.com/docs/node/implementing-services,
// https://connectrpc.com/docs/node/using-clients. Its server is a handler for Node's http2. Its generated code only
// holds a descriptor of the contract, so here the descriptor comes from the contract itself:
// https://github.com/bufbuild/protobuf-es/blob/main/MANUAL.md#registries
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http2";
import { fileURLToPath } from "node:url";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { protoFolder } from "../contract.js";
import { calls, handlers } from "./async-iterables.js";

const buf = fileURLToPath(new URL("../../../node_modules/@bufbuild/buf/bin/buf", import.meta.url));
const build = [buf, "build", protoFolder, "--as-file-descriptor-set", "--output", "-"];
const descriptors = fromBinary(FileDescriptorSetSchema, execFileSync(process.execPath, build));
const Bench = createFileRegistry(descriptors).getService("quartet.bench.v1.Bench");

/** Serves `implementation` and resolves with the port. */
export async function listen(implementation) {
  const routes = (router) => router.service(Bench, implementation);
  const server = createServer(connectNodeAdapter({ routes })).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

/** A client on its own connection, and the function that closes it. */
export function dial(address) {
  const baseUrl = `http://${address}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const client = createClient(Bench, createGrpcTransport({ baseUrl, sessionManager }));
  return { client, close: () => sessionManager.abort() };
}

export const serve = async () => ({ port: await listen(handlers()) });

export function connect(address) {
  const { client, close } = dial(address);
  return { ...calls(client), close };
}
