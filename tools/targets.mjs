// The targets, which have the same names for make and npm. package.json has a line for each, which test/docs compares.

/** @typedef {Readonly<Record<string, string | undefined>>} Given */
/**
 * @typedef {object} Target
 * @property {string} [help] its line in the help
 * @property {import("./freshness.mjs").StepName | "nothing"} [needs] the last step that it needs; `build` by default
 * @property {string[][]} [first] commands before that
 * @property {string[]} [removes] files and folders
 * @property {string[][]} [commands] each in its own process, until one fails
 * @property {string} [program] runs last, in this process
 * @property {string[]} [args] its arguments, before those of the command line
 * @property {(given: Given) => string[]} [given] more arguments, from the variables after `make`
 */

const biome = "node_modules/@biomejs/biome/bin/biome";
const buf = "node_modules/@bufbuild/buf/bin/buf";
const mocha = "node_modules/mocha/bin/mocha.js";
const tests = "dist/{test,bridge/test}/**/*.test.js";

/** `--name=ada`: as one argument, because a value may begin with a dash. */
const flag = (/** @type {string} */ name, /** @type {string | undefined} */ value) =>
  value === undefined ? [] : [`--${name}=${value}`];
const host = (/** @type {Given} */ { HOST }) => flag("host", HOST);

const demo = (/** @type {string[]} */ ...args) => ({ program: "dist/src/demo/main.js", args });
const workshop = (/** @type {string[]} */ ...args) => ({ program: "dist/exercises/runner/main.js", args });
const archive = (/** @type {string[]} */ ...args) => ({ program: "dist/exercises/archive/main.js", args });
const server = (/** @type {string} */ folder) => ({ program: `dist/src/${folder}/server.js`, given: host });
const client = (/** @type {string} */ folder) => ({ program: `dist/src/${folder}/client.js` });

const checksOfContracts = [
  [buf, "lint"],
  [buf, "format", "--diff", "--exit-code"],
  [buf, "breaking", "proto", "--against", "proto/released/contracts.binpb.gz"],
];

/** @type {Readonly<Record<string, Target>>} */
export const targets = {
  help: { help: "list the targets", needs: "nothing" },
  unary: { help: "one request, one response (RAW=1: grpc-js alone)", ...demo("unary") },
  "server-streaming": { help: "one request, a stream of responses", ...demo("server-streaming") },
  "client-streaming": { help: "a stream of requests, one response", ...demo("client-streaming") },
  bidi: { help: "a stream each way", ...demo("bidi") },
  bidirectional: { help: "the same as bidi", ...demo("bidi") },
  demo: { help: "all four (ALL=1: every case, CASE=…: one, RAW=1)", ...demo() },
  "unary-server": { help: "the server in the foreground, on PORT=50051", ...server("unary") },
  "unary-client": { help: "its client, for another terminal; ADDRESS=host:port", ...client("unary") },
  "server-streaming-server": server("server-streaming"),
  "server-streaming-client": client("server-streaming"),
  "client-streaming-server": server("client-streaming"),
  "client-streaming-client": client("client-streaming"),
  "bidi-server": server("bidirectional"),
  "bidi-client": client("bidirectional"),
  chat: {
    help: "chat through `make bidi-server` (NAME=…, ROOM=…)",
    program: "dist/src/bidirectional/chat-client/terminal.js",
    given: ({ NAME, ROOM }) => [...flag("name", NAME), ...flag("room", ROOM)],
  },
  watch: {
    help: "a live view of `make server-streaming-server`",
    program: "dist/src/server-streaming/watch-client/watch-live.js",
  },
  upload: {
    help: "upload to client-streaming-server (FILE=… NAME=… ID=…)",
    program: "dist/src/client-streaming/upload-client/upload-file.js",
    given: ({ FILE, NAME, ID }) => [
      ...flag("name", NAME),
      ...flag("id", ID),
      ...(FILE === undefined ? [] : ["--", FILE]),
    ],
  },
  serve: {
    help: "every service in one server, for grpcurl and others",
    program: "dist/src/demo/serve.js",
    given: host,
  },
  doctor: { help: "what this machine lacks, and what to do", needs: "nothing", program: "tools/doctor.cjs" },
  exercises: {
    help: "the workshop: a verdict whenever you save",
    first: [["tools/doctor.cjs", "--quiet"]],
    ...workshop("watch"),
  },
  exercise: { help: "check one exercise of the workshop (N=03, JSON=1)", ...workshop("check") },
  "exercise-list": { help: "all exercises, and which are done", ...workshop("list") },
  "exercises-check": { help: "check all done exercises again", ...workshop("check-done") },
  hint: { help: "the next hint for an exercise (N=03)", ...workshop("hint") },
  solution: { help: "its solution, after a pass (N=03; PEEK=1 gives up)", ...workshop("solution") },
  diff: { help: "yours against the solution, after a pass (N=03)", ...workshop("diff") },
  reset: { help: "begin an exercise again; yours is kept (N=03)", ...workshop("reset") },
  teach: {
    help: "the instructor's notes, each mistake played live (N=03)",
    ...workshop("teach"),
    // The program reads N from the environment if PLAY is not given, so N counts from there with PLAY too.
    given: ({ PLAY }) => (PLAY === undefined ? [] : ["--", process.env.N ?? "", PLAY]),
  },
  schedule: { help: "a timetable (TRACK=90-minutes, half-day, full-day)", ...workshop("schedule") },
  "exercise-new": { help: "the folder of a new exercise (TITLE='Knock first')", ...workshop("new") },
  "exercises-verify": { help: "prove every exercise (REPEAT=20 LOAD=1, UPDATE=1)", ...workshop("verify") },
  "workshop-archive": { help: "for a room without a network (PLATFORM=linux-x64)", ...archive("pack") },
  "workshop-verify": { help: "prove that archive, without a network", ...archive("verify") },
  install: { help: "install the dependencies (npm ci)", needs: "install" },
  gen: { help: "generate code from proto", needs: "gen" },
  build: { help: "compile to dist" },
  test: { help: "run the tests", program: mocha, args: [tests] },
  interop: { help: "Python and Go against ours (exit code 3: one missing)", program: "dist/test/interop/main.js" },
  conformance: { help: "connectrpc's suite (exit code 3: no Go)", program: "bridge/test/conformance/run.mjs" },
  laws: { help: "prove the laws (REPEAT=20 LOAD=1 PEERS=1 MUTATE=1)", program: "dist/bridge/test/laws/proof/main.js" },
  bench: { help: "compare with bare grpc-js and others (ONLY=fan-out)", program: "dist/bench/main.js" },
  "bench-quick": {
    help: "the measurements with a bar, in a few minutes",
    program: "dist/bench/main.js",
    args: ["--quick"],
  },
  soak: { help: "the chat with members cut, killed, stalled (MINUTES=10)", program: "dist/bench/soak/main.js" },
  package: { help: "the bridge's tarball, with its checks", program: "bridge/test/package/check.mjs" },
  consumers: { help: "the tarball in common setups", program: "bridge/test/consumers/run.mjs" },
  check: { help: "formatter, linter, contracts", commands: [[biome, "ci", "."], ...checksOfContracts] },
  "check:contracts": { help: "only the contracts", needs: "install", commands: checksOfContracts },
  "contracts:release": {
    help: "record the contracts as released",
    needs: "install",
    commands: [[buf, "build", "proto", "--exclude-source-info", "--output", "proto/released/contracts.binpb.gz"]],
  },
  format: {
    help: "format the code and the contracts",
    needs: "install",
    commands: [
      [biome, "check", "--write", "."],
      [buf, "format", "--write"],
    ],
  },
  clean: {
    help: "remove generated and compiled files",
    needs: "nothing",
    removes: ["dist", "bridge/dist", "src/gen", "bridge/src/gen", "bridge/test/conformance/gen"],
  },
};

/** The list that `make` prints without a target. */
export function help() {
  const lines = Object.entries(targets).flatMap(([name, { help }]) =>
    help ? [`  make ${name.padEnd(17)} ${help}`] : [],
  );
  return [...lines, "", "server-streaming, client-streaming and bidi also have -server and -client."].join("\n");
}
