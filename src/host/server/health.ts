import { status } from "@grpc/grpc-js";
import { implement, StatusError } from "quartet-bridge";
import { distinctUntilChanged, map, Subject, startWith } from "rxjs";
import { HealthService, HealthCheckResponse_ServingStatus as ServingStatus } from "#gen/grpc/health/v1/health.js";

/**
 * The health of a server and of each of its services: grpc.health.v1. Unlike the one of the `grpc-health-check`
 * package, its watches end when the server drains: a single endless stream keeps `tryShutdown` from ever finishing.
 */
export class Health {
  readonly #statuses = new Map<string, ServingStatus>();
  readonly #changes = new Subject<void>();
  #draining = false;

  /** @param services full names; the server as a whole is the empty name, and always known */
  constructor(services: Iterable<string>) {
    for (const name of ["", ...services]) this.#statuses.set(name, ServingStatus.SERVING);
  }

  /** Says whether one service takes calls; watchers hear of it. A name that was unknown becomes known. */
  set(service: string, serving: boolean): void {
    // What has been said at the drain stays: a service that becomes ready while the server goes away helps nobody.
    if (this.#draining) return;
    this.#statuses.set(service, serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    this.#changes.next();
  }

  /**
   * Everything is NOT_SERVING from now on. Each watch says so and ends with OK, since any other status could overtake
   * that message.
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
      // The status at the moment of the call, also after the drain, and then the changes.
      this.#changes.pipe(
        startWith(undefined),
        map(() => this.#statuses.get(service) ?? ServingStatus.SERVICE_UNKNOWN),
        distinctUntilChanged(),
        map((known) => ({ status: known })),
      ),
  });
}
