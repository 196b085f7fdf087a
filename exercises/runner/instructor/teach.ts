import { type Judged, judgeAnswer } from "../check/judge.js";
import { type Answer, answersOf } from "../content/answers.js";
import { type Exercise, fileOf } from "../content/exercise.js";
import { bodiesOf } from "../content/regions.js";
import { unwritable } from "../learner/work.js";
import { markdownLines } from "../screen/markdown.js";
import { Terminal } from "../screen/terminal.js";
import { fill, keyLines, type Paint } from "../screen/text.js";
import { verdictScreen } from "../screen/verdict-screen.js";

const keys = ["n next", "p previous", "enter plays it", "c code", "o notes", "space more", "q quit"];

/**
 * An exercise for the projector: the instructor's notes, and then the starter, each known mistake and the solution.
 * Each answer shows its code first, so that the room can guess the verdict. Then it runs, and its verdict appears.
 */
export class Teach {
  readonly #exercise: Exercise;
  readonly #answers: readonly Answer[];
  readonly #paint: Paint;
  readonly #terminal: Terminal;
  /** The index of the answer; -1 for the notes. */
  #index = -1;
  #judged: Judged | undefined;
  /** Why the answer could not run. */
  #trouble: string | undefined;
  #isPlaying = false;
  /** The last play. It must end before the program does. */
  #played: Promise<void> | undefined;

  constructor(exercise: Exercise, paint: Paint, input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
    this.#exercise = exercise;
    this.#answers = answersOf(exercise);
    this.#paint = paint;
    this.#terminal = new Terminal(input, output, {
      content: (width) => this.#content(width),
      footer: (width) => ["", ...keyLines(keys, width).map(paint.faint)],
      pressed: (key) => this.#actions[key]?.(),
    });
  }

  /** Shows the exercise until the instructor quits. */
  async run(): Promise<void> {
    await this.#terminal.open();
    this.#terminal.close();
    await this.#played;
  }

  readonly #actions: Readonly<Record<string, () => void>> = {
    q: () => this.#terminal.quit(),
    n: () => this.#go(this.#index + 1),
    p: () => this.#go(this.#index - 1),
    o: () => this.#go(-1),
    c: () => this.#go(this.#index),
    return: () => {
      if (!this.#isPlaying) this.#played = this.#play();
    },
    space: () => this.#terminal.turnPage(),
  };

  #go(index: number): void {
    // The answer that runs stays on the screen.
    if (this.#isPlaying) return;
    this.#index = Math.max(-1, Math.min(index, this.#answers.length - 1));
    this.#judged = undefined;
    this.#trouble = undefined;
    this.#terminal.draw();
  }

  async #play(): Promise<void> {
    const answer = this.#answers[this.#index];
    if (!answer) return;
    this.#isPlaying = true;
    this.#trouble = undefined;
    this.#terminal.draw();
    try {
      this.#judged = await judgeAnswer(this.#exercise, answer, { signal: this.#terminal.over });
    } catch (error) {
      this.#trouble = unwritable(error) ?? String(error);
    }
    this.#isPlaying = false;
    this.#terminal.draw();
  }

  #content(width: number): readonly string[] {
    const { strong, faint } = this.#paint;
    const exercise = this.#exercise;
    const title = strong(`${exercise.id} · ${exercise.title}`);
    const answer = this.#answers[this.#index];
    if (!answer) {
      const [, ...notes] = fileOf(exercise, "notes.md").split("\n");
      return [title, "", ...markdownLines(notes.join("\n"), width, this.#paint)];
    }
    const which = faint(`${this.#index + 1} of ${this.#answers.length}: ${titleOf(answer)}`);
    if (this.#judged) return [which, ...verdictScreen(exercise, this.#judged, { width, paint: this.#paint })];
    const code = bodiesOf(answer.text).flatMap((body) => ["", ...body.split("\n").map((line) => `    ${line}`)]);
    const below = this.#isPlaying ? "playing …" : (this.#trouble ?? "What will become of it? Enter plays it.");
    return [title, which, ...code, "", ...fill(below, width)];
  }
}

function titleOf({ name, gets }: Answer): string {
  if (gets !== undefined) return `mistakes.md, "${name}"`;
  return name === "start" ? "what the room begins with" : "the solution";
}
