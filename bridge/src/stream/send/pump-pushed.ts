import { type Observable, Subject, takeUntil } from "rxjs";
import type { Encoded, Outgoing } from "../encoded.js";
import type { Outlet, Pump } from "./outlet.js";
import { type OverflowPolicy, ReaderTooSlow } from "./overflow.js";

/** Pumps an Observable. Messages for which the outlet has no room wait in the outbox of `policy`. */
export function pumpPushed<T>(source: Observable<Outgoing<T>>, policy: OverflowPolicy<T>, outlet: Outlet<T>): Pump {
  const outbox = policy.open();
  const stopping = new Subject<void>();
  let blocked = false;
  let subscribing = false;
  /** Ends the call after the waiting messages. Set when the source ends or fails, or when a message is not accepted. */
  let ending: (() => void) | undefined;
  let over = false;

  function finish(how: () => void): void {
    if (over) return;
    over = true;
    stopping.next();
    outbox.close();
    how();
  }

  /** Ends the call after the waiting messages are sent, or at once if none wait (law L9). */
  function endWith(how: () => void): void {
    ending ??= how;
    stopping.next();
    if (outbox.empty) finish(ending);
  }

  function send(message: Encoded<T>): void {
    try {
      blocked = !outlet.write(message);
    } catch (error) {
      finish(() => outlet.fail(error));
    }
  }

  function offer(message: Outgoing<T>): void {
    if (ending || over) return;
    try {
      const accepted = outlet.accept(message);
      if (blocked) {
        outbox.keep(accepted, outlet.accept);
      } else {
        outbox.counters.delivered += 1;
        send(accepted);
      }
    } catch (error) {
      // A reader that is too slow for its outbox is too slow for the messages in it. Other errors come after them.
      if (error instanceof ReaderTooSlow) finish(() => outlet.fail(subscribing ? gaveAllAtOnce(error) : error));
      else endWith(() => outlet.fail(error));
    }
  }

  return {
    start(room = true) {
      if (over) return;
      blocked = !room;
      subscribing = true;
      // `takeUntil`, because a source that emits while it is being subscribed could not be stopped by `unsubscribe`.
      source.pipe(takeUntil(stopping)).subscribe({
        next: offer,
        error: (error: unknown) => endWith(() => outlet.fail(error)),
        complete: () => endWith(() => outlet.end()),
      });
      subscribing = false;
    },
    drained() {
      blocked = false;
      while (!blocked && !over) {
        const message = outbox.take();
        if (message === undefined) break;
        send(message);
      }
      if (ending && outbox.empty) finish(ending);
    },
    stop() {
      finish(() => {});
    },
  };
}

/** The same status with another text. The reader is not the cause, because it could not take anything yet. */
function gaveAllAtOnce({ waiting, patienceMs }: ReaderTooSlow): ReaderTooSlow {
  const details =
    `the source is an Observable that gave more than ${waiting} messages when it was subscribed, before a reader could ` +
    "take any: return the iterable itself, which waits for its reader, and not an Observable of it";
  return new ReaderTooSlow(waiting, patienceMs, details);
}
