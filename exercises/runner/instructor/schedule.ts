import { exercises } from "../content/exercise.js";

/** The exercises for a workshop of a given length. */
export interface Track {
  readonly ids: readonly string[];
  /** From the first screen to the end, with breaks. */
  readonly minutes: number;
}

export const tracks: Readonly<Record<string, Track>> = {
  "90-minutes": { ids: ["01", "03", "06", "07", "12"], minutes: 90 },
  "half-day": { ids: ["01", "02", "03", "04", "05", "06", "07", "08", "10", "12", "14", "16"], minutes: 4 * 60 },
  "full-day": { ids: exercises().map(({ id }) => id), minutes: 8 * 60 },
};

/** How much work comes before a break, and how long a break lasts, in minutes. */
const workMinutes = 55;
const breakMinutes = 10;
/** The time until every learner sees the first screen. */
const arrivalMinutes = 10;

/** A timetable from 0:00 on, with breaks. The minutes are estimates until a class has been timed. */
export function scheduleLines({ ids }: Track): readonly string[] {
  const lines = [`${clock(0)}  make doctor, make exercises, the first screen`];
  let at = arrivalMinutes;
  let sinceBreak = arrivalMinutes;
  for (const { id, title, minutes } of exercises().filter((exercise) => ids.includes(exercise.id))) {
    if (sinceBreak > 0 && sinceBreak + minutes > workMinutes) {
      lines.push(`${clock(at)}  a break of ${breakMinutes} minutes`);
      at += breakMinutes;
      sinceBreak = 0;
    }
    lines.push(`${clock(at)}  ${id} ${title} (${minutes} min)`);
    at += minutes;
    sinceBreak += minutes;
  }
  return [...lines, `${clock(at)}  the end`];
}

function clock(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
