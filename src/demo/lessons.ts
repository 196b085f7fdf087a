import { status } from "@grpc/grpc-js";
import {
  callsOf,
  type Direction,
  eventOf,
  grouped,
  happenedBefore,
  type MergedCall,
  type MergedEvent,
  messages,
  mostOnTheWay,
  statusOf,
} from "../tap/index.js";

/**
 * What only a recording of both sides can show of a case: the order between the two sides. What one side sees, the case
 * checks itself. Returns what was shown in a sentence, and throws if it did not happen.
 */
export type Lesson = (calls: readonly MergedCall[]) => string;

/** For a case that proves its lesson itself: what passed in its one call, or how its calls ended. */
export const whatPassed: Lesson = (calls) => {
  const ends = calls.map((call) => status[statusOf(call)?.code ?? status.UNKNOWN]);
  const [call, ...more] = calls;
  if (call && more.length === 0) return `${counted(call, "request")}, ${counted(call, "response")}, status ${ends[0]}`;
  const kinds = [...new Set(ends)].map((end) => `${ends.filter((each) => each === end).length} ${end}`);
  return `${calls.length} calls: ${kinds.join(", ")}`;
};

/** Server streaming: the server makes the next message when the reader has made room for it. */
export const readerSetsThePace: Lesson = (calls) => {
  const { call, answers } = passedIn(calls, "Replay");
  const [all, most] = [answers.length, mostOnTheWay(call, "response") ?? answers.length];
  // Without back-pressure a reader that pauses finds all of them on the way.
  if (most > all / 2)
    throw new Error(`${most} of ${all} messages were on the way at once: nothing held the server back`);
  return `the reader's pace held the server back: at most ${grouped(most)} of ${grouped(all)} on the way`;
};

/** Client streaming: the answer follows the half-close. */
export const answerAfterHalfClose: Lesson = (calls) => {
  const { sent, halfClose, answers } = passedIn(calls, "Summarize");
  expectOrder(halfClose, answers[0]?.sent, "the server answered before the client had half-closed");
  return `${sent.length} requests, then the half-close, and only then the one response`;
};

/** Bidirectional, turn by turn: each ball is answered before the next one is hit. */
export const turnByTurn: Lesson = (calls) => {
  const { sent, answers } = passedIn(calls, "PingPong");
  for (const [index, { sent: ball }] of sent.slice(1).entries())
    expectOrder(answers[index]?.received, ball, `ball ${index + 2} was hit before ball ${index + 1} came back`);
  return `${sent.length} balls, each answered before the next was hit`;
};

/** Bidirectional, one side after the other: no reply before the client has half-closed. */
export const repliesAfterHalfClose: Lesson = (calls) => {
  const { sent, halfClose, answers } = passedIn(calls, "CollectThenReply");
  for (const reply of answers) expectOrder(halfClose, reply.sent, "a reply left before the half-close");
  return `${sent.length} lines in, the half-close, then ${answers.length} replies`;
};

/** The one call of a method, which ended well, with what passed in it. */
function passedIn(calls: readonly MergedCall[], method: string) {
  const [call, ...more] = callsOf(calls, method);
  if (!call || more.length > 0)
    throw new Error(`${call ? more.length + 1 : 0} calls of ${method} were recorded, not 1`);
  const code = statusOf(call)?.code ?? status.UNKNOWN;
  if (code !== status.OK) throw new Error(`${call.path} ended ${status[code]}, not OK`);
  const halfClose = eventOf(call, "server", "half-close");
  return { call, halfClose, sent: messages(call, "request"), answers: messages(call, "response") };
}

function expectOrder(first: MergedEvent | undefined, second: MergedEvent | undefined, otherwise: string): void {
  if (!first || !second || !happenedBefore(first, second)) throw new Error(otherwise);
}

function counted(call: MergedCall, direction: Direction): string {
  const { length } = messages(call, direction);
  return length === 1 ? `one ${direction}` : `${grouped(length)} ${direction}s`;
}
