import { answersOf } from "./answers.js";
import { exerciseAsked, WrongUsage } from "./asked.js";
import { type Exercise, fileOf } from "./exercise.js";
import { judgedScreen } from "./judge.js";
import { paint, say, width } from "./output.js";
import { play } from "./play.js";
import { Teach } from "./teach.js";
import { scheduleLines, tracks } from "./tracks.js";

/** What an instructor has to know of one exercise, and each mistake played; or one of them alone, by its name. */
export async function teach(number: string | undefined, name: string | undefined): Promise<void> {
  const exercise = await exerciseAsked(number);
  if (name !== undefined) await playOne(exercise, name);
  else if (process.stdin.isTTY && process.stdout.isTTY)
    await new Teach(exercise, paint).run(process.stdin, process.stdout);
  else printNotes(exercise);
}

async function playOne(exercise: Exercise, name: string): Promise<void> {
  const answers = answersOf(exercise);
  const answer = answers.find((one) => one.name === name);
  if (!answer) {
    const all = answers.map((one) => one.name).join(", ");
    throw new WrongUsage(`exercise ${exercise.id} has no answer ${name}: it has ${all}`);
  }
  for (const line of judgedScreen(exercise, await play(exercise, answer), { width: width(), paint })) say(line);
}

function printNotes(exercise: Exercise): void {
  say(fileOf(exercise, "notes.md").trimEnd());
  say("");
  say(paint.strong("What the room will do, and what it is told"));
  const answers = answersOf(exercise);
  for (const [id, { happened, try: hint }] of Object.entries(exercise.mistakes)) {
    const names = answers.filter(({ gets }) => gets === id).map(({ name }) => name);
    say(`  ${paint.yet(names.join(", "))}`);
    say(`    ${happened}`);
    say(`    ${paint.faint(hint)}`);
  }
  say("");
  say(paint.faint(`one of them played: npm run -s teach -- ${exercise.id} ${answers[1]?.name}`));
}

/** A timetable. */
export function timetable(): void {
  const name = process.env.TRACK || "half-day";
  const track = tracks[name];
  if (!track) throw new WrongUsage(`there is no track ${name}: there are ${Object.keys(tracks).join(", ")}`);
  for (const line of scheduleLines(track)) say(line);
}
