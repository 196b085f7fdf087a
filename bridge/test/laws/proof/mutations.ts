import type { LawId } from "./all-laws.js";

/** A change of the code that breaks a law. */
export interface Mutation {
  readonly law: LawId;
  /** What the mutated code does. */
  readonly breaks: string;
  /** The path from the root of the checkout. */
  readonly file: string;
  /** Code that occurs in the file exactly once. */
  readonly code: string;
  readonly becomes: string;
  /** Laws that depend on the same code, and may fail too. */
  readonly also?: readonly LawId[];
}

/** At least one for each law. `make laws MUTATE=own` proves that the tests of a law fail with its mutation. */
export const mutations: readonly Mutation[] = [
  {
    law: "L1",
    breaks: "an iterable makes its call before the first `next`",
    file: "bridge/src/client/call-handle.ts",
    code: "let call: StreamCall<Res> | undefined;",
    becomes: "let call: StreamCall<Res> | undefined = begin();\n  call.send();",
    also: ["L2"],
  },
  {
    law: "L2",
    breaks: "a cancel is sent one microtask later, when grpc-js loses it",
    file: "bridge/src/client/open-call.ts",
    code: "process.nextTick(() => {",
    becomes: "queueMicrotask(() => {",
    also: ["L14", "L24"],
  },
  {
    law: "L3",
    breaks: "the signal does not abort",
    file: "bridge/src/server/server-call.ts",
    code: "this.#abort?.abort(this.#gone);",
    becomes: "",
    also: ["L2", "L8", "L13", "L14", "L24"],
  },
  {
    law: "L3",
    breaks: "a call that has succeeded is cancelled afterwards",
    file: "bridge/src/server/server-call.ts",
    code: "if (this.#ended || this.#gone) return;",
    becomes: "if (this.#gone) return;",
  },
  {
    law: "L4",
    breaks: "a call without a reader receives everything",
    file: "bridge/src/client/client-call.ts",
    code: "call.read(0);",
    becomes: "",
  },
  {
    law: "L5",
    breaks: "sixteen messages of 16 KiB wait in the stream object",
    file: "bridge/src/stream/encoded.ts",
    code: "const large = 16 * 1024;",
    becomes: "const large = 64 * 1024;",
  },
  {
    law: "L6",
    breaks: "an outbox takes twice the bytes of its bound",
    file: "bridge/src/stream/send/overflow-policies.ts",
    code: "bytes > this.#bytes)",
    becomes: "bytes > 2 * this.#bytes)",
  },
  {
    law: "L6",
    breaks: "the host leaves a stalled peer connected",
    file: "src/host/server/hosting.ts",
    code: "if (connections.cut(peer))",
    becomes: "if (peer === '')",
  },
  {
    law: "L7",
    breaks: "messages that wait for a slow reader come in the wrong order",
    file: "bridge/src/stream/receive/incoming.ts",
    code: "const message = ahead.shift();",
    becomes: "const message = ahead.pop();",
    also: ["L6", "L9", "L10", "L11", "L20", "L21"],
  },
  {
    law: "L8",
    breaks: "an error with `code: 0` ends the call with OK",
    file: "bridge/src/errors/status-error.ts",
    code: "Number(code) < 1",
    becomes: "Number(code) < 0",
  },
  {
    law: "L9",
    breaks: "the error of an Observable overtakes the messages that wait",
    file: "bridge/src/stream/send/pump-pushed.ts",
    code: "error: (error: unknown) => endWith(() => outlet.fail(error)),",
    becomes: "error: (error: unknown) => finish(() => outlet.fail(error)),",
  },
  {
    law: "L10",
    breaks: "the messages that the Readable holds when an error comes are lost",
    file: "bridge/src/stream/receive/incoming.ts",
    code: 'if (drain && mode !== "unread") takeRest();',
    becomes: 'if (drain && mode !== "unread" && !("error" in how)) takeRest();',
  },
  {
    law: "L11",
    breaks: "'end' counts as a half-close at once",
    file: "bridge/src/server/handler.ts",
    code: "setImmediate(() => setImmediate(() => requests.close({}, true)));",
    becomes: "requests.close({}, true);",
    also: ["L3", "L13", "L25"],
  },
  {
    law: "L12",
    breaks: "the source of the requests continues when the server has ended the call",
    file: "bridge/src/client/requests.ts",
    code: "requesting?.stop();\n      ended(error);",
    becomes: "ended(error);",
    also: ["L14"],
  },
  {
    law: "L13",
    breaks: "the caller gets an error of the bridge's own",
    file: "bridge/src/client/requests.ts",
    code: "failed(error instanceof ReaderTooSlow ? new CallError(path, error, { cause: error }) : error);",
    becomes: "failed(new CallError(path, {}, { cause: error }));",
    also: ["L1", "L6", "L19", "L24"],
  },
  {
    law: "L14",
    breaks: "a deadline that has passed is ignored",
    file: "bridge/src/client/call-options.ts",
    code: "return left > longestTimeoutMs ?",
    becomes: "return left > longestTimeoutMs || left <= 0 ?",
  },
  {
    law: "L15",
    breaks: "OK without a response is a success",
    file: "bridge/src/client/client-call.ts",
    code: "else if (outcome?.error) reject(new CallError(path, outcome.error));",
    becomes: "",
  },
  {
    law: "L16",
    breaks: "late headers are dropped silently",
    file: "bridge/src/server/call-context.ts",
    code: "if (!this.#opened.headersGo())",
    becomes: "if (!this.#opened.headersGo() && headers === undefined)",
  },
  {
    law: "L17",
    breaks: "each call leaves a listener on the signal",
    file: "bridge/src/client/open-call.ts",
    code: 'signal?.removeEventListener("abort", cancel);',
    becomes: "",
    also: ["L2", "L24"],
  },
  {
    law: "L18",
    breaks: "a call that ends in two ways ends twice",
    file: "bridge/src/client/open-call.ts",
    code: "if (over) return;\n    over = true;",
    becomes: "over = true;",
  },
  {
    law: "L19",
    breaks: "a source that emits while it is subscribed cannot be stopped",
    file: "bridge/src/stream/send/pump-pushed.ts",
    code: "source.pipe(takeUntil(stopping)).subscribe({",
    becomes:
      "let subscription;\n      stopping.subscribe(() => subscription?.unsubscribe());\n      subscription = source.subscribe({",
    also: ["L8"],
  },
  {
    law: "L20",
    breaks: "a late member misses the first message of its past",
    file: "bridge/src/hub/hub.ts",
    code: "for (const message of past) this.#fanOut.tell(member, message);",
    becomes: "for (const message of past.slice(1)) this.#fanOut.tell(member, message);",
    also: ["L25"],
  },
  {
    law: "L21",
    breaks: "a message is serialized when it is sent",
    file: "bridge/src/stream/encoded.ts",
    code: "(message instanceof Encoded ? message.bytes : serialize(message))",
    becomes: "serialize(message instanceof Encoded ? message.message : message)",
  },
  {
    law: "L22",
    breaks: "a server that stops tells its clients CANCELLED",
    file: "src/host/server/hosting.ts",
    code: 'openCalls.end(status.UNAVAILABLE, "the server is shutting down");',
    becomes: 'openCalls.end(status.CANCELLED, "the server is shutting down");',
  },
  {
    law: "L23",
    breaks: "a trailer `grpc-status` is sent",
    file: "bridge/src/stream/metadata.ts",
    code: "if (setByGrpc.has(key) || values.some(hasBlanksAround)) {",
    becomes: "if (values.some(hasBlanksAround)) {",
  },
  {
    law: "L24",
    breaks: "a call is made although its signal has aborted",
    file: "bridge/src/client/open-call.ts",
    code: "if (signal?.aborted) {",
    becomes: "if (signal?.aborted && signal.reason === undefined) {",
  },
  {
    law: "L25",
    breaks: "an error of a client's source after the call is swallowed",
    file: "bridge/src/client/requests.ts",
    code: "failedLate: (error) => reportLate({ path, error }),",
    becomes: "failedLate: () => {},",
  },
];
