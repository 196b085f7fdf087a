import type { Observable } from "rxjs";

/**
 * What `source` pushes, for a reader who pulls, conflated: one value waits at most, and a newer one takes its place. So
 * a slow reader gets the newest there is, and nothing piles up behind it. What waits is still delivered before an end
 * or an error.
 *
 * It subscribes with the first `next`, and unsubscribes when the loop is left. A loop that waits for a value can be
 * left only when one comes or the source ends: a source that may be silent for long ends with the call's signal.
 */
export async function* newest<T>(source: Observable<T>): AsyncGenerator<T, void, undefined> {
  let waiting: { readonly value: T } | undefined;
  let ending: { readonly error?: unknown } | undefined;
  let wake = () => {};
  const subscription = source.subscribe({
    next(value) {
      waiting = { value };
      wake();
    },
    error(error: unknown) {
      ending = { error };
      wake();
    },
    complete() {
      ending = {};
      wake();
    },
  });
  try {
    for (;;) {
      if (waiting) {
        const { value } = waiting;
        waiting = undefined;
        yield value;
      } else if (ending) {
        if ("error" in ending) throw ending.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    subscription.unsubscribe();
  }
}
