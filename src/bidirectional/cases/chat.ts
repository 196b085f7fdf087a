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
import { enter, leave, newRoom, utter } from "./join-requests.js";

/** A step of the script. In a room of its own, step n of the script is event n of the room. */
interface Step {
  readonly who: "ada" | "grace" | "linus";
  readonly does: "come" | "go" | { readonly say: string };
}

const script: readonly Step[] = [
  { who: "ada", does: "come" },
  { who: "grace", does: "come" },
  { who: "linus", does: "come" },
  { who: "ada", does: { say: "Who of you is talking, and who is listening?" } },
  { who: "grace", does: { say: "I do both, on one call." } },
  { who: "linus", does: { say: "So do I, and neither waits for the other." } },
  { who: "ada", does: { say: "Then who decides what came first?" } },
  { who: "grace", does: { say: "The room. It numbers what happens." } },
  { who: "ada", does: "go" },
  { who: "grace", does: "go" },
  { who: "linus", does: "go" },
];

/**
 * Three members talk, each on a call of its own, and each does its next step when it has heard the one before. Then
 * what they have heard is compared: the room has given them one order.
 */
export const chat: Case = async ({ client, signal, say }) => {
  const calls = caller(ChatService, client);
  const room = newRoom();
  const happened = new Subject<number>();

  /** Comes in when the step before that has happened, and gives what it has heard when it has gone. */
  function member(who: Step["who"]) {
    return happened.pipe(
      startWith(0),
      filter((sequence) => script[sequence]?.who === who && script[sequence].does === "come"),
      // Whoever is in hears the same step: the first word of it counts.
      take(1),
      switchMap(() => talk(calls, room, who, { timeoutMs: 60_000, signal })),
      tap(({ sequence }) => happened.next(sequence)),
      toArray(),
    );
  }

  const heard = await lastValueFrom(forkJoin({ ada: member("ada"), grace: member("grace"), linus: member("linus") }));
  // The last one in the room has heard everything but its own going.
  const all = heard.linus.map(lineOf);
  proveOneOrder(all, Object.values(heard));
  for (const line of all) say(line);
  say(`${Object.keys(heard).join(", ")}: the same order for all`);
};

/** One member's call: what it hears, and what it does about it. The requests of the call come out of its responses. */
function talk(calls: Caller<typeof ChatService>, room: string, who: Step["who"], options: CallOptions) {
  return defer(() => {
    const saying = new Subject<JoinRequest>();
    return calls.join.observe(concat(of(enter(room, who)), saying), options).pipe(
      concatMap(({ frame }) => (frame?.$case === "events" ? frame.events.events : [])),
      tap(({ sequence }) => {
        const next = script[sequence];
        if (next?.who !== who) return;
        if (typeof next.does === "object") saying.next(utter(`step ${sequence + 1}`, next.does.say));
        // The word, and then the half-close, which proves nothing by itself: a call that is cut can look half-closed.
        else if (next.does === "go") of(leave).subscribe(saying);
      }),
    );
  });
}

/**
 * What the last one in the room has heard, as lines, against what each has heard.
 *
 * @throws Error if the room did not go by the script, or somebody heard anything else, or in another order, than the
 * others
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
  if (what?.$case === "joined") return `${number} ${what.joined.name} comes in`;
  return `${number} ${what?.left.name} ${what?.left.reason === LeftReason.QUIT ? "leaves" : "is lost"}`;
}
