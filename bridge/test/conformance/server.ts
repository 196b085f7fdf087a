// A server for connectrpc's conformance suite, which writes to stdin what it needs and reads from stdout where it is.
import { promisify } from "node:util";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { streamingServerOptions } from "quartet-bridge";
import { delimited, readDelimited } from "./delimited.js";
import { ServerCompatRequest, ServerCompatResponse } from "./gen/connectrpc/conformance/v1/server_compat.js";
import { conformance } from "./service.js";

for await (const bytes of readDelimited(process.stdin)) {
  const { serverCreds, clientTlsCert, messageReceiveLimit } = ServerCompatRequest.decode(bytes);
  const server = new Server(streamingServerOptions({ "grpc.max_receive_message_length": messageReceiveLimit || -1 }));
  conformance.addTo(server);
  const credentials = serverCreds
    ? ServerCredentials.createSsl(
        clientTlsCert.length > 0 ? clientTlsCert : null,
        [{ cert_chain: serverCreds.cert, private_key: serverCreds.key }],
        clientTlsCert.length > 0,
      )
    : ServerCredentials.createInsecure();
  const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", credentials);
  const response = { host: "127.0.0.1", port, pemCert: serverCreds?.cert ?? Buffer.alloc(0) };
  process.stdout.write(delimited(ServerCompatResponse.encode(response).finish()));
}
