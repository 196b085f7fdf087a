import { judgeAnswer } from "../check/judge.js";
import { answersOf } from "../content/answers.js";
import { type Exercise, fileOf } from "../content/exercise.js";
import { exerciseAsked, WrongUsage } from "../learner/options.js";
import { paint, say, width } from "../screen/text.js";
import { verdictScreen } from "../screen/verdict-screen.js";
import { scheduleLines, tracks } from "./schedule.js";
import { Teach } from "./teach.js";

/** Shows the instructor's notes and each answer, or plays the one answer that is named. */
export async function teach(number: string | undefined, name: string | undefined): Promise<void> {
  const exercise = exerciseAsked(number);
  const { stdin, stdout } = process;
  if (name !== undefined) await playOne(exercise, name);
  else if (stdin.isTTY && stdout.isTTY) await new Teach(exercise, paint, stdin, stdout).run();
  else printNotes(exercise);
}

async function playOne(exercise: Exercise, name: string): Promise<void> {
  const answers = answersOf(exercise);
  const answer = answers.find((each) => each.name === name);
  if (!answer) {
    const all = answers.map((each) => each.name).join(", ");
    throw new WrongUsage(`exercise ${exercise.id} has no answer ${name}: it has ${all}`);
  }
  say(...verdictScreen(exercise, await judgeAnswer(exercise, answer), { width: width(), paint }));
}

function printNotes(exercise: Exercise): void {
  const answers = answersOf(exercise);
  const messages = Object.entries(exercise.mistakes).flatMap(([id, { happened, try: hint }]) => {
    const names = answers.filter(({ gets }) => gets === id).map(({ name }) => name);
    return [`  ${paint.yet(names.join(", "))}`, `    ${happened}`, `    ${paint.faint(hint)}`];
  });
  say(
    fileOf(exercise, "notes.md").trimEnd(),
    "",
    paint.strong("What the room will do, and what it is told"),
    ...messages,
    "",
    paint.faint(`one of them played: npm run -s teach -- ${exercise.id} ${answers[1]?.name}`),
  );
}

export function timetable(): void {
  const name = process.env.TRACK || "half-day";
  const track = tracks[name];
  if (!track) throw new WrongUsage(`there is no track ${name}: use one of ${Object.keys(tracks).join(", ")}`);
  say(...scheduleLines(track));
}
