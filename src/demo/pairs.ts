import { answerAfterHalfClose, type Lesson, readerSetsThePace, repliesAfterHalfClose, turnByTurn } from "./lessons.js";

/** A server and the client that belongs to it. */
export interface Pair {
  readonly title: string;
  readonly server: URL;
  readonly client: URL;
  /** The same pair without the bridge, which has the opening case alone; see {@link RawPair}. */
  readonly raw: URL;
  /** The server's own flags, given a folder that the demo removes at its end. */
  readonly serverFlags: (folder: string) => readonly string[];
  /** The case that the demo opens with. */
  readonly opening: string;
  /**
   * What the recording of a case must show, beside the client's exit code; {@link whatPassed} says it of other cases.
   */
  readonly lessons: Readonly<Record<string, Lesson>>;
}

/** The four pairs, by the name that `make` knows them by. */
export const pairs = {
  unary: pair("unary", "one request, one response", "square-root"),
  "server-streaming": pair("server-streaming", "one request, a stream of responses", "five-readings", {
    "slow-reader": readerSetsThePace,
  }),
  "client-streaming": {
    ...pair("client-streaming", "a stream of requests, one response", "summarize", { summarize: answerAfterHalfClose }),
    serverFlags: (folder) => ["--uploads", folder],
  },
  bidi: pair("bidirectional", "a stream each way", "ping-pong", {
    "ping-pong": turnByTurn,
    "collect-then-reply": repliesAfterHalfClose,
  }),
} as const satisfies Record<string, Pair>;

function pair(folder: string, shape: string, opening: string, lessons: Pair["lessons"] = {}): Pair {
  const module = (name: string) => new URL(`../${folder}/${name}.js`, import.meta.url);
  const programs = { server: module("server"), client: module("client"), raw: module("raw") };
  return { title: `${folder}: ${shape}`, ...programs, serverFlags: () => [], opening, lessons };
}
