import { setImmediate as turn } from "node:timers/promises";
import { type Client, status } from "@grpc/grpc-js";
import { CallError, caller, detailsOf, type StreamHandle } from "quartet-bridge";
import { BehaviorSubject, concat, filter, firstValueFrom, of, Subject, startWith } from "rxjs";
import { ChatService, type JoinRequest, type JoinResponse } from "#gen/quartet/chat/v1/chat.js";
import { relay } from "../../../bridge/test/harness/wire/severable.js";
import { connect } from "../../../src/host/index.js";
import type { CallEnd, ChatMessage, Coming, Going, Report } from "../protocol.js";
import { ageOf, digestOf, idOf, textOf } from "./texts.js";

/** A call of a member, on its own connection. */
interface Membership {
  readonly call: StreamHandle<JoinResponse>;
  readonly client: Client;
  readonly requests: Subject<JoinRequest>;
  readonly way: Awaited<ReturnType<typeof relay>> | undefined;
}

/**
 * A session of the chat, through all its calls. It carries out commands, and reports everything that it hears. Each
 * method settles when the server has answered, or the call has ended.
 */
export class Member {
  readonly #name: string;
  readonly #port: number;
  readonly #report: (report: Report) => void;
  /** Messages without an acknowledgement, oldest first: id, text. */
  readonly #unacknowledged = new Map<string, string>();
  readonly #isAwake$ = new BehaviorSubject(true);
  /** The member has heard an event, or its call has ended. */
  readonly #changed$ = new Subject<void>();
  #membership: Membership | undefined;
  #entered = false;

  constructor(name: string, port: number, report: (report: Report) => void) {
    this.#name = name;
    this.#port = port;
    this.#report = report;
  }

  /** Joins, and repeats the messages that the last call left without an acknowledgement. */
  async come({ room, resumeAfter, history, frail }: Coming): Promise<void> {
    const way = frail ? await relay(`127.0.0.1:${this.#port}`) : undefined;
    // Its own pool, because members with the same address would share a connection, and be cut together.
    const client = connect(way?.address ?? `127.0.0.1:${this.#port}`, {
      channelOptions: { "grpc.use_local_subchannel_pool": 1 },
    });
    const enter = { room, name: this.#name, sessionId: `session of ${this.#name}`, resumeAfter, history };
    const requests = new Subject<JoinRequest>();
    const first: JoinRequest = { frame: { $case: "enter", enter } };
    const call = caller(ChatService, client).join.start(concat(of(first), requests));
    this.#membership = { call, client, requests, way };
    void this.#read(this.#membership);
    await this.#until(() => this.#entered);
    for (const [id, text] of this.#unacknowledged) this.#send(id, text);
    await this.#until(() => this.#unacknowledged.size === 0);
  }

  async say({ number, length }: ChatMessage): Promise<void> {
    const id = idOf(this.#name, number);
    const text = textOf(id, length);
    this.#unacknowledged.set(id, text);
    this.#send(id, text);
    await this.#until(() => !this.#unacknowledged.has(id));
  }

  async go({ how, turns, ...lastWord }: Going): Promise<void> {
    void this.say(lastWord);
    for (let each = 0; each < turns; each += 1) await turn();
    const { call, requests, way } = this.#membership ?? {};
    if (how === "cancel") call?.cancel();
    else if (how === "cut" || how === "reset") way?.cut(how === "reset");
    else {
      if (how === "leave") requests?.next({ frame: { $case: "leave", leave: {} } });
      requests?.complete();
    }
    await this.#ended();
  }

  stall(): void {
    this.#isAwake$.next(false);
  }

  async wake(): Promise<void> {
    this.#isAwake$.next(true);
    await this.#ended();
  }

  #send(id: string, text: string): void {
    this.#membership?.requests.next({ frame: { $case: "say", say: { clientMessageId: id, text } } });
  }

  async #read(membership: Membership): Promise<void> {
    const end = await this.#hearAll(membership).catch(endOf);
    membership.client.close();
    membership.way?.[Symbol.dispose]();
    this.#membership = undefined;
    this.#entered = false;
    const unacknowledged = this.#unacknowledged.size;
    this.#report({ is: "ended", name: this.#name, unacknowledged, ...end });
    this.#changed$.next();
  }

  /** Reads the call in a loop, which waits while the member stalls. */
  async #hearAll({ call }: Membership): Promise<Omit<CallEnd, "unacknowledged">> {
    for await (const { frame } of call) {
      if (!this.#isAwake$.value) await firstValueFrom(this.#isAwake$.pipe(filter(Boolean)));
      this.#hear(frame);
    }
    return { code: status.OK, details: "" };
  }

  #hear(frame: JoinResponse["frame"]): void {
    switch (frame?.$case) {
      case "welcome": {
        const { cursor = { epoch: "", sequence: 0 } } = frame.welcome;
        this.#entered = true;
        this.#report({ is: "entered", name: this.#name, cursor });
        break;
      }
      case "events": {
        const events = frame.events.events.map((event) => {
          const age = event.what?.$case === "said" ? ageOf(event.what.said.text) : null;
          return [event.sequence, digestOf(event), age] as const;
        });
        this.#report({ is: "heard", name: this.#name, events });
        break;
      }
      case "acknowledgement": {
        const { clientMessageId: id, sequence } = frame.acknowledgement;
        const text = this.#unacknowledged.get(id);
        this.#unacknowledged.delete(id);
        const said = { what: { $case: "said", said: { name: this.#name, text: text ?? "" } } } as const;
        const digest = text === undefined ? {} : { digest: digestOf(said) };
        this.#report({ is: "acknowledged", name: this.#name, id, sequence, ...digest });
        break;
      }
    }
    this.#changed$.next();
  }

  #ended(): Promise<void> {
    return this.#until(() => false);
  }

  /** Settles when the condition holds, or when the call has ended, so that it cannot hold any more. */
  async #until(isSo: () => boolean): Promise<void> {
    const isOver = () => this.#membership === undefined || isSo();
    await firstValueFrom(this.#changed$.pipe(startWith(undefined), filter(isOver)));
  }
}

function endOf(error: unknown): Omit<CallEnd, "unacknowledged"> {
  if (!(error instanceof CallError)) throw error;
  const info = detailsOf(error).errorInfo;
  const { code, details } = error;
  return info === undefined ? { code, details } : { code, details, reason: info.reason, remembered: info.metadata };
}
