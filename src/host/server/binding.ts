import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server as Listener, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { formatAddress } from "../address.js";
import { UsageError } from "../program/usage-error.js";

/** How often to ask for another free port if one is not free on every address. */
const freePortAttempts = 5;

/**
 * The addresses of a host name, each once. On a machine without IPv6, IPv6 addresses are left out: many containers list
 * `::1` as localhost and cannot bind it.
 *
 * @throws UsageError if there is not an address
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

/** Accepts connections at one port of every address. */
export interface Bound {
  readonly port: number;
  readonly listeners: readonly Listener[];
}

/**
 * Listens on the same port of every address, or on none. If it listened on only one of two addresses, half of the
 * clients of `localhost` would meet another program.
 *
 * @param addresses IP addresses, at least one
 * @param port 0 for a port that is free on all of them
 * @throws UsageError if the port is in use or not allowed
 */
export async function bindAll(
  addresses: readonly string[],
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<Bound> {
  for (let attempt = 1; ; attempt += 1) {
    const listeners: Listener[] = [];
    let common = port;
    try {
      for (const host of addresses) {
        const listener = await bindOne(host, common, onConnection);
        listeners.push(listener);
        common = (listener.address() as AddressInfo).port;
      }
      return { port: common, listeners };
    } catch (error) {
      for (const listener of listeners) listener.close();
      if (port !== 0 || attempt === freePortAttempts) throw error;
    }
  }
}

async function bindOne(host: string, port: number, onConnection: (socket: Socket) => void): Promise<Listener> {
  const listener = createServer(onConnection).listen({ host, port });
  try {
    await once(listener, "listening");
    return listener;
  } catch (error) {
    throw new UsageError(sayWhy(host, port, error as NodeJS.ErrnoException), { cause: error });
  }
}

function sayWhy(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} of ${host} is in use by another program: stop that one, or choose another port with --port or PORT`;
    case "EACCES":
      return `port ${port} of ${host} is not allowed to this user: choose one above 1023 with --port or PORT`;
    case "EADDRNOTAVAIL":
      return `${host} is not an address of this machine: choose another with --host`;
    default:
      return `cannot listen on ${formatAddress({ host, port })}: ${message}`;
  }
}
