import { status } from "@grpc/grpc-js";
import { implement, StatusError } from "quartet-bridge";
import { distinctUntilChanged, map, Subject, startWith } from "rxjs";
import { HealthService, HealthCheckResponse_ServingStatus as ServingStatus } from "#gen/grpc/health/v1/health.js";

/**
 * The health of a server and of each of its services: grpc.health.v1. Its watches end when the server drains. Those of
 * the package `grpc-health-check` do not, and one endless stream keeps `tryShutdown` from finishing.
 */
export class Health {
  readonly #statuses = new Map<string, ServingStatus>();
  readonly #changes = new Subject<void>();
  #draining = false;

  /** @param services full names; the empty name, for the server as a whole, is always known */
  constructor(services: Iterable<string>) {
    for (const name of ["", ...services]) this.#statuses.set(name, ServingStatus.SERVING);
  }

  /** Sets whether a service takes calls, and tells its watchers. An unknown name becomes known. */
  set(service: string, serving: boolean): void {
    // After the drain began, nothing changes: the server is going away.
    if (this.#draining) return;
    this.#statuses.set(service, serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    this.#changes.next();
  }

  /**
   * Everything is NOT_SERVING from now on. Each watch says so and ends with OK: another status could overtake the
   * message.
   */
  drain(): void {
    this.#draining = true;
    for (const service of this.#statuses.keys()) this.#statuses.set(service, ServingStatus.NOT_SERVING);
    this.#changes.next();
    this.#changes.complete();
  }

  /** The service grpc.health.v1.Health. */
  readonly service = implement(HealthService, {
    check: ({ service }) => {
      const known = this.#statuses.get(service);
      if (known === undefined) throw new StatusError(status.NOT_FOUND, "no service of that name is hosted here");
      return { status: known };
    },

    list: () => ({
      statuses: Object.fromEntries([...this.#statuses].map(([service, known]) => [service, { status: known }])),
    }),

    watch: ({ service }) =>
      // First the current status, also after the drain, and then the changes.
      this.#changes.pipe(
        startWith(undefined),
        map(() => this.#statuses.get(service) ?? ServingStatus.SERVICE_UNKNOWN),
        distinctUntilChanged(),
        map((known) => ({ status: known })),
      ),
  });
}
