/** Resources that belong to connections, or that end without any action. */
const transport = new Set([
  "TCPSocketWrap",
  "TCPServerWrap",
  "Immediate",
  "CloseReq",
  "TCPConnectWrap",
  "PipeWrap",
  "TTYWrap",
  "FSEventWrap",
  "MessagePort",
]);

/** The resources that keep this process alive, except its connections: timers, open files, processes. */
export function resources(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => !transport.has(kind));
}

/** The servers that listen in this process. They count only after the harness's own server is closed. */
export function servers(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind === "TCPServerWrap");
}

/** The items of `now` that `before` does not have. An item that occurs several times counts each time. */
export function beyond(before: readonly string[], now: readonly string[]): string[] {
  const allowed = [...before];
  return now.filter((kind) => {
    const at = allowed.indexOf(kind);
    if (at >= 0) allowed.splice(at, 1);
    return at < 0;
  });
}

/** Errors that no code handles: exceptions in callbacks and rejected promises. */
export interface UnhandledErrors {
  readonly exceptions: readonly unknown[];
  readonly rejections: readonly unknown[];
}

/** Collects unhandled errors, so that they do not end the process. `take` also forgets them. */
export class ProcessWatch {
  #exceptions: unknown[] = [];
  #rejections: unknown[] = [];
  readonly #heard: () => void;

  /** @param heard called at each error, so that a check stops waiting for an event that cannot come any more */
  constructor(heard: () => void) {
    this.#heard = heard;
    process.on("uncaughtException", (error) => {
      this.#exceptions.push(error);
      this.#heard();
    });
    process.on("unhandledRejection", (reason) => {
      this.#rejections.push(reason);
      this.#heard();
    });
  }

  /** The errors since the last `take`. */
  peek(): UnhandledErrors {
    return { exceptions: this.#exceptions, rejections: this.#rejections };
  }

  take(): UnhandledErrors {
    const errors = this.peek();
    this.#exceptions = [];
    this.#rejections = [];
    return errors;
  }
}
