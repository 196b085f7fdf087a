import { Observable, type Observer, type Operator, type Subscription } from "rxjs";
import { reportUnexpected } from "../../errors/diagnostics.js";

/**
 * An Observable that you may subscribe to without an error handler: its error then goes to the log. RxJS would throw
 * the error in a timer, which ends the process, so a client that leaves could end its server (law L25).
 */
export class ReportingObservable<T> extends Observable<T> {
  readonly #path: string;

  /** @param path the path of the error in the log */
  constructor(path: string, subscribe?: ConstructorParameters<typeof Observable<T>>[0]) {
    super(subscribe);
    this.#path = path;
  }

  /** Operators call this, so what `pipe` returns reports too. Only `subscribe` differs, so messages cost no more. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    // RxJS also calls this method on a ConnectableObservable, which has no path.
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
    // The subscribers of operators have an error handler, and pass unchanged.
    if (observer.error) return super.subscribe(observer as Partial<Observer<T>>);
    return super.subscribe({
      next: (message) => observer.next?.(message),
      error: (unheard: unknown) => reportUnexpected({ path: this.#path, error: unheard }),
      complete: () => observer.complete?.(),
    });
  }
}
