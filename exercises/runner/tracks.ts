import { exercises } from "./exercise.js";

/** Exercises for a time that there is: their ids. */
export const tracks: Readonly<Record<string, readonly string[]>> = {
  "90-minutes": ["01", "03", "06", "07", "12"],
  "half-day": ["01", "02", "03", "04", "05", "06", "07", "08", "10", "12", "14", "16"],
  "full-day": Array.from({ length: 20 }, (_, index) => String(index + 1).padStart(2, "0")),
};

/** After so much work comes a break, of so long; in minutes. */
const workMinutes = 55;
const breakMinutes = 10;
/** For the first screen: everybody has to find the file. */
const arrivalMinutes = 10;

/** A timetable from 0:00: what begins when, with breaks. The minutes are estimates until a class has been timed. */
export function scheduleLines(track: readonly string[]): readonly string[] {
  const lines = [`${clock(0)}  make doctor, make exercises, the first screen`];
  let at = arrivalMinutes;
  let sinceBreak = arrivalMinutes;
  for (const { id, title, minutes } of exercises().filter((exercise) => track.includes(exercise.id))) {
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
