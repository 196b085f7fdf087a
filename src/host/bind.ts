import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { logVerbosity, type Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { formatAddress } from "./address.js";
import { UsageError } from "./usage-error.js";

/** How often a free port that is not free on every address is given back and another one asked for. */
const freePortAttempts = 5;

/**
 * The addresses that a host name stands for, each once. An IPv6 address is left out on a machine that has no IPv6 at
 * all (many containers list `::1` as localhost and cannot bind it): nobody could reach it there.
 *
 * @throws UsageError if there is none
 */
export async function addressesOf(
  host: string,
  resolve: (host: string) => Promise<{ address: string; family: number }[]> = (name) => lookup(name, { all: true }),
): Promise<string[]> {
  const found = await resolve(host).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--host ${host}: no address of that name is known (${error.code})`, { cause: error });
  });
  const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === "IPv6"));
  const usable = found.filter(({ family }) => family === 4 || hasIPv6).map(({ address }) => address);
  if (usable.length === 0) throw new UsageError(`--host ${host}: this machine has no address of that name`);
  return [...new Set(usable)];
}

/**
 * Binds the server to the same port of every address, or to none. grpc-js by itself is content with one of several, and
 * then half of the clients of `localhost` meet another program.
 *
 * @param port 0 takes a port that is free on all of them
 * @returns the port
 * @throws UsageError if the port is taken or cannot be had
 */
export async function bindAll(server: Server, addresses: readonly string[], port: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const bound: string[] = [];
    let common = port;
    try {
      for (const host of addresses) {
        const wanted = common;
        common = await withGrpcSilent(() => bindOne(server, host, wanted));
        bound.push(formatAddress({ host, port: common }));
      }
      return common;
    } catch (error) {
      for (const address of bound) server.unbind(address);
      if (port !== 0 || attempt === freePortAttempts) throw error;
    }
  }
}

function bindOne(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(formatAddress({ host, port }), ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(new UsageError(sayWhy(host, port, error.message), { cause: error }));
    });
  });
}

/**
 * Runs a step whose failure we say in our own words, while grpc-js keeps silent: it prints each failure to bind on
 * stderr, and again for each attempt. GRPC_VERBOSITY, where somebody has set it, is left as it is.
 */
async function withGrpcSilent<T>(step: () => Promise<T>): Promise<T> {
  if (process.env.GRPC_VERBOSITY !== undefined) return await step();
  setLogVerbosity(logVerbosity.NONE);
  try {
    return await step();
  } finally {
    setLogVerbosity(logVerbosity.ERROR);
  }
}

/** grpc-js hands on the system's error code only inside its text. */
function sayWhy(host: string, port: number, message: string): string {
  if (message.includes("EADDRINUSE")) {
    return `port ${port} of ${host} is in use by another program: stop that one, or choose another port with --port or PORT`;
  }
  if (message.includes("EACCES"))
    return `port ${port} of ${host} is not allowed to this user: choose one above 1023 with --port or PORT`;
  if (message.includes("EADDRNOTAVAIL")) return `${host} is no address of this machine: choose another with --host`;
  return `cannot listen on ${formatAddress({ host, port })}: ${message}`;
}
