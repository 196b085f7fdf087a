import { Presets, SingleBar } from "cli-progress";

/** Tells a person on stderr how far a run is. */
export interface Progress {
  begin(work: string): void;
  /** One more measurement is done. */
  step(subject: string): void;
  end(): void;
}

/** A bar if stderr is a terminal, otherwise a line every ten seconds. */
export function progress(steps: number): Progress {
  const shown = new SingleBar(
    {
      format: "{bar} {value}/{total}  {eta_formatted} left  {work}: {subject}",
      // The measurement uses two processors, so the bar is drawn rarely, and only when there is something new.
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
