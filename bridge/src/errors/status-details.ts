import { Metadata } from "@grpc/grpc-js";
import { Status } from "../gen/google/rpc/status.js";
import { isStatus, StatusError } from "./status-error.js";

/** The trailer in which every gRPC library carries a `google.rpc.Status` with its details. */
const statusDetailsKey = "grpc-status-details-bin";

/** How a message of `google/rpc/error_details.proto` is written and read. */
interface DetailType<T> {
  readonly name: string;
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/**
 * A status with one detail that programs can read. Text and detail go out both, percent-encoded and in base64: what
 * they hold stays small, or the trailers grow beyond the 4 KiB that every language's client takes.
 */
export function statusWithDetail<T>(code: number, text: string, type: DetailType<T>, detail: T): StatusError {
  const value = Buffer.from(type.encode(detail).finish());
  const message = { code, message: text, details: [{ typeUrl: `type.googleapis.com/${type.name}`, value }] };
  const metadata = new Metadata();
  metadata.set(statusDetailsKey, Buffer.from(Status.encode(message).finish()));
  return new StatusError(code, text, { metadata });
}

/** The details of one type that an error of a call carries; none for any other error, and for what cannot be read. */
export function detailsOf<T>(error: unknown, type: DetailType<T>): T[] {
  if (!isStatus(error) || !(error.metadata instanceof Metadata)) return [];
  try {
    return error.metadata
      .get(statusDetailsKey)
      .flatMap((bytes) => (typeof bytes === "string" ? [] : Status.decode(bytes).details))
      .filter(({ typeUrl }) => typeUrl === `type.googleapis.com/${type.name}`)
      .map(({ value }) => type.decode(value));
  } catch {
    return [];
  }
}
