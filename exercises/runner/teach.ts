import { once } from "node:events";
import { type Answer, answersOf } from "./answers.js";
import { type Exercise, fileOf } from "./exercise.js";
import { keyLines } from "./footer.js";
import { type Judged, judgedScreen } from "./judge.js";
import { reflowed } from "./markdown.js";
import { play } from "./play.js";
import { bodiesOf } from "./regions.js";
import { type Paint, wrapped } from "./screen.js";
import { Terminal } from "./terminal.js";
import { unwritable } from "./work.js";

const keys = ["n next", "p previous", "enter plays it", "c code", "o notes", "space more", "q quit"];

/**
 * An exercise on the wall: the instructor's notes, and then what the room begins with, each mistake that it is going to make, and
 * the solution. First the code, so that one can ask what will become of it; then its verdict, from a run at that moment.
 */
export class Teach {
  readonly #exercise: Exercise;
  readonly #answers: readonly Answer[];
  readonly #paint: Paint;
  readonly #over = new AbortController();
  /** Which answer is shown; the notes come before the first. */
  #index = -1;
  #playing = false;
  #judged: Judged | undefined;
  /** Why it could not be played. */
  #trouble: string | undefined;
  #then = 0;
  #played: Promise<void> = Promise.resolve();
  #terminal: Terminal | undefined;

  constructor(exercise: Exercise, paint: Paint) {
    this.#exercise = exercise;
    this.#answers = answersOf(exercise);
    this.#paint = paint;
  }

  /** Until somebody quits. */
  async run(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<void> {
    const over = once(this.#over.signal, "abort");
    this.#terminal = new Terminal(input, output, { key: (key) => this.#pressed(key), redraw: () => this.#draw() });
    try {
      this.#draw();
      await over;
    } finally {
      this.#terminal.close();
      await this.#played;
    }
  }

  #pressed(key: string): void {
    const actions: Readonly<Record<string, () => void>> = {
      q: () => this.#over.abort(),
      "\x03": () => this.#over.abort(),
      "\x04": () => this.#over.abort(),
      n: () => this.#go(this.#index + 1),
      p: () => this.#go(this.#index - 1),
      o: () => this.#go(-1),
      c: () => this.#go(this.#index),
      "\r": () => this.#play(),
      "\n": () => this.#play(),
      " ": () => this.#draw(this.#then),
    };
    actions[key]?.();
  }

  #go(index: number): void {
    // While one is played, it is the one that is shown.
    if (this.#playing) return;
    this.#index = Math.max(-1, Math.min(index, this.#answers.length - 1));
    this.#judged = undefined;
    this.#trouble = undefined;
    this.#draw();
  }

  #play(): void {
    const answer = this.#answers[this.#index];
    if (!answer || this.#playing) return;
    this.#playing = true;
    this.#trouble = undefined;
    this.#draw();
    this.#played = play(this.#exercise, answer, { signal: this.#over.signal })
      .then((judged) => {
        this.#judged = judged;
      })
      .catch((error: unknown) => {
        this.#trouble = unwritable(error) ?? String(error);
      })
      .finally(() => {
        this.#playing = false;
        this.#draw();
      });
  }

  #draw(from = 0): void {
    const terminal = this.#terminal;
    if (!terminal) return;
    const width = Math.min(terminal.columns, 100);
    this.#then = terminal.draw(this.#content(width), ["", ...keyLines(keys, width).map(this.#paint.faint)], from);
  }

  #content(width: number): readonly string[] {
    const { strong, faint } = this.#paint;
    const exercise = this.#exercise;
    const answer = this.#answers[this.#index];
    if (!answer) {
      const [, ...notes] = fileOf(exercise, "notes.md").split("\n");
      return [
        strong(`${exercise.id} · ${exercise.title}`),
        "",
        ...reflowed(notes.join("\n").trim(), width, this.#paint),
      ];
    }
    const which = `${this.#index + 1} of ${this.#answers.length}: ${titleOf(answer)}`;
    if (this.#judged) {
      return [faint(which), ...judgedScreen(exercise, this.#judged, { width, paint: this.#paint })];
    }
    const code = bodiesOf(answer.text).flatMap((body) => ["", ...body.split("\n").map((line) => `    ${line}`)]);
    const below = this.#playing ? "playing …" : (this.#trouble ?? "What will become of it? Enter plays it.");
    return [strong(`${exercise.id} · ${exercise.title}`), faint(which), ...code, "", ...wrapped(below, width, "")];
  }
}

/** What an instructor calls it. */
function titleOf({ name, gets }: Answer): string {
  if (gets !== undefined) return `mistakes.md, "${name}"`;
  return name === "start" ? "what the room begins with" : "the solution";
}
