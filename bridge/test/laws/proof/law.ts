import { expect } from "chai";
import { closeAll } from "../../harness/loopback.js";
import { patienceMs } from "../../harness/patience.js";
import type { LawId } from "./all-laws.js";

/** The largest value of what a law bounds, over all runs. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** The bound. A figure without one is only reported. */
  readonly most?: number;
  /** Where the value was seen, such as a size of message. */
  readonly at?: string;
}

/** What the tests of a law report in addition to pass or fail. */
export interface Tally {
  /** Reports `count` more runs. A test that reports none counts as one. */
  ran(count: number): void;
  /** Reports a value of what the law bounds. Fails the test if it is more than `most`. */
  figure(name: string, value: number, most?: number, at?: string): void;
  /** A test that is run `runs(full)` times, on new connections each time. */
  repeat(full: number, title: string, test: () => Promise<void>): void;
  /** Reports an event. The watchdog starts again, and names the last event if no other follows. */
  event(what: string): void;
}

/** A law, or several laws, as its tests declare it. */
export interface Declared {
  readonly laws: readonly LawId[];
  readonly tried: string;
  runs: number;
  readonly figures: Map<string, Figure>;
}

/** The outcome of one declaration of a law. */
export interface Outcome {
  readonly laws: readonly LawId[];
  readonly tried: string;
  readonly runs: number;
  readonly figures: readonly Figure[];
  /** Whether each of its tests has run and passed. */
  readonly holds: boolean;
}

/** Divides the runs: `make laws` makes all, `make test` a hundredth, and a mutated law a thousandth. */
const divisors: Readonly<Record<string, number>> = { full: 1, least: 1000 };
const divisor = divisors[process.env.LAWS ?? ""] ?? 100;

/** How many runs to make of `full`; at least one. */
export function runs(full: number): number {
  return Math.max(1, Math.ceil(full / divisor));
}

const declarations = new Map<Mocha.Suite, Declared>();

/** Declares the tests that prove `ids`. The table shows the sentence `tried`. */
export function law(ids: LawId | readonly LawId[], tried: string, tests: (tally: Tally) => void): void {
  const laws = typeof ids === "string" ? [ids] : ids;
  const declared: Declared = { laws, tried, runs: 0, figures: new Map() };
  let current: Mocha.Test | undefined;
  let lastEvent = "";
  let began = 0;
  let runsBefore = 0;

  const tally: Tally = {
    ran(count) {
      declared.runs += count;
    },
    figure(name, value, most, at) {
      const figure = { name, value, ...(most !== undefined && { most }), ...(at !== undefined && { at }) };
      const known = declared.figures.get(name);
      if (!known || nearness(figure) > nearness(known)) declared.figures.set(name, figure);
      if (most !== undefined) expect(value, [name, at].filter(Boolean).join(", ")).to.be.at.most(most);
    },
    repeat(full, title, test) {
      const times = runs(full);
      it(`${title} (${times} times)`, async () => {
        for (let run = 1; run <= times; run += 1) {
          await test();
          closeAll();
          tally.event(`run ${run} has ended`);
        }
        tally.ran(times);
      });
    },
    event(what) {
      lastEvent = what;
      // Counted from the beginning: when a test ends well, mocha compares its whole time with the timeout again.
      current?.timeout(performance.now() - began + patienceMs);
    },
  };

  const suite = describe(`${laws.join(" and ")}: ${tried}`, function () {
    this.timeout(patienceMs);

    beforeEach(function () {
      current = this.currentTest;
      lastEvent = "";
      began = performance.now();
      runsBefore = declared.runs;
    });

    afterEach(function () {
      if (declared.runs === runsBefore) declared.runs += 1;
      const failed = this.currentTest?.state === "failed";
      if (failed && lastEvent) console.error(`the last event of '${this.currentTest?.title}': ${lastEvent}`);
    });

    tests(tally);
  });
  declarations.set(suite, declared);
}

/** How near a figure is to its bound. Without a bound, a larger figure counts as nearer. */
export function nearness({ value, most }: Figure): number {
  // A bound of 0 allows no ratio, so any larger value is far beyond it.
  return most === undefined ? value : value / Math.max(most, Number.MIN_VALUE);
}

/** All declarations of this process, each with the suite of its tests. */
export function allDeclared(): [Mocha.Suite, Declared][] {
  return [...declarations];
}
