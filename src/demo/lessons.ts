import { status } from "@grpc/grpc-js";
import {
  callsOf,
  eventOf,
  happenedBefore,
  type MergedCall,
  type MergedEvent,
  messages,
  mostOnTheWay,
  statusOf,
} from "../tap/index.js";

/**
 * Looks in the recording of a case for what the case is to show. Returns it in a sentence; throws if it did not happen.
 */
export type Lesson = (calls: readonly MergedCall[]) => string;

/** Unary: one request, one response. */
export const oneAnswer: Lesson = (calls) => {
  const call = only(calls, "SquareRoot");
  expectOk(call);
  const [requests, responses] = [messages(call, "request").length, messages(call, "response").length];
  if (requests !== 1 || responses !== 1)
    throw new Error(`${requests} requests and ${responses} responses, not 1 and 1`);
  return "one request, one response, one status";
};

/** Server streaming: the server makes the next message when the reader has made room for it. */
export const readerSetsThePace: Lesson = (calls) => {
  const call = only(calls, "Replay");
  expectOk(call);
  const sent = messages(call, "response").length;
  const most = mostOnTheWay(call, "response") ?? sent;
  // Without back-pressure a reader that pauses finds all of them on the way.
  if (most > sent / 2)
    throw new Error(`${most} of ${sent} messages were on the way at once: nothing held the server back`);
  return `the reader's pace held the server back: at most ${grouped(most)} of ${grouped(sent)} on the way`;
};

/** Server streaming, through a restart: the call that is lost, what the new server says of the position, and the next. */
export const goesOnAfterTheRestart: Lesson = (calls) => {
  const watches = callsOf(calls, "Watch");
  const [lost, ...later] = watches;
  const last = later.pop();
  if (!lost || !last) throw new Error(`${watches.length} calls of Watch were recorded, not two or more`);
  if (messages(lost, "response").length === 0) throw new Error("the server was killed before its first round");
  if (statusOf(lost)?.code === status.OK) throw new Error("the first call was not lost");
  if (!later.some((call) => statusOf(call)?.code === status.OUT_OF_RANGE))
    throw new Error("no server said that it does not know the position");
  if (messages(last, "response").length === 0) throw new Error("the watch did not go on");
  return `${watches.length} calls: one lost with its server, one told OUT_OF_RANGE, and one that goes on`;
};

/** Client streaming: the answer follows the half-close. */
export const answerAfterHalfClose: Lesson = (calls) => {
  const call = only(calls, "Summarize");
  expectOk(call);
  const sent = messages(call, "request").length;
  const halfClose = present(eventOf(call, "server", "half-close"), "the half-close at the server");
  const answer = present(messages(call, "response")[0]?.sent, "the answer");
  if (!happenedBefore(halfClose, answer)) throw new Error("the server answered before the client had half-closed");
  return `${sent} requests, then the half-close, and only then the one response`;
};

/** Client streaming with side effects: a cut call has stored nothing, and a second one goes on where it was cut. */
export const goesOnWhereItWasCut: Lesson = (calls) => {
  const puts = callsOf(calls, "Put");
  const [first, second] = puts;
  if (!first || !second || puts.length > 2) throw new Error(`${puts.length} calls of Put were recorded, not 2`);
  if (statusOf(first)?.code !== status.CANCELLED) throw new Error("the first call was not cut");
  if (messages(first, "response").length > 0) throw new Error("the call that was cut has stored a file");
  expectOk(second);
  const sent = [first, second].map((call) => chunksOf(call));
  const offsets = sent.flat();
  if (new Set(offsets).size !== offsets.length) throw new Error("what was staged before the cut was sent again");
  return `${sent[0]?.length} chunks, the cut, and the other ${sent[1]?.length}: nothing was sent twice`;
};

/** Client streaming with side effects: only a commit that is right makes a file. */
export const noAnswerToAWrongCommit: Lesson = (calls) => {
  const call = only(calls, "Put");
  const code = statusOf(call)?.code;
  if (code !== status.INVALID_ARGUMENT) throw new Error(`the wrong commit ended with ${code}, not INVALID_ARGUMENT`);
  if (messages(call, "response").length > 0) throw new Error("a file was stored");
  return `${chunksOf(call).length} chunks and a commit with a wrong checksum: no file`;
};

/** Where in the file the chunks of a Put belong. */
function chunksOf(call: MergedCall): number[] {
  const offsets = messages(call, "request").flatMap(({ label }) => {
    const [, offset] = label.match(/^chunk: offset=(\d+)/) ?? [];
    return offset === undefined ? [] : [Number(offset)];
  });
  if (offsets.length === 0) throw new Error("a call of Put without a chunk was recorded");
  return offsets;
}

/** Bidirectional, turn by turn: each ball is answered before the next one is hit. */
export const turnByTurn: Lesson = (calls) => {
  const call = only(calls, "PingPong");
  expectOk(call);
  const balls = messages(call, "request");
  const answers = messages(call, "response");
  for (const [round, ball] of balls.entries()) {
    const answer = present(answers[round]?.received, `the answer to ball ${round + 1}`);
    const next = balls[round + 1]?.sent;
    if (next && !happenedBefore(answer, next))
      throw new Error(`ball ${round + 2} was hit before ball ${round + 1} came back`);
    present(ball.sent, `ball ${round + 1}`);
  }
  return `${balls.length} balls, each answered before the next was hit`;
};

/** Bidirectional, one side after the other: no reply before the client has half-closed. */
export const repliesAfterHalfClose: Lesson = (calls) => {
  const call = only(calls, "CollectThenReply");
  expectOk(call);
  const halfClose = present(eventOf(call, "server", "half-close"), "the half-close at the server");
  const replies = messages(call, "response");
  for (const { sent } of replies) {
    if (!happenedBefore(halfClose, present(sent, "a reply"))) throw new Error("a reply left before the half-close");
  }
  return `${messages(call, "request").length} lines in, the half-close, then ${replies.length} replies`;
};

/** Bidirectional, two directions that live apart: every member hears the same at the same place in the room's order. */
export const oneOrderForAll: Lesson = (calls) => {
  const members = callsOf(calls, "Join");
  if (members.length < 2) throw new Error("a conversation takes two");
  const room = new Map<number, string>();
  for (const call of members) {
    expectOk(call);
    let last = 0;
    for (const { label } of messages(call, "response")) {
      // What a member hears carries its number in the room; a welcome and an acknowledgement are for one member alone.
      const [, number, event] = label.match(/^events: \[\{sequence=(\d+), (\w+=\{name="[^"]*")/) ?? [];
      if (number === undefined || event === undefined) continue;
      if (Number(number) <= last) throw new Error(`a member heard event ${number} after event ${last}`);
      last = Number(number);
      if ((room.get(last) ?? event) !== event) throw new Error(`two members heard different things as event ${last}`);
      room.set(last, event);
    }
  }
  if (room.size === 0) throw new Error("nothing was heard");
  return `${members.length} members, each on a call of its own, heard the room's ${room.size} events in one order`;
};

/** Bidirectional, with a reader that stops: it loses its call, nobody else does, and it goes on behind what it has read. */
export const droppedAndBack: Lesson = (calls) => {
  const members = callsOf(calls, "Join");
  const dropped = members.filter((call) => statusOf(call)?.code === status.RESOURCE_EXHAUSTED);
  const [one] = dropped;
  if (!one || dropped.length > 1) throw new Error(`${dropped.length} members were dropped, not 1`);
  const others = members.filter((call) => call !== one);
  for (const call of others) expectOk(call);
  const back = others.find((call) => nameIn(call) === nameIn(one));
  if (!back) throw new Error("the member that was dropped did not come back");
  const [read = 0, first = 0] = [firstNumbers(one).at(-1), firstNumbers(back)[0]];
  if (first <= read) throw new Error(`it had read event ${read}, and heard event ${first} when it was back`);
  return `one of ${members.length - 1} members was dropped, and no other; it came back, and went on at event ${grouped(first)}`;
};

/** Of each frame with events that a member has received, the number of the first. */
function firstNumbers(call: MergedCall): number[] {
  return messages(call, "response").flatMap(({ label, received }) => {
    const [, number] = (received && label.match(/^events: \[\{sequence=(\d+)/)) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

/** The name under which a member came in. */
function nameIn(call: MergedCall): string | undefined {
  return messages(call, "request")[0]?.label.match(/name="([^"]*)"/)?.[1];
}

function only(calls: readonly MergedCall[], method: string): MergedCall {
  const [call, ...more] = callsOf(calls, method);
  if (!call || more.length > 0)
    throw new Error(`${call ? more.length + 1 : 0} calls of ${method} were recorded, not 1`);
  return call;
}

function expectOk(call: MergedCall): void {
  const ended = statusOf(call);
  if (ended?.code !== status.OK)
    throw new Error(`${call.path} ended ${ended ? status[ended.code] : "without a status"}, not OK`);
}

function present(event: MergedEvent | undefined, what: string): MergedEvent {
  if (!event) throw new Error(`${what} was not recorded`);
  return event;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
