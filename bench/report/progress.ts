import { Presets, SingleBar } from "cli-progress";

/** Tells a person on stderr how far a run is. */
export interface Progress {
  /** A work begins. */
  begin(work: string): void;
  /** One more measurement is done. */
  step(subject: string): void;
  end(): void;
}

/** A bar where stderr is a terminal, else one line for each work. */
export function progress(steps: number, stderr: NodeJS.WriteStream = process.stderr): Progress {
  return stderr.isTTY ? bar(steps, stderr) : lines(steps, stderr);
}

function bar(steps: number, stderr: NodeJS.WriteStream): Progress {
  const shown = new SingleBar(
    {
      stream: stderr,
      format: "{bar} {value}/{total}  {eta_formatted} left  {work}: {subject}",
      // Two processors are at work already: the bar is drawn when there is something new, and rarely.
      fps: 1,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: true,
    },
    Presets.rect,
  );
  let work = "";
  shown.start(steps, 0, { work: "", subject: "" });
  return {
    begin(name) {
      work = name;
    },
    step: (subject) => shown.increment(1, { work, subject }),
    end: () => shown.stop(),
  };
}

function lines(steps: number, stderr: NodeJS.WriteStream): Progress {
  let done = 0;
  return {
    begin: (work) => void stderr.write(`${done}/${steps} ${work}\n`),
    step: () => {
      done += 1;
    },
    end: () => {},
  };
}
