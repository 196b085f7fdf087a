import { Observable, type Observer, type Operator, type Subscription } from "rxjs";
import { reportUnexpected } from "../errors/diagnostics.js";

/**
 * An Observable that may be subscribed without an error handler: its error then goes to the log. RxJS throws it in a
 * timer, which ends the process: a client that leaves would end its server (law L25).
 */
export class ReportingObservable<T> extends Observable<T> {
  readonly #path: string;

  /** @param path what the log gets as the path of the error */
  constructor(path: string, subscribe?: ConstructorParameters<typeof Observable<T>>[0]) {
    super(subscribe);
    this.#path = path;
  }

  /** Operators call this, so what `pipe` returns reports too. Only `subscribe` differs, so a message costs no more. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    // RxJS lends this method to a ConnectableObservable.
    const lifted = #path in this ? new ReportingObservable<R>(this.#path) : new Observable<R>();
    return Object.assign(lifted, { source: this, operator });
  }

  override subscribe(
    observerOrNext?: Partial<Observer<T>> | ((message: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    const observer =
      typeof observerOrNext === "object" && observerOrNext !== null
        ? observerOrNext
        : { next: observerOrNext, error, complete };
    // The subscribers of operators have a handler, and pass as they are.
    if (observer.error) return super.subscribe(observer as Partial<Observer<T>>);
    return super.subscribe({
      next: (message) => observer.next?.(message),
      error: (unheard: unknown) => reportUnexpected({ path: this.#path, error: unheard }),
      complete: () => observer.complete?.(),
    });
  }
}
