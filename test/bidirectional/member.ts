import { type Client, status } from "@grpc/grpc-js";
import { CallError, caller } from "quartet-bridge";
import { concat, of, Subject } from "rxjs";
import {
  ChatService,
  type Enter,
  type JoinRequest,
  type JoinResponse,
  type LeftReason,
  type RoomEvent,
  type Welcome,
} from "#gen/quartet/chat/v1/chat.js";
import { gate } from "../../bridge/test/harness/loopback.js";

type Frame = NonNullable<JoinResponse["frame"]>;

/** A member in a test: what it has heard, and what a test can wait for. */
export interface TestMember {
  readonly frames: readonly Frame[];
  readonly events: readonly RoomEvent[];
  /** The first frame that `matches`. Fails if the call ends before that. */
  heard(matches: (frame: Frame) => boolean): Promise<Frame>;
  /** The event that `matches`. */
  event(matches: (event: RoomEvent) => boolean): Promise<RoomEvent>;
  welcome(): Promise<Welcome>;
  send(request: JoinRequest): void;
  say(clientMessageId: string, text?: string): void;
  leave(): void;
  halfClose(): void;
  cancel(): void;
  /** The status of the call, once it has one. */
  readonly ended: Promise<CallError>;
}

export const entering = (enter: Partial<Enter>): JoinRequest => ({
  frame: { $case: "enter", enter: { room: "tea", name: "ada", sessionId: `of ${enter.name ?? "ada"}`, ...enter } },
});

export const saying = (clientMessageId: string, text = clientMessageId): JoinRequest => ({
  frame: { $case: "say", say: { clientMessageId, text } },
});

export const leaving: JoinRequest = { frame: { $case: "leave", leave: {} } };

/** Enters the room `tea`, without its past unless `enter` says otherwise. */
export function enters(client: Client, enter: Partial<Enter> = {}, timeoutMs?: number): TestMember {
  return joins(client, entering({ history: 0, ...enter }), timeoutMs);
}

/** Begins a call with `first`. */
export function joins(client: Client, first: JoinRequest | undefined, timeoutMs?: number): TestMember {
  const frames: Frame[] = [];
  const events: RoomEvent[] = [];
  const waiting = new Set<{ matches(frame: Frame): boolean; open(frame: Frame): void }>();
  const requests = new Subject<JoinRequest>();
  const [ended, failed] = [gate<CallError>(), gate<never>()];

  function end(how: CallError): void {
    ended.open(how);
    failed.open(Promise.reject(how) as never);
  }
  // Only a test that waits for a frame sees this failure.
  failed.opened.catch(() => {});

  const subscription = caller(ChatService, client)
    .join.observe(first ? concat(of(first), requests) : requests, timeoutMs === undefined ? {} : { timeoutMs })
    .subscribe({
      next: ({ frame }) => {
        if (frame === undefined) return;
        frames.push(frame);
        if (frame.$case === "events") events.push(...frame.events.events);
        for (const waiter of waiting) {
          if (!waiter.matches(frame)) continue;
          waiting.delete(waiter);
          waiter.open(frame);
        }
      },
      error: (error: CallError) => end(error),
      complete: () => end(new CallError("", { code: status.OK, details: "" })),
    });

  function heard(matches: (frame: Frame) => boolean): Promise<Frame> {
    const known = frames.find(matches);
    if (known) return Promise.resolve(known);
    const found = gate<Frame>();
    waiting.add({ matches, open: found.open });
    return Promise.race([found.opened, failed.opened]);
  }

  return {
    frames,
    events,
    heard,
    async event(matches) {
      await heard((frame) => frame.$case === "events" && frame.events.events.some(matches));
      return events.find(matches) as RoomEvent;
    },
    async welcome() {
      const frame = await heard(() => true);
      if (frame.$case !== "welcome") throw new Error(`the first frame is ${frame.$case}`);
      return frame.welcome;
    },
    send: (request) => requests.next(request),
    say: (id, text) => requests.next(saying(id, text)),
    leave: () => requests.next(leaving),
    halfClose: () => requests.complete(),
    cancel: () => subscription.unsubscribe(),
    ended: ended.opened,
  };
}

/** Whether the event says that `name` has left. */
export const leavingOf =
  (name: string) =>
  ({ what }: RoomEvent) =>
    what?.$case === "left" && what.left.name === name;

/** Why a member has left; undefined for another event. */
export function leftReason({ what }: RoomEvent): LeftReason | undefined {
  return what?.$case === "left" ? what.left.reason : undefined;
}

/** Whether the event is that text. */
export const textOf =
  (text: string) =>
  ({ what }: RoomEvent) =>
    what?.$case === "said" && what.said.text === text;
