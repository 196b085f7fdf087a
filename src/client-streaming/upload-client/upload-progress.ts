import { MultiBar, Presets } from "cli-progress";
import prettyBytes from "pretty-bytes";

/** Shows on stderr how far an upload is. */
export interface UploadProgress {
  /** `bytes` are sent. */
  at(bytes: number): void;
  /** The upload waits, until the next {@link at}. */
  waiting(why: string): void;
  /** Prints a line above the bar. */
  say(line: string): void;
  end(): void;
}

/** A bar if stderr is a terminal; otherwise a line per tenth. */
export function uploadProgress(bytes: number, stderr: NodeJS.WriteStream = process.stderr): UploadProgress {
  return stderr.isTTY ? bar(bytes, stderr) : lines(bytes, stderr);
}

function bar(bytes: number, stderr: NodeJS.WriteStream): UploadProgress {
  // There is only one bar, but only a MultiBar can print lines above it.
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
      // The pace is that of this run: an earlier run may have sent some bytes.
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
    // Once, not at each attempt: a log need not repeat it.
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
