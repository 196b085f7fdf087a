import { status } from "@grpc/grpc-js";
import { statusWithDetails } from "../errors/details.js";
import { StatusError } from "../errors/status-error.js";

/** The place of a message in the log of a hub. */
export interface Position {
  /** Names one life of the log: a server that restarts counts from 1 again. Compare it, do not parse it. */
  readonly epoch: string;
  /** The number of the message; 0 is the position before the first message. */
  readonly sequence: number;
}

/**
 * A position that a hub cannot resume from. A call that fails with it ends OUT_OF_RANGE, and its `google.rpc.ErrorInfo`
 * says what the hub remembers. A client that uses `resuming` then begins anew, and knows that there may be a gap.
 */
export class NotRemembered extends StatusError {
  /** The number of the oldest remembered message; `newest` + 1 if there is none. */
  readonly oldest: number;
  readonly newest: number;

  /**
   * @param reason EPOCH_ENDED if the position is of another life of the log; POSITION_FORGOTTEN if it is too old, or if
   *   no message has this number yet
   * @param remembered undefined if nothing is
   */
  constructor(
    reason: "EPOCH_ENDED" | "POSITION_FORGOTTEN",
    remembered?: { epoch: string; oldest: number; newest: number },
  ) {
    const details = "this position is not remembered: begin without a position, and expect a gap";
    const metadata = remembered &&
      remembered.newest > 0 && {
        epoch: remembered.epoch,
        oldest: String(remembered.oldest),
        newest: String(remembered.newest),
      };
    const errorInfo = { reason, domain: "quartet", ...(metadata && { metadata }) };
    super(status.OUT_OF_RANGE, details, statusWithDetails(status.OUT_OF_RANGE, details, { errorInfo }));
    this.oldest = remembered?.oldest ?? 1;
    this.newest = remembered?.newest ?? 0;
  }
}
