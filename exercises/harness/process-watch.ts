/** Kinds of what a connection needs, the server's and the clients' own, and what goes by itself. */
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

/** What keeps this process alive, beside its connections: timers, open files, processes. */
export function resources(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => !transport.has(kind));
}

/** The servers that listen in this process. They count only when the harness's own has gone. */
export function servers(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind === "TCPServerWrap");
}

/** The members of `now` beyond those of `before`, each as often as it is there too often. */
export function beyond(before: readonly string[], now: readonly string[]): string[] {
  const allowed = [...before];
  return now.filter((kind) => {
    const at = allowed.indexOf(kind);
    if (at >= 0) allowed.splice(at, 1);
    return at < 0;
  });
}

/** What reaches nobody: an exception in a callback, a promise that is rejected and not looked at. */
export interface Unheard {
  readonly exceptions: readonly unknown[];
  readonly rejections: readonly unknown[];
}

/**
 * Collects them, in place of Node's ending the process. With `take` it forgets what it has heard.
 */
export class ProcessWatch {
  #exceptions: unknown[] = [];
  #rejections: unknown[] = [];
  readonly #heard: () => void;

  /** @param heard called at each, for whoever waits for something that will not come now */
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

  /** What has been heard since the last `take`. */
  peek(): Unheard {
    return { exceptions: this.#exceptions, rejections: this.#rejections };
  }

  take(): Unheard {
    const unheard = this.peek();
    this.#exceptions = [];
    this.#rejections = [];
    return unheard;
  }
}
