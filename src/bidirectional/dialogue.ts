import { status } from "@grpc/grpc-js";
import { implement, StatusError } from "quartet-bridge";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";

/** The largest `uint32`: no stroke can follow it. */
const lastStroke = 4_294_967_295;

/** The most that CollectThenReply holds, in lines and in bytes of UTF-8. */
export const mostLines = 1_000;
export const mostBytes = 1024 * 1024;

/** The two ways in which a bidirectional call can go. The types are the same; only the place of the `yield` differs. */
export const dialogue = implement(DialogueService, {
  // Inside the loop: one answer per ball. The next ball is taken after the answer is on its way.
  async *pingPong(balls) {
    for await (const { stroke } of balls) {
      if (stroke === lastStroke) {
        throw new StatusError(status.OUT_OF_RANGE, `stroke ${lastStroke} is the last that can be numbered`);
      }
      yield { stroke: stroke + 1 };
    }
  },

  // After the loop: nothing is sent before the client has half-closed.
  async *collectThenReply(requests) {
    const lines: string[] = [];
    let bytes = 0;
    for await (const { text } of requests) {
      bytes += Buffer.byteLength(text);
      // Checked before each line is kept: otherwise an endless client would fill the server's memory.
      if (lines.length === mostLines || bytes > mostBytes) {
        throw new StatusError(status.RESOURCE_EXHAUSTED, "at most 1,000 lines and 1 MiB of text are collected");
      }
      lines.push(text);
    }
    for (const [index, text] of [...lines.entries()].reverse()) yield { line: index + 1, text };
  },
});
