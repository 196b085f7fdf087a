import type { Metadata } from "@grpc/grpc-js";
import { cut, printable } from "./printable.js";

/** The key of the request metadata that connects the two recordings of a call. */
export const callIdKey = "quartet-call-id";

const shape = /^[\w-]{1,64}$/;
const transport =
  /^(?::.*|grpc-(?:timeout|encoding|accept-encoding|status|message|previous-rpc-attempts)|content-type|content-encoding|accept-encoding|user-agent|te|date|quartet-call-id)$/;
const secret = /auth|cookie|token|secret|password|api-?key|credential/i;
const keysShown = 16;
const valueWidth = 48;

/** The call id from the client's tap, if it has a valid form: any client can write this metadata. */
export function callIdOf(metadata: Metadata): string | undefined {
  const [value] = metadata.get(callIdKey);
  return typeof value === "string" && shape.test(value) ? value : undefined;
}

/**
 * Which attempt of a retried call the server sees: 0 is the first. grpc-js sends the count from the second on (gRFC
 * A6).
 */
export function attemptOf(metadata: Metadata): number {
  const [value] = metadata.get("grpc-previous-rpc-attempts");
  const attempt = Number(value ?? 0);
  // grpc-js makes at most five attempts, so a larger number is false.
  return Number.isInteger(attempt) && attempt > 0 && attempt < 5 ? attempt : 0;
}

/**
 * What the program itself put into metadata, as the event carries it; empty if it put nothing. Transport headers are
 * left out, binary values become their size, values of keys that look like secrets are hidden: a recording is projected
 * on walls and attached to issues.
 */
export function metadataDetail(metadata: Metadata | null | undefined): { metadata?: Record<string, string> } {
  if (!metadata) return {};
  const shown: Record<string, string> = {};
  const keys = Object.keys(metadata.getMap()).filter((key) => !transport.test(key));
  for (const key of keys.slice(0, keysShown)) {
    const values = metadata.get(key).map((value) => (typeof value === "string" ? value : `<${value.length} bytes>`));
    shown[key] = secret.test(key) ? "(hidden)" : cut(printable(values.join(", ")), valueWidth);
  }
  if (keys.length > keysShown) shown["…"] = `${keys.length - keysShown} more keys`;
  return keys.length > 0 ? { metadata: shown } : {};
}
