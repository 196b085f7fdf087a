import { type handleServerStreamingCall, Metadata, status } from "@grpc/grpc-js";
import { reportUnexpected } from "#bridge/errors/diagnostics.js";
import { BadRequest } from "#gen/google/rpc/error_details.js";
import { Status } from "#gen/google/rpc/status.js";
import type { ReplayRequest, ReplayResponse } from "#gen/quartet/vitals/v1/vitals.js";
import type { Metrics } from "../../src/server-streaming/host-metrics/metrics.js";

/** Vitals.Replay as grpc-js alone wants it. */
export function rawReplay(metrics: Metrics, log: (error: unknown) => void) {
  // #region raw
  const replay: handleServerStreamingCall<ReplayRequest, ReplayResponse> = (call) => {
    const count = call.request.count || 5_000;
    if (count > 1_000_000) {
      call.emit("error", tooMany()); // not `throw`: that says UNKNOWN; not `destroy`: the client would wait for ever
      return;
    }
    const stop = metrics.start();
    let sequence = 0;
    let over = false;

    function send(): void {
      try {
        while (!over && sequence < count) {
          sequence += 1;
          // false: 16 messages wait. To write on is to fill the memory with what a slow reader has not read.
          if (!call.write({ sequence, ...metrics.measure() })) return;
        }
        if (!over) call.end();
        over = true;
      } catch (error) {
        over = true;
        log(error); // and not to the client: its text may hold a secret
        call.emit("error", { code: status.UNKNOWN, details: "the server failed" });
      }
    }

    call.on("drain", send);
    // Comes after every call, however it ended. After a cancel no 'drain' comes: without this nobody would stop.
    call.on("cancelled", () => {
      over = true;
      stop();
    });
    send();
  };

  function tooMany() {
    const details = "count: must be at most 1000000";
    const detail = BadRequest.create({ fieldViolations: [{ field: "count", description: "must be at most 1000000" }] });
    const metadata = new Metadata();
    metadata.set(
      "grpc-status-details-bin",
      Buffer.from(
        Status.encode({
          code: status.INVALID_ARGUMENT,
          message: details,
          details: [
            {
              typeUrl: "type.googleapis.com/google.rpc.BadRequest",
              value: Buffer.from(BadRequest.encode(detail).finish()),
            },
          ],
        }).finish(),
      ),
    );
    return { code: status.INVALID_ARGUMENT, details, metadata };
  }
  // #endregion
  return replay;
}

/** The same log as the bridge has, so that the same tests can look into it. */
export const logged = (error: unknown) => reportUnexpected({ path: "raw", error });
