import { Encoded } from "../stream/encoded.js";
import type { Outlet, Pump } from "../stream/send/outlet.js";
import { ReaderTooSlow } from "../stream/send/overflow.js";
import { pump, type Source } from "../stream/send/pump.js";

/**
 * A source of requests that is started before its call, so that messages of a hot Observable are not lost. Its messages
 * are serialized at once (law L21) and wait under the source's own policy (law L6). A source that is pulled waits by
 * itself.
 */
export class Held<Req> {
  readonly #outlet: Outlet<Req>;
  readonly #pump: Pump;
  /** How the source has ended: with an error, unless it has completed. */
  #ended: { readonly error?: unknown } | undefined;

  constructor(source: Source<Req>, serialize: (request: Req) => Buffer) {
    this.#outlet = {
      accept: (message) => (message instanceof Encoded ? message : new Encoded(message, serialize(message))),
      write: () => false,
      end: () => {
        this.#ended = {};
      },
      fail: (error) => {
        this.#ended = { error: error instanceof ReaderTooSlow ? tooManyEarly(error) : error };
      },
      failedLate() {},
    };
    this.#pump = pump(source, this.#outlet);
  }

  begin(): void {
    this.#pump.start(false);
  }

  /** The call has begun, and its messages go to `outlet`. */
  into(outlet: Outlet<Req>): Pump {
    const { drained, stop } = this.#pump;
    Object.assign(this.#outlet, outlet);
    return {
      start: () => {
        drained();
        const ended = this.#ended;
        this.#ended = undefined;
        if (ended && "error" in ended) outlet.fail(ended.error);
        else if (ended) outlet.end();
      },
      drained,
      stop: () => {
        stop();
        const ended = this.#ended;
        this.#ended = undefined;
        if (ended && "error" in ended) outlet.failedLate(ended.error);
      },
    };
  }
}

/** The same status with another text. The reader is not the cause. */
function tooManyEarly({ waiting, patienceMs }: ReaderTooSlow): ReaderTooSlow {
  const details =
    `the source is an Observable that gave more messages than the ${waiting} for which its policy has room, before ` +
    "the middleware of the call had finished: send the iterable itself, which waits for its reader, or allow more";
  return new ReaderTooSlow(waiting, patienceMs, details);
}
