import type { Hub, HubEntrance, Membership, Outgoing } from "quartet-bridge";
import { Observable } from "rxjs";

/** A member of `hub` that keeps what it is given; `react` may act on it while it is being given. */
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

/** A clock that stands still until it is told to go on. */
export function clock() {
  let now = 0;
  return {
    now: () => now,
    pass(ms: number) {
      now += ms;
    },
  };
}

/** The next turn of the event loop, after the immediates that are due in this one. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
