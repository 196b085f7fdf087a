import { once } from "node:events";
import { statSync } from "node:fs";
import { watch as watchFolder } from "chokidar";

/** Some folders tell nobody of their changes, as on WSL: they are looked at so often, in milliseconds. */
const pollMs = 500;

/**
 * Tells that a file in a folder was saved, once for each time. Two watchers look, one that is told and one that polls, and
 * what one has seen the other reports again, half a second later: without a memory of what is known, a page that was shown
 * in between would be gone.
 */
export class Saves {
  readonly #saved: (path: string) => void;
  /** What is known of a file, by its path. */
  readonly #known = new Map<string, string>();
  readonly #watchers;
  readonly #ready: Promise<void>;

  constructor(folder: string, saved: (path: string) => void) {
    this.#saved = saved;
    const report = (path: string) => this.#report(path);
    // Whole folders, and not files: an editor saves by putting another file in the place of the old one.
    this.#watchers = [{}, { usePolling: true, interval: pollMs }].map((options) =>
      watchFolder(folder, { ignoreInitial: true, depth: 0, ...options })
        .on("add", report)
        .on("change", report),
    );
    this.#ready = Promise.all(this.#watchers.map((watcher) => once(watcher, "ready"))).then(() => {
      // What was saved before they looked, neither of them tells of.
      for (const path of [...this.#known.keys()]) report(path);
    });
  }

  /** The file as it is now is known: each save after this is told, also one before the folder is watched. */
  known(path: string): void {
    this.#known.set(path, stampOf(path));
  }

  async close(): Promise<void> {
    // Closed before it is ready, a watcher leaves something behind.
    await this.#ready;
    await Promise.all(this.#watchers.map((watcher) => watcher.close()));
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
