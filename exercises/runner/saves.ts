import { statSync } from "node:fs";
import { watch as watchFolder } from "chokidar";

/** Some folders tell nobody of their changes, as on WSL, or were made anew: files are looked at so often, in milliseconds. */
const pollMs = 500;

/**
 * Tells that a file in a folder was saved, once for each time. A watcher is told by the system; and what is known is looked at
 * besides. What one of them has seen the other sees half a second later: without a memory of what is known, a page that was
 * shown in between would be gone.
 */
export class Saves {
  readonly #saved: (path: string) => void;
  /** What is known of a file, by its path. */
  readonly #known = new Map<string, string>();
  readonly #watcher;
  readonly #ready: Promise<void>;
  readonly #looking: NodeJS.Timeout;

  constructor(folder: string, saved: (path: string) => void) {
    this.#saved = saved;
    const report = (path: string) => this.#report(path);
    // The whole folder, and not files: an editor saves by putting another file in the place of the old one.
    this.#watcher = watchFolder(folder, { ignoreInitial: true, depth: 0 }).on("add", report).on("change", report);
    const watcher = this.#watcher;
    // A system that has no more watches to give, a folder that is gone: looking does it too.
    this.#ready = new Promise<void>((resolve) => watcher.on("ready", resolve).on("error", () => resolve()));
    this.#looking = setInterval(() => {
      for (const path of [...this.#known.keys()]) report(path);
    }, pollMs);
  }

  /** The file as it is now is known: each save after this is told, also one before the folder is watched. */
  known(path: string): void {
    this.#known.set(path, stampOf(path));
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    // Closed before it is ready, a watcher leaves something behind.
    await this.#ready;
    await this.#watcher.close();
  }

  #report(path: string): void {
    const stamp = stampOf(path);
    if (stamp === gone || this.#known.get(path) === stamp) return;
    this.#known.set(path, stamp);
    this.#saved(path);
  }
}

const gone = "";

/** Another one after each save, also of the same text. */
function stampOf(path: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    // Whoever wants to read or write it is told why that cannot be.
    return gone;
  }
}
