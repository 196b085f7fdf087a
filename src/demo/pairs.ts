import {
  answerAfterHalfClose,
  droppedAndBack,
  goesOnAfterTheRestart,
  goesOnWhereItWasCut,
  type Lesson,
  noAnswerToAWrongCommit,
  oneAnswer,
  oneOrderForAll,
  readerSetsThePace,
  repliesAfterHalfClose,
  turnByTurn,
} from "./lessons.js";

/** A server and the client that belongs to it. */
export interface Pair {
  readonly title: string;
  readonly server: URL;
  readonly client: URL;
  /** What the server is told beside what all servers are, given a folder that is gone after the demo. */
  readonly serverFlags: (folder: string) => readonly string[];
  /** The case that the demo opens with. */
  readonly opening: string;
  /** What the recording of a case must show, beside the client's own word that all went well. */
  readonly lessons: Readonly<Record<string, Lesson>>;
}

/** The four pairs, by the name that `make` knows them by. */
export const pairs = {
  unary: pair("unary", "one request, one response", "square-root", { "square-root": oneAnswer }),
  "server-streaming": pair("server-streaming", "one request, a stream of responses", "replay", {
    replay: readerSetsThePace,
    "watch-restart": goesOnAfterTheRestart,
  }),
  "client-streaming": {
    ...pair("client-streaming", "a stream of requests, one response", "summarize", {
      summarize: answerAfterHalfClose,
      "upload-cut": goesOnWhereItWasCut,
      "upload-corrupted": noAnswerToAWrongCommit,
    }),
    serverFlags: (folder) => ["--uploads", folder],
  },
  bidi: pair("bidirectional", "a stream each way", "chat", {
    chat: oneOrderForAll,
    "ping-pong": turnByTurn,
    "collect-then-reply": repliesAfterHalfClose,
    "stalled-member": droppedAndBack,
  }),
} as const satisfies Record<string, Pair>;

function pair(folder: string, shape: string, opening: string, lessons: Pair["lessons"]): Pair {
  return {
    title: `${folder}: ${shape}`,
    server: new URL(`../${folder}/server.js`, import.meta.url),
    client: new URL(`../${folder}/client.js`, import.meta.url),
    serverFlags: () => [],
    opening,
    lessons,
  };
}
