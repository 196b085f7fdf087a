import type { MergedCall } from "../merge/merge.js";
import type { Side } from "../record/event.js";
import { columns, cut } from "../record/printable.js";
import { type FoldedRow, fold } from "./fold.js";
import type { Row } from "./row.js";
import { elapsed, packed } from "./row-text.js";
import { type RowOptions, rowsOf } from "./rows.js";
import { ascii, type Strokes, toAscii, unicode } from "./strokes.js";

/** Colors, as functions from text to text. No meaning is in a color alone. */
export type Palette = Readonly<
  Record<
    "title" | "lifeline" | "request" | "response" | "ok" | "error" | "note" | "fold" | "time",
    (text: string) => string
  >
>;

export interface DiagramOptions extends RowOptions {
  /** The columns of the terminal; 80 by default, at least 30. */
  readonly width?: number;
  /** The most lines of the diagram, title included; 24 by default, at least 6. */
  readonly maxLines?: number;
  /** Uses only characters that every terminal and font has. */
  readonly ascii?: boolean;
  /** Adds a column with the time of each departure since the call began. */
  readonly times?: boolean;
  readonly palette?: Partial<Palette>;
}

/**
 * Draws a call as a sequence diagram for a terminal: two lifelines, time downwards, one line per row, and more below it
 * for metadata that does not fit into one. Ends without a newline.
 */
export function drawSequence(call: MergedCall, options: DiagramOptions = {}): string {
  const width = Math.max(30, options.width ?? 80);
  const most = Math.max(6, options.maxLines ?? 24) - 2;
  const rows = fold(rowsOf(call, options), most);
  return new Sheet(call, rows, width, options).lines(most - rows.length).join("\n");
}

/** The type of a call, such as `server streaming`. */
function callType(call: MergedCall): string {
  if (call.requestStream) return call.responseStream ? "bidirectional streaming" : "client streaming";
  return call.responseStream ? "server streaming" : "unary";
}

const left = 2;
const timeWidth = 10;
const narrowest = 30;

/** The columns that a row needs between the lifelines, besides its text. */
const around: Readonly<Record<FoldedRow["shape"], number>> = {
  arrow: 7,
  departs: 8,
  arrives: 8,
  lost: 8,
  unsent: 4,
  local: 2,
  gap: 2,
  fold: 2,
};

/** The layout: where the lifelines are, and how each row is written between them. */
class Sheet {
  readonly #call: MergedCall;
  readonly #rows: readonly FoldedRow[];
  readonly #width: number;
  readonly #options: DiagramOptions;
  readonly #strokes: Strokes;
  /** The columns between the lifelines. */
  readonly #inner: number;
  /**
   * Whether what stays on the server's lifeline is written to its right; else to its left, where there is more room.
   */
  readonly #outside: boolean;

  constructor(call: MergedCall, rows: readonly FoldedRow[], width: number, options: DiagramOptions) {
    this.#call = call;
    this.#rows = options.ascii === true ? rows.map(inAscii) : rows;
    this.#width = width - (options.times === true ? timeWidth : 0);
    this.#options = options;
    this.#strokes = options.ascii === true ? ascii : unicode;
    const notes = this.#rows.filter((row) => row.shape === "local" && row.from === "server");
    const noteWidth = Math.max(0, ...notes.map((row) => columns(row.text))) + 1;
    this.#outside = noteWidth <= this.#width * 0.4;
    const right = this.#outside ? Math.max(3, noteWidth) : 3;
    const between = this.#rows.filter((row) => !notes.includes(row));
    // An arrow needs its head, two dashes at its label, and four more to look like an arrow. The rest has a space on
    // each side.
    const wanted = between.map((row) => columns(row.text) + (row.shape === "local" || row.shape === "fold" ? 2 : 9));
    const widest = Math.max(narrowest, ...wanted);
    this.#inner = Math.min(widest, this.#width - left - 2 - right);
  }

  /** @param spare how many lines may be used besides one per row */
  lines(spare: number): string[] {
    let room = spare;
    const title = `${this.#call.path.replace(/^\//, "")} ${this.#strokes.dot} ${callType(this.#call)}`;
    return [
      this.#paint("title", this.#cut(title, this.#width)),
      this.#names(),
      ...this.#rows.flatMap((row) => {
        const below = this.#below(row);
        if (below.length === 0 || below.length > room || row.shape === "fold") return [this.#line(row)];
        room -= below.length;
        return [this.#line({ ...row, text: row.apart?.text ?? row.text }), ...below];
      }),
    ];
  }

  /** The metadata of a row, on lines below it, if it does not fit into the row. */
  #below(row: FoldedRow): string[] {
    if (row.shape === "fold" || row.apart === undefined) return [];
    if (columns(row.text) <= this.#inner - around[row.shape]) return [];
    const room = this.#inner - 2;
    return packed(row.apart.metadata, room).map((line) => {
      const text = this.#cut(line, room);
      const space = this.#space(columns(text) + 1);
      return this.#between(row, "", row.from === "client" ? ` ${text}${space}` : `${space}${text} `);
    });
  }

  #names(): string {
    const name = (side: Side) => (this.#isKnown(side) ? side : `${side} (not recorded)`);
    // The server's name ends two columns right of its lifeline, so that the lifeline is below its middle.
    const line = name("client") + name("server").padStart(left + 1 + this.#inner + 3 - name("client").length);
    return `${" ".repeat(this.#options.times === true ? timeWidth : 0)}${line}`;
  }

  #line(row: FoldedRow): string {
    const { text, ends, after = "" } = this.#draw(row);
    const tail = after === "" ? "" : ` ${this.#paint(colorOf(row), after)}`;
    return `${this.#between(row, this.#time(row), text, ends)}${tail}`;
  }

  /** A line with `text`, which fills the room between the lifelines. */
  #between(row: FoldedRow, time: string, text: string, ends?: readonly [string, string]): string {
    const [first, last] = ends ?? [this.#lifeline("client"), this.#lifeline("server")];
    const body = this.#paint(colorOf(row), text);
    const margin = `${this.#options.times === true ? time.padEnd(timeWidth) : time}${" ".repeat(left)}`;
    return `${margin}${this.#paint("lifeline", first)}${body}${this.#paint("lifeline", last)}`;
  }

  /**
   * What stands between the lifelines, exactly `#inner` columns; the lifelines' own characters; what stands after them.
   */
  #draw(row: FoldedRow): { text: string; ends?: [string, string]; after?: string } {
    const { line, dotted, toRight, toLeft, lost, leavesClient, leavesServer, folded } = this.#strokes;
    const [client, server] = [this.#lifeline("client"), this.#lifeline("server")];
    const fromClient = row.shape !== "fold" && row.from === "client";
    const text = this.#cut(row.text, this.#inner - around[row.shape]);
    /** The columns that are left besides the text and `taken` more. */
    const space = (taken: number) => this.#space(columns(text) + taken);
    switch (row.shape) {
      case "fold":
      case "gap": {
        const before = Math.floor((this.#inner - columns(text)) / 2);
        return { text: `${" ".repeat(before)}${text}${space(before)}`, ends: [folded, folded] };
      }
      case "local":
        if (!fromClient && this.#outside) return { text: this.#space(0), after: row.text };
        return { text: fromClient ? ` ${text}${space(1)}` : `${space(1)}${text} ` };
      case "arrow": {
        const shaft = line.repeat(this.#inner - columns(text) - 5);
        return {
          text: fromClient ? `${line}${line} ${text} ${shaft}${toRight}` : `${toLeft}${shaft} ${text} ${line}${line}`,
        };
      }
      case "departs": {
        const beside = space(4 + dotted.length);
        return fromClient
          ? { text: `${line}${line} ${text} ${dotted}${beside}`, ends: [leavesClient, server] }
          : { text: `${beside}${dotted} ${text} ${line}${line}`, ends: [client, leavesServer] };
      }
      case "arrives": {
        const beside = space(4 + dotted.length);
        return {
          text: fromClient
            ? `${beside}${dotted} ${text} ${line}${toRight}`
            : `${toLeft}${line} ${text} ${dotted}${beside}`,
        };
      }
      case "unsent":
        return { text: `${line}${lost} ${text}${space(3)}`, ends: [leavesClient, server] };
      case "lost":
        return fromClient
          ? { text: `${line}${line} ${text} ${line}${line}${lost}${space(7)}`, ends: [leavesClient, server] }
          : { text: `${space(7)}${lost}${line}${line} ${text} ${line}${line}`, ends: [client, leavesServer] };
    }
  }

  #space(taken: number): string {
    return " ".repeat(Math.max(0, this.#inner - taken));
  }

  #lifeline(side: Side): string {
    return this.#isKnown(side) ? this.#strokes.lifeline : this.#strokes.absent;
  }

  /** Whether the recording has all that this side has seen. */
  #isKnown(side: Side): boolean {
    return this.#call.sides.has(side) || this.#call.unsent;
  }

  #time(row: FoldedRow): string {
    if (this.#options.times !== true) return "";
    const begin = this.#call.events[0]?.event.atNs ?? 0n;
    return `${this.#paint("time", (row.shape === "fold" ? "" : elapsed(row.atNs - begin)).padStart(timeWidth - 1))} `;
  }

  #cut(text: string, width: number): string {
    return cut(text, width, this.#strokes.ellipsis);
  }

  #paint(color: keyof Palette, text: string): string {
    return this.#options.palette?.[color]?.(text) ?? text;
  }
}

function inAscii(row: FoldedRow): FoldedRow {
  const text = toAscii(row.text);
  if (row.shape === "fold" || row.apart === undefined) return { ...row, text };
  return { ...row, text, apart: { text: toAscii(row.apart.text), metadata: row.apart.metadata.map(toAscii) } };
}

function colorOf(row: FoldedRow): keyof Palette {
  if (row.shape === "fold" || row.shape === "gap") return "fold";
  if (row.kind === "status") return row.code === 0 ? "ok" : "error";
  if (row.kind === "cancel" || row.kind === "ended") return "error";
  if (row.kind === "note") return "note";
  return (row satisfies Row).from === "client" ? "request" : "response";
}
