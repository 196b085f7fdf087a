import { type Logger, pino } from "pino";
import { gate } from "../../../bridge/test/harness/loopback.js";

/** A line of the call log. */
export interface CallLine {
  readonly level: number;
  readonly path: string;
  readonly code: string;
  readonly peer: string;
  readonly durationMs: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly inferred?: boolean;
  readonly details?: string;
}

/** A log, and what was written to it. */
export function callLines(): { readonly log: Logger; readonly lines: CallLine[]; next(): Promise<CallLine> } {
  const lines: CallLine[] = [];
  let arrived = gate();
  let read = 0;
  const write = (text: string) => {
    lines.push(JSON.parse(text));
    arrived.open();
    arrived = gate();
  };
  return {
    log: pino({ level: "info" }, { write }),
    lines,
    async next() {
      for (;;) {
        const line = lines[read];
        if (line !== undefined) {
          read += 1;
          return line;
        }
        await arrived.opened;
      }
    },
  };
}
