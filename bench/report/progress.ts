import { Presets, SingleBar } from "cli-progress";

/** Tells a person on stderr how far a run is. */
export interface Progress {
  /** A work begins. */
  begin(work: string): void;
  /** One more measurement is done. */
  step(subject: string): void;
  end(): void;
}

/** A bar where stderr is a terminal, else a line every ten seconds. */
export function progress(steps: number): Progress {
  const shown = new SingleBar(
    {
      format: "{bar} {value}/{total}  {eta_formatted} left  {work}: {subject}",
      // Two processors are at work already: the bar is drawn when there is something new, and rarely.
      fps: 1,
      noTTYOutput: true,
      notTTYSchedule: 10_000,
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
