import { status } from "@grpc/grpc-js";
import {
  callsOf,
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

/** Unary: one request, one response. */
export const oneAnswer: Lesson = (calls) => {
  const { sent, answers } = passedIn(calls, "SquareRoot");
  if (sent.length !== 1 || answers.length !== 1)
    throw new Error(`${sent.length} requests and ${answers.length} responses, not 1 and 1`);
  return "one request, one response, one status";
};

/** Server streaming: several responses to one request, and the status after the last of them. */
export const manyAnswers: Lesson = (calls) => {
  const { call, answers } = passedIn(calls, "Replay");
  expectOrder(answers.at(-1)?.sent, eventOf(call, "client", "status"), "the status overtook the last response");
  return `one request, ${answers.length} responses, and then the status`;
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
