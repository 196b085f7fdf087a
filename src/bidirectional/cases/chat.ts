import { type Caller, type CallOptions, caller } from "quartet-bridge";
import {
  concat,
  concatMap,
  defer,
  filter,
  forkJoin,
  lastValueFrom,
  of,
  Subject,
  startWith,
  switchMap,
  take,
  tap,
  toArray,
} from "rxjs";
import { ChatService, type JoinRequest, LeftReason, type RoomEvent } from "#gen/quartet/chat/v1/chat.js";
import type { Case } from "../../host/index.js";
import { eventsIn, leaveFrame, sayFrame } from "../chat/frames.js";
import { enter, newRoom } from "./new-room.js";

/** A step of the script. In a room of its own, step n of the script is event n of the room. */
interface Step {
  readonly who: "ada" | "grace" | "linus";
  readonly does: "enter" | "leave" | { readonly say: string };
}

const script: readonly Step[] = [
  { who: "ada", does: "enter" },
  { who: "grace", does: "enter" },
  { who: "linus", does: "enter" },
  { who: "ada", does: { say: "Who of you is talking, and who is listening?" } },
  { who: "grace", does: { say: "I do both, on one call." } },
  { who: "linus", does: { say: "So do I, and neither waits for the other." } },
  { who: "ada", does: { say: "Then who decides what came first?" } },
  { who: "grace", does: { say: "The room. It numbers what happens." } },
  { who: "ada", does: "leave" },
  { who: "grace", does: "leave" },
  { who: "linus", does: "leave" },
];

/**
 * Three members talk, each on its own call. Each takes its next step when it has heard the step before. Then the case
 * compares what they have heard: the room gave all of them one order.
 */
export const chat: Case = async ({ client, signal, say }) => {
  const calls = caller(ChatService, client);
  const room = newRoom();
  const happened = new Subject<number>();

  /** Enters after the step before its own. Emits what it has heard when it has left. */
  function member(who: Step["who"]) {
    return happened.pipe(
      startWith(0),
      filter((sequence) => script[sequence]?.who === who && script[sequence].does === "enter"),
      // Every member that is in the room hears the step: the first to say so counts.
      take(1),
      switchMap(() => talk(calls, room, who, { timeoutMs: 60_000, signal })),
      tap(({ sequence }) => happened.next(sequence)),
      toArray(),
    );
  }

  const heard = await lastValueFrom(forkJoin({ ada: member("ada"), grace: member("grace"), linus: member("linus") }));
  // The last member has heard every event, except its own `left`.
  const all = heard.linus.map(lineOf);
  proveOneOrder(all, Object.values(heard));
  for (const line of all) say(line);
  say(`${Object.keys(heard).length} members, each on a call of its own, heard the ${all.length} events in one order`);
};

/** One member's call. Its responses decide when it sends its next request. */
function talk(calls: Caller<typeof ChatService>, room: string, who: Step["who"], options: CallOptions) {
  return defer(() => {
    const saying = new Subject<JoinRequest>();
    return calls.join.observe(concat(of(enter(room, who)), saying), options).pipe(
      concatMap(eventsIn),
      tap(({ sequence }) => {
        const next = script[sequence];
        if (next?.who !== who) return;
        if (typeof next.does === "object") saying.next(sayFrame(`step ${sequence + 1}`, next.does.say));
        // `leave`, and then the half-close. The half-close alone proves nothing: a call that was cut can look the same.
        else if (next.does === "leave") of(leaveFrame).subscribe(saying);
      }),
    );
  });
}

/**
 * Compares what the last member in the room has heard, as lines, with what each member has heard.
 *
 * @throws Error if the room did not go by the script, or if a member heard other events, or another order
 */
export function proveOneOrder(all: readonly string[], heard: readonly RoomEvent[][]): void {
  if (all.length !== script.length - 1) throw new Error(`${all.length} events for ${script.length - 1} steps`);
  for (const events of heard) {
    const first = (events[0]?.sequence ?? 0) - 1;
    const lines = events.map(lineOf);
    const same = all.slice(first, first + lines.length);
    if (lines.length === 0 || lines.join("\n") !== same.join("\n")) {
      throw new Error(`one member has heard\n${lines.join("\n")}\nwhere another has heard\n${same.join("\n")}`);
    }
  }
}

/** An event as a line for a person. */
export function lineOf({ sequence, what }: RoomEvent): string {
  const number = String(sequence).padStart(2);
  if (what?.$case === "said") return `${number} ${what.said.name}: ${what.said.text}`;
  if (what?.$case === "joined") return `${number} ${what.joined.name} enters`;
  if (what?.$case !== "left") return `${number} something that this client does not know`;
  return `${number} ${what.left.name} ${what.left.reason === LeftReason.QUIT ? "leaves" : "is gone"}`;
}
