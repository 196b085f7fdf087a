import { caller } from "quartet-bridge";
import { Subject, startWith } from "rxjs";
import { type Ball, DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { type Case, type Cases, grouped, isMain, runCases } from "../host/index.js";
import { chat } from "./cases/chat.js";
import { cancel, nameTaken, refusal } from "./cases/endings.js";
import { stalledMember } from "./cases/stalled-member.js";

/** Turn by turn: the client sends a ball after the answer to the previous one. */
export const pingPong: Case = async ({ client, signal, say }) => {
  const balls = new Subject<Ball>();
  const rally = [1];
  const serve = balls.pipe(startWith({ stroke: 1 }));
  for await (const { stroke } of caller(DialogueService, client).pingPong(serve, { timeoutMs: 5_000, signal })) {
    rally.push(stroke);
    if (stroke >= 6) {
      balls.complete();
    } else {
      rally.push(stroke + 1);
      balls.next({ stroke: stroke + 1 });
    }
  }
  const strokes = rally.join(" ");
  if (strokes !== "1 2 3 4 5 6") throw new Error(`no lockstep: ${strokes}`);
  say(`${strokes}: odd ones out, even ones back`);
};

/** The tutorial's call: the server echoes each message. An array is a stream of requests; its end is the half-close. */
export const echo: Case = async ({ client, signal, say }) => {
  const messages = ["first", "second", "third"].map((message) => ({ message }));
  const echoes = caller(BidirectionalService, client).getServerResponse(messages, { timeoutMs: 5_000, signal });
  for await (const { message } of echoes) say(`echo: ${message}`);
};

/** One side after the other: after the half-close the server sends all lines back, the last one first. */
export const collectThenReply: Case = async ({ client, signal, say }) => {
  const texts = ["This line goes out first.", "This one follows.", "And this is the last."];
  let halfClosed = false;
  function* lines() {
    yield* texts.map((text) => ({ text }));
    halfClosed = true;
  }

  let due = texts.length;
  const replies = caller(DialogueService, client).collectThenReply(lines(), { timeoutMs: 5_000, signal });
  for await (const { line, text } of replies) {
    if (!halfClosed) throw new Error("the server has replied before the half-close");
    if (line !== due || text !== texts[line - 1]) throw new Error(`line ${line} came back where ${due} was due`);
    say(`${line} ${text}`);
    due -= 1;
  }
  if (due > 0) throw new Error(`${due} lines did not come back`);
};

/** Both directions at full speed: the sender does not wait for echoes. They still come back in order. */
export const fullDuplex: Case = async ({ client, signal, say }) => {
  const count = 5_000;
  let sent = 0;
  function* messages() {
    while (sent < count) {
      sent += 1;
      yield { message: String(sent) };
    }
  }

  let received = 0;
  let sentAtFirstEcho = 0;
  const echoes = caller(BidirectionalService, client).getServerResponse(messages(), { timeoutMs: 60_000, signal });
  for await (const { message } of echoes) {
    if (received === 0) sentAtFirstEcho = sent;
    received += 1;
    if (message !== String(received)) throw new Error(`echo ${received} is '${message}'`);
  }
  if (received !== count) throw new Error(`${received} echoes for ${count} messages`);
  if (sentAtFirstEcho < 2) throw new Error("the second message waited for the first echo");
  say(`${grouped(count)} messages out and back, in order; more were out before the first was back`);
};

/** The cases of this client. Every call has a deadline; a chat for people would have none. */
export const cases: Cases = {
  "ping-pong": pingPong,
  echo,
  "collect-then-reply": collectThenReply,
  "full-duplex": fullDuplex,
  refusal,
  chat,
  "name-taken": nameTaken,
  cancel,
  "stalled-member": stalledMember,
};

if (isMain(import.meta.url)) await runCases("bidirectional-client", cases, { startServer: "make bidi-server" });
