import { isIP, isIPv4 } from "node:net";
import { UsageError } from "./program/usage-error.js";

/** A host (a name, or an IP address without brackets) and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const shape = /^(?:\[(?<six>[^\]]+)\]|(?<name>[^:[\]/\s]+)):(?<port>\d{1,5})$/;

/**
 * Reads `localhost:50051`, `127.0.0.1:50051`, `[::1]:50051`.
 *
 * @throws UsageError that says what an address looks like
 */
export function parseAddress(text: string): Address {
  const { six, name, port: digits } = shape.exec(text)?.groups ?? {};
  const host = six ?? name;
  const port = Number(digits);
  if (host === undefined || (six !== undefined && isIP(six) !== 6) || port < 1 || port > 65_535) {
    throw new UsageError(
      `'${text}' is not an address: write host:port with a port from 1 to 65535, as in localhost:50051 or [::1]:50051`,
    );
  }
  return { host, port };
}

/** `host:port`, with an IPv6 address in brackets. */
export function formatAddress({ host, port }: Address): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** Whether calls to the host stay on this machine. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith("127.");
  return host === "::1" || host === "localhost" || host.endsWith(".localhost");
}
