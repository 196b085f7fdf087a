// README.md shows the two regions below side by side. A test runs both against the same assertions.
import { type handleUnaryCall, Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { badRequest, type UnaryHandler } from "quartet-bridge";
import { BadRequest } from "#gen/google/rpc/error_details.js";
import { Status } from "#gen/google/rpc/status.js";
import type { Number as NumberMessage } from "#gen/tutorials/calculator.js";

/** A square root that takes its time, as one that asks a database does, and stops when nobody wants it any more. */
export type SlowRoot = (x: number, signal: AbortSignal) => Promise<number>;

// #region bridged
export function bridged(root: SlowRoot): UnaryHandler<NumberMessage, NumberMessage> {
  return async ({ value }, { signal }) => {
    if (value < 0) throw badRequest({ field: "value", description: "must not be negative" });
    return { value: await root(value, signal) };
  };
}
// #endregion

// #region raw
export function raw(root: SlowRoot, log: (error: unknown) => void): handleUnaryCall<NumberMessage, NumberMessage> {
  return (call, callback) => {
    const gone = new AbortController();
    let ended = false;
    // 'cancelled' comes after every call, also after one that ended well: only before our own end is it news.
    call.on("cancelled", () => {
      if (!ended) gone.abort();
    });
    const { value } = call.request;
    if (value < 0) {
      ended = true;
      callback(invalidArgument("value", "must not be negative"));
      return;
    }
    // This handler cannot be an async function: grpc-js does not look at the promise, and where that is rejected, the
    // client waits until its deadline, and Node ends the process.
    Promise.resolve()
      .then(() => root(value, gone.signal))
      .then(
        (answer) => {
          // The client has gone: nobody reads the answer, and grpc-js has ended the call.
          if (gone.signal.aborted) return;
          ended = true;
          callback(null, { value: answer });
        },
        (error) => {
          if (gone.signal.aborted) return;
          ended = true;
          // Given to the callback as it is, the error would go out with its message, whatever secret that holds.
          log(error);
          callback({ code: status.UNKNOWN, details: "the server failed; its log says more" });
        },
      );
  };
}

/** An error that programs can read: BadRequest in Any in Status, in the trailer that every language looks at. */
function invalidArgument(field: string, description: string): Partial<StatusObject> {
  const details = `${field}: ${description}`;
  const badRequest = BadRequest.create({ fieldViolations: [{ field, description }] });
  const any = {
    typeUrl: "type.googleapis.com/google.rpc.BadRequest",
    value: Buffer.from(BadRequest.encode(badRequest).finish()),
  };
  const metadata = new Metadata();
  metadata.set(
    "grpc-status-details-bin",
    Buffer.from(Status.encode({ code: status.INVALID_ARGUMENT, message: details, details: [any] }).finish()),
  );
  return { code: status.INVALID_ARGUMENT, details, metadata };
}
// #endregion
