import pc from "picocolors";
import type { WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { longestLabel, metricText, readingsText } from "./metric-text.js";

/** A place in the sparkline where rounds are missing. */
const gap = Symbol("gap");

const bars = "▁▂▃▄▅▆▇█";
const labelWidth = longestLabel + 2;
const valueWidth = 14;

/** The picture of a watch: one line per metric with its last values, and one line about the state of the watch. */
export class LiveView {
  readonly #values = new Map<number, (number | typeof gap)[]>();
  #latest: WatchResponse | undefined;
  #replaced = 0;
  #gaps = 0;
  #trouble = "";

  round(round: WatchResponse): void {
    this.#latest = round;
    this.#replaced += round.replaced;
    this.#trouble = "";
    for (const { metric, value } of round.readings) this.#seen(metric).push(value);
  }

  /** Rounds are missing between the last one and the next. */
  gap(): void {
    this.#gaps += 1;
    for (const values of this.#values.values()) values.push(gap);
  }

  /** No rounds come at the moment, for this reason. */
  trouble(why: string): void {
    this.#trouble = why;
  }

  /** The lines for a window with that many columns. */
  lines(columns: number): string[] {
    const width = Math.max(1, columns - labelWidth - valueWidth - 1);
    const lines = [...this.#values].flatMap(([metric, values]) => {
      const words = metricText(metric);
      if (!words) return [];
      // Keeps what a wider window could show.
      values.splice(0, values.length - Math.max(width, 500));
      const shown = values.slice(-width);
      const numbers = shown.filter((value) => value !== gap);
      const line = sparkline(shown, words.most ?? Math.max(1, ...numbers));
      const value = words.inUnit(numbers.at(-1) ?? 0).padStart(valueWidth);
      return `${words.label.padEnd(labelWidth)}${line}${" ".repeat(width - shown.length)}${value}`;
    });
    return [...lines, this.#state(columns)];
  }

  #seen(metric: number): (number | typeof gap)[] {
    const seen = this.#values.get(metric) ?? [];
    this.#values.set(metric, seen);
    return seen;
  }

  #state(columns: number): string {
    const sequence = this.#latest?.cursor?.sequence;
    const words = [
      sequence === undefined ? "no round yet" : `round ${sequence}`,
      ...(this.#replaced > 0 ? [`${this.#replaced} replaced`] : []),
      ...(this.#gaps > 0 ? [`${this.#gaps} ${this.#gaps === 1 ? "gap" : "gaps"} (╎)`] : []),
      ...(this.#trouble === "" ? [] : [this.#trouble]),
    ];
    const line = words.join(" · ").slice(0, columns);
    return this.#trouble === "" ? pc.dim(line) : pc.yellow(line);
  }
}

/** A round as a line for a pipe. */
export function plainLine({ cursor, readings, replaced }: WatchResponse): string {
  const more = replaced === 0 ? "" : `; instead of ${replaced} more`;
  return `round ${cursor?.sequence}: ${readingsText(readings)}${more}`;
}

function sparkline(values: readonly (number | typeof gap)[], most: number): string {
  return values
    .map((value) => {
      if (value === gap) return pc.yellow("╎");
      const share = Math.min(1, Math.max(0, value / most));
      return bars[Math.min(bars.length - 1, Math.floor(share * bars.length))];
    })
    .join("");
}
