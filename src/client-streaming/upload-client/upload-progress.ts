import { MultiBar, Presets } from "cli-progress";
import prettyBytes from "pretty-bytes";

/** Tells a person on stderr how far an upload is. */
export interface UploadProgress {
  /** So many bytes are sent. */
  at(bytes: number): void;
  /** It waits, for this reason, until the next bytes are sent. */
  waiting(why: string): void;
  /** A line of words, above the bar. */
  say(line: string): void;
  end(): void;
}

/** A bar where stderr is a terminal, else a line for each tenth. */
export function uploadProgress(bytes: number, stderr: NodeJS.WriteStream = process.stderr): UploadProgress {
  return stderr.isTTY ? bar(bytes, stderr) : lines(bytes, stderr);
}

function bar(bytes: number, stderr: NodeJS.WriteStream): UploadProgress {
  // One bar only, but it is this kind that can be written above.
  const shown = new MultiBar(
    {
      stream: stderr,
      format: "{bar} {percentage} %  {sent} of {all}  {pace}",
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
    },
    Presets.rect,
  );
  const began = performance.now();
  let from: number | undefined;
  const only = shown.create(bytes, 0, { sent: size(0), all: size(bytes), pace: "" });
  return {
    at(sent) {
      // What was there before is no merit of this run.
      from ??= sent;
      const rate = (sent - from) / ((performance.now() - began) / 1000);
      const pace = rate > 0 ? `${size(rate)}/s, ${duration((bytes - sent) / rate)} left` : "";
      only.update(sent, { sent: size(sent), pace });
    },
    waiting: (why) => only.update({ pace: why }),
    say: (line) => shown.log(`${line}\n`),
    end: () => shown.stop(),
  };
}

function lines(bytes: number, stderr: NodeJS.WriteStream): UploadProgress {
  let tenths = 0;
  let waits = false;
  return {
    at(sent) {
      waits = false;
      const reached = bytes === 0 ? 10 : Math.floor((10 * sent) / bytes);
      if (reached > tenths) stderr.write(`${reached * 10} % of ${size(bytes)}\n`);
      tenths = reached;
    },
    // Not at each attempt: a log that is read tomorrow needs to know it once.
    waiting(why) {
      if (!waits) stderr.write(`${why}\n`);
      waits = true;
    },
    say: (line) => void stderr.write(`${line}\n`),
    end: () => {},
  };
}

function size(bytes: number): string {
  return prettyBytes(bytes, { binary: true, maximumFractionDigits: 1 });
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
