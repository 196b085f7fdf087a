// A client for connectrpc's conformance suite, which writes calls to stdin and reads from stdout how each of them went.
import { makeCall } from "./calls.js";
import { delimited, readDelimited } from "./delimited.js";
import { ClientCompatRequest, ClientCompatResponse } from "./gen/connectrpc/conformance/v1/client_compat.js";

const callsAtOnce = 8;

/** All calls begin at once, so that a call that hangs does not delay the others. */
async function makeCalls(requests: AsyncIterable<Buffer>): Promise<void> {
  for await (const bytes of requests) {
    const response = await respond(ClientCompatRequest.decode(bytes));
    process.stdout.write(delimited(ClientCompatResponse.encode(response).finish()));
  }
}

async function respond(request: ClientCompatRequest): Promise<ClientCompatResponse> {
  const { testName } = request;
  try {
    return { testName, result: { $case: "response", response: await makeCall(request) } };
  } catch (error) {
    return { testName, result: { $case: "error", error: { message: String(error) } } };
  }
}

const requests = readDelimited(process.stdin);
await Promise.all(Array.from({ length: callsAtOnce }, () => makeCalls(requests)));
