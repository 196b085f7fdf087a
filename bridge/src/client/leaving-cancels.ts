import type { StreamCall } from "./client-call.js";

/** An iterator that begins the call with the first `next` and cancels it when the loop is left (fact 12). */
export function leavingCancels<Res>(begin: () => StreamCall<Res>): AsyncIterator<Res, undefined> {
  let call: StreamCall<Res> | undefined;
  let left = false;

  function leave(): void {
    left = true;
    call?.responses.close({}, false);
    call?.cancel();
  }

  return {
    // Not an async function: that would cost each message two more promises.
    next() {
      if (left) return Promise.resolve({ done: true, value: undefined });
      try {
        if (!call) {
          call = begin();
          // The source of the requests is asked for its first ones in there, and may be what leaves the loop.
          call.send();
        }
        return call.responses.next();
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async return() {
      leave();
      return { done: true, value: undefined };
    },
  };
}
