import {
  dematerialize,
  isObservable,
  map,
  materialize,
  Observable,
  type ObservableNotification,
  type Subscriber,
} from "rxjs";
import { Encoded, type Outgoing } from "../stream/encoded.js";
import { Buffered, ReaderTooSlow } from "../stream/overflow.js";
import type { Requests } from "./client-call.js";

/** How many messages may wait for their call to begin. */
const mostEarly = 1024;

const tooManyEarly =
  `the source is an Observable that gave more than ${mostEarly} messages before the middleware of its call had ended: ` +
  "send the iterable itself, which waits for its reader, and not an Observable of it";

/** The requests of a call that has not begun. */
export interface Held<Req> {
  /** What the call is to send. */
  readonly requests: Requests<Req>;
  /** Leaves the source, unless the call reads it. */
  release(): void;
}

/**
 * Subscribes to requests that are pushed, as the begin of the call would: what a hot Observable emits would be lost.
 * The messages are serialized at once (law L21), and wait. A source that is pulled waits by itself.
 */
export function hold<Req>(requests: Requests<Req>, serialize: (request: Req) => Buffer): Held<Req> {
  const pushed = requests instanceof Buffered ? requests.source : requests;
  if (!isObservable(pushed)) return { requests, release() {} };
  const early: ObservableNotification<Outgoing<Req>>[] = [];
  let reader: Subscriber<ObservableNotification<Outgoing<Req>>> | undefined;

  function accept(message: Outgoing<Req>): Outgoing<Req> {
    if (reader) return message;
    if (early.length === mostEarly) throw new ReaderTooSlow(mostEarly, 0, tooManyEarly);
    return message instanceof Encoded ? message : new Encoded(message, serialize(message));
  }

  const subscription = pushed.pipe(map(accept), materialize()).subscribe((notification) => {
    if (reader) reader.next(notification);
    else early.push(notification);
  });
  const notification$ = new Observable<ObservableNotification<Outgoing<Req>>>((subscriber) => {
    subscriber.add(subscription);
    for (let next = early.shift(); next; next = early.shift()) subscriber.next(next);
    reader = subscriber;
  });
  const messages = notification$.pipe(dematerialize());
  return {
    requests: requests instanceof Buffered ? new Buffered(messages, requests.policy) : messages,
    release() {
      if (!reader) subscription.unsubscribe();
    },
  };
}
