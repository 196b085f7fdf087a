// Loaded before a program with `node --import`. It refuses every connection that would leave this machine, as if there
// were no network. It is for systems that cannot give a process its own network.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { isIP, Socket } from "node:net";

const isOwn = (host: string) =>
  host === "localhost" || host === "::1" || /^127\./.test(host) || host === "::" || host === "0.0.0.0";

function refused(host: string): Error {
  return Object.assign(new Error(`no network here: ${host} is not this machine`), { code: "ENETUNREACH" });
}

const connect = Socket.prototype.connect;
Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  // The arguments are options, or a port and a host, or the path of a local socket. Node passes them on as one array.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const options: { readonly host?: unknown; readonly path?: unknown } =
    typeof first === "object" && first !== null ? first : { host: typeof second === "string" ? second : undefined };
  const host = typeof options.host === "string" ? options.host : "localhost";
  if (options.path === undefined && !isOwn(host)) {
    process.nextTick(() => this.destroy(refused(host)));
    return this;
  }
  return Reflect.apply(connect, this, args);
} as typeof connect;

const lookup = dns.lookup;
dns.lookup = ((host: string, ...rest: unknown[]) => {
  const answer = rest.at(-1);
  if (isOwn(host) || isIP(host) !== 0 || typeof answer !== "function")
    return Reflect.apply(lookup, dns, [host, ...rest]);
  process.nextTick(answer as (error: Error) => void, refused(host));
}) as typeof lookup;
syncBuiltinESMExports();
