import { type Client, type Metadata, status } from "@grpc/grpc-js";
import { type CallContext, type CallHooks, type ClientContext, caller, implement, StatusError } from "quartet-bridge";
import { GreeterService, type HelloReply } from "#gen/tutorials/helloworld.js";

export const lines: string[] = [];
const print = (line: string) => lines.push(line);
const token = async () => "ada";

async function userOf(metadata: Metadata) {
  const [name] = metadata.get("authorization");
  if (name === undefined) throw new StatusError(status.UNAUTHENTICATED, "sign in first");
  return { name: String(name) };
}

// #region middleware
function log({ path }: { path: string }, { onStatus }: CallHooks) {
  const began = performance.now();
  onStatus(({ code }) => print(`${path}: ${status[code]} after ${performance.now() - began} ms`));
}
const authenticate = async (call: CallContext) => call.with({ user: await userOf(call.metadata) });
const signIn = async (call: ClientContext) => call.metadata.set("authorization", await token());
const shout = (_: CallContext, { mapResponses }: CallHooks<unknown, HelloReply>) =>
  mapResponses(({ message }) => ({ message: message.toUpperCase() }));

export const greeter = implement(GreeterService, [log, authenticate, { sayHello: shout }], {
  sayHello: (_request, { user }) => ({ message: `Hello, ${user.name}` }),
});
export const greeterOver = (client: Client) => caller(GreeterService, client, { middleware: [log, signIn] });
// #endregion
