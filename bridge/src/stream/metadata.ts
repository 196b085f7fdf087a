import { Metadata, type MetadataValue, status } from "@grpc/grpc-js";
import { StatusError } from "../errors/status-error.js";

/** Metadata as an object literal: one or several values per key. */
export type MetadataEntries = Readonly<Record<string, MetadataValue | readonly MetadataValue[] | undefined>>;

/** Which metadata is to be sent, as error texts call it. */
export type MetadataPlace = "request metadata" | "response headers" | "trailers";

/** gRPC sets these itself. Set by an application, they would change how the call ends, so they are never sent. */
const setByGrpc = new Set([
  "content-type",
  "grpc-accept-encoding",
  "grpc-encoding",
  "grpc-message",
  "grpc-message-type",
  "grpc-status",
  "grpc-timeout",
]);

/** Node throws on these in one of its events, where an error ends the process or disconnects all calls (fact 37). */
const ofTheConnection = new Set([
  "connection",
  "content-length",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Node throws on a second value of these, as it does on the keys above. */
const single = new Set(
  `access-control-allow-credentials access-control-max-age access-control-request-method age authorization
  content-encoding content-language content-location content-md5 content-range date dnt etag expires from host if-match
  if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards proxy-authorization
  range referer retry-after tk upgrade-insecure-requests user-agent x-content-type-options`.split(/\s+/),
);

/**
 * How many bytes metadata may have, counted as HTTP/2 counts a list of headers: the key, the value, and 32 for each
 * value. A longer value ends the connection with all its calls (fact 38).
 */
const mostBytes = 64 * 1024;

/** Node accepts 128 headers, and gRPC needs ten of them. With more, Node resets the stream. */
const mostValues = 115;

/**
 * `given` as a `Metadata` of this grpc-js. Another copy of grpc-js, such as the one that google-gax brings along, has
 * another class.
 *
 * @throws StatusError INTERNAL if it is not metadata, or if a key or a value is malformed; the text names the key
 */
export function metadataFrom(given: Metadata | MetadataEntries | undefined): Metadata {
  if (given instanceof Metadata) return given;
  const made = new Metadata();
  if (given === undefined) return made;
  // A Map and the Headers of `fetch` have no own properties, so their entries would be lost.
  if (typeof given !== "object" || given === null || Symbol.iterator in given) {
    throw new StatusError(status.INTERNAL, "the metadata is neither a Metadata nor an object with keys and values");
  }
  for (const [key, values] of Object.entries(isMetadata(given) ? given.toJSON() : given)) {
    // A literal may have undefined as the value of an optional key.
    if (values === undefined) continue;
    for (const value of Array.isArray(values) ? values : [values]) addTo(made, key, value);
  }
  if (isMetadata(given)) made.setOptions(given.getOptions());
  return made;
}

/** Whether `given` has the methods of grpc-js's `Metadata`. `instanceof` does not recognize another copy of grpc-js. */
export function isMetadata(given: unknown): given is Metadata {
  if (given instanceof Metadata) return true;
  if (typeof given !== "object" || given === null) return false;
  const { getMap, toJSON, getOptions } = given as Partial<Metadata>;
  return typeof getMap === "function" && typeof toJSON === "function" && typeof getOptions === "function";
}

function addTo(metadata: Metadata, key: string, value: MetadataValue): void {
  try {
    if (typeof value !== "string" && !Buffer.isBuffer(value)) throw new TypeError("it is neither text nor bytes");
    metadata.add(key, value);
  } catch {
    // grpc-js's own text quotes the value, which may be a secret.
    throw new StatusError(status.INTERNAL, `the metadata key ${JSON.stringify(key)} or its value is malformed`);
  }
}

/**
 * `metadata` in the form in which it can be sent: without the keys that gRPC sets, and without blanks around values.
 *
 * @throws StatusError INTERNAL, which names the key, if HTTP/2 forbids a key; RESOURCE_EXHAUSTED if it is over 64 KiB,
 *   or has more than 115 values
 */
export function sendable(metadata: Metadata, place: MetadataPlace): Metadata {
  let sent = metadata;
  let [bytes, count] = [0, 0];
  for (const [key, values] of Object.entries(metadata.toJSON())) {
    if (setByGrpc.has(key) || values.some(hasBlanksAround)) {
      if (sent === metadata) sent = metadata.clone();
      sent.remove(key);
      if (setByGrpc.has(key)) continue;
      for (const value of values) sent.add(key, typeof value === "string" ? value.trim() : value);
    }
    const reason = forbidden(key, values, place);
    if (reason) throw new StatusError(status.INTERNAL, `the ${place} cannot have the key "${key}"${reason}`);
    for (const value of values) bytes += sizeOf(key, value);
    count += values.length;
  }
  const excess =
    bytes > mostBytes
      ? `${bytes} bytes, and at most ${mostBytes} can be sent`
      : count > mostValues
        ? `${count} values, and at most ${mostValues} can be sent`
        : undefined;
  if (excess === undefined) return sent;
  throw new StatusError(status.RESOURCE_EXHAUSTED, `the ${place} would have ${excess}: move the rest into a message`);
}

/** The part of received metadata that an application set, as far as that can be known. It can be sent again. */
export function ofApplication(received: Metadata): Metadata {
  const kept = received.clone();
  for (const key of [...ofTheConnection, "date"]) kept.remove(key);
  return kept;
}

/** Why no HTTP/2 message may have the key, as the end of an error text; undefined if it may. */
function forbidden(key: string, values: readonly MetadataValue[], place: MetadataPlace): string | undefined {
  // grpc-js replaces the `te` of a request.
  if (ofTheConnection.has(key) || (key === "te" && place !== "request metadata")) {
    return ", which belongs to the HTTP connection: remove it";
  }
  if (key.includes(":")) return ": a name of a header has no colon";
  if (single.has(key) && values.length > 1) return " more than once: keep one value";
  return undefined;
}

/** HTTP/2 drops a header whose value begins or ends with a blank; gRPC allows a library to remove the blank. */
function hasBlanksAround(value: MetadataValue): boolean {
  return typeof value === "string" && value !== value.trim();
}

function sizeOf(key: string, value: MetadataValue): number {
  // grpc-js takes other values too, and sends them as text.
  const length = Buffer.isBuffer(value) ? Math.ceil(value.length / 3) * 4 : String(value).length;
  return key.length + length + 32;
}
