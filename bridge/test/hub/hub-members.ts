import type { Outgoing } from "quartet-bridge";
import type { Hub, HubEntrance, Membership } from "quartet-bridge/hub";
import { Observable } from "rxjs";
import { afterTheTest } from "../harness/loopback.js";

/** A member of `hub` that records its messages. `react` may act while a message is delivered. */
export function member<T>(
  hub: Hub<T>,
  entrance: HubEntrance<T> = {},
  react: (message: Outgoing<T>) => void = () => {},
) {
  const heard: (Outgoing<T> | string)[] = [];
  let membership: Membership<T> | undefined;
  const subscription = new Observable<Outgoing<T>>((subscriber) => {
    membership = hub.enter(subscriber, entrance);
  }).subscribe({
    next(message) {
      heard.push(message);
      react(message);
    },
    error: (error: unknown) => heard.push(`error ${error instanceof Error ? error.message : error}`),
    complete: () => heard.push("complete"),
  });
  return {
    heard,
    send: (message: Outgoing<T>) => membership?.send(message),
    complete: (error?: unknown) => membership?.complete(error),
    leave: () => subscription.unsubscribe(),
  };
}

/** Stops the clock of a hub's slices until the test has ended. @returns a function that moves the clock */
export function stopClock(): (ms: number) => void {
  let now = performance.now();
  const { now: running } = performance;
  performance.now = () => now;
  afterTheTest(() => (performance.now = running));
  return (ms) => (now += ms);
}

/** The next turn of the event loop, after the immediates that are due in this one. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
