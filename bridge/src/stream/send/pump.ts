import { isObservable, type Observable } from "rxjs";
import type { Outgoing } from "../encoded.js";
import type { Outlet, Pump } from "./outlet.js";
import { Buffered } from "./overflow.js";
import { failWhenFull } from "./overflow-policies.js";
import { pumpPulled } from "./pump-pulled.js";
import { pumpPushed } from "./pump-pushed.js";

/**
 * The messages that a call sends. An iterable is *pulled*: it waits while the reader waits. An Observable *pushes*:
 * messages that the reader has not taken yet wait in a bounded outbox, under the policy of `buffered`, or of
 * `failWhenFull()`. An object that is both is pushed.
 *
 * Each call iterates or subscribes to the source once. A function is called for each call, and returns a new source.
 * Pass a function if several calls are possible, as with `retry` and `resuming`, and the source can be read only once:
 * a generator, a Node `Readable`, the messages of a call. Reading such a source again is a TypeError.
 *
 * When the call is over, the bridge calls `return` of the iterator, unsubscribes from the Observable, or destroys the
 * Node `Readable`. A generator that is in an `await` can return only when the `await` settles (fact 25).
 */
export type Source<T> = SingleSource<T> | (() => SingleSource<T>);

type SingleSource<T> = Iterable<Outgoing<T>> | AsyncIterable<Outgoing<T>> | Observable<Outgoing<T>> | Buffered<T>;

/**
 * Moves `source` into `outlet` after it is started. It calls either `end` or `fail`, once, unless it is stopped first.
 */
export function pump<T>(source: Source<T>, outlet: Outlet<T>): Pump {
  return typeof source === "function" ? pumpMade(source, outlet) : pumpGiven(source, outlet);
}

function pumpGiven<T>(source: SingleSource<T>, outlet: Outlet<T>): Pump {
  if (source instanceof Buffered) return pumpPushed(source.source, source.policy, outlet);
  return isObservable(source) ? pumpPushed(source, failWhenFull(), outlet) : pumpPulled(source, outlet);
}

/** Calls `make` when the call begins, and never if the call is over before that. */
function pumpMade<T>(make: () => SingleSource<T>, outlet: Outlet<T>): Pump {
  let made: Pump | undefined;
  let stopped = false;
  return {
    start(room) {
      if (stopped) return;
      try {
        made = pumpGiven(make(), outlet);
      } catch (error) {
        if (stopped) outlet.failedLate(error);
        else outlet.fail(error);
        return;
      }
      // `make` may have ended the call.
      if (stopped) made.stop();
      else made.start(room);
    },
    drained: () => made?.drained(),
    stop() {
      stopped = true;
      made?.stop();
    },
  };
}
