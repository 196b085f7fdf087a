// Runs the tutorials' programs against ours, in both directions, and a server of grpc-go: `make interop`. Exit code 0:
// all went well; 1: something did not; 3: Python, Go, or the network to install their packages, is not here. An
// argument: the folder for these packages.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { status } from "@grpc/grpc-js";
import pc from "picocolors";
import { readCompressed } from "./go-server.js";
import { NotHere, type PythonEnvironment, pythonEnvironment } from "./python-environment.js";

/** How long a program may run, in milliseconds, before it counts as hung. */
const patienceMs = 60_000;

const files = mkdtempSync(join(tmpdir(), "quartet-interop-"));
let passed = 0;
let failed = 0;

/** A program that runs, and what it has printed so far. */
interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return { child, output: () => output, ended: once(child, "close").then(([code]) => code as number | null) };
}

function startOurs(program: string, args: readonly string[]): Running {
  const path = fileURLToPath(new URL(`../../src/${program}.js`, import.meta.url));
  return start(process.execPath, ["--enable-source-maps", path, ...args], { ...process.env, LOG_LEVEL: "warn" });
}

/** Waits for the address in the first line of a server, and ends the server after `use`. */
async function withServer(server: Running, use: (address: string) => Promise<void>): Promise<void> {
  const { child } = server;
  try {
    if (child.stdout === null) throw new Error("it was started without a pipe");
    const lines = createInterface({ input: child.stdout });
    const line = once(lines, "line").then(([text]) => text as string);
    const first = await Promise.race([line, server.ended.then(() => "")]);
    lines.close();
    child.stdout.resume();
    const [, port] = first.match(/(\d+)$/) ?? [];
    if (port === undefined) throw new Error(`the server did not start:\n${server.output()}`);
    await use(`localhost:${port}`);
  } finally {
    child.kill();
    await server.ended;
  }
}

/** Compares what a program prints with what it should print. */
async function prove(what: string, program: Running, expected: readonly string[]): Promise<void> {
  const watchdog = setTimeout(() => program.child.kill("SIGKILL"), patienceMs);
  const code = await program.ended;
  clearTimeout(watchdog);
  const lines = program.output().replaceAll("\r", "").split("\n");
  const missing = expected.filter((text) => !lines.some((line) => line.includes(text)));
  if (code === 0 && missing.length === 0) {
    passed += 1;
    console.log(`${pc.green("✓")} ${what}: ${expected.at(-1)}`);
    return;
  }
  failed += 1;
  console.log(
    `${pc.red("✗")} ${what}: it ended with ${code}, without ${missing.map((text) => `"${text}"`).join(", ") || "more"}`,
  );
  console.log(program.output().trimEnd());
}

/** The clients of the tutorials, and what theirs and ours print for an answer. */
const tutorials = [
  { name: "calculator", server: "unary", theirs: ["4.0"], ourCase: "square-root", ours: ["4"] },
  {
    name: "greeter",
    server: "unary",
    theirs: ["Greeter client received: Hello, you!"],
    ourCase: "say-hello",
    ours: ["Hello, you!"],
  },
  {
    name: "unary",
    server: "unary",
    theirs: ["received: true", 'Hello I am up and running received \\"Hello Server you there?\\" message from you'],
    ourCase: "server-response",
    ours: ['Hello I am up and running received "Hi" message from you (received: true)'],
  },
  {
    name: "bidirectional",
    server: "bidirectional",
    theirs: ["Hello Server Sending you the Fifth message", "Hello from the server received your Fifth message"],
    ourCase: "echo",
    ours: ["echo: first", "echo: second", "echo: third"],
  },
] as const;

const services = [
  "unary: an answer, and a refusal with its BadRequest",
  "server streaming: 2,000 rounds in order; a watch that is cancelled, resumed, refused, too late",
  "client streaming: 100,000 numbers, and a refusal in the middle of a stream without end",
  "uploads: half a file without a commit is none, the rest makes it one",
  "bidirectional: turn by turn, and one side after the other",
  "chat: two members hear each other, and a third one cannot take a name",
  "health: serving",
  "keepalive: a client that pings is not struck",
];

async function proveAll({ python, program, env }: PythonEnvironment): Promise<void> {
  const startTheirs = (file: string, ...args: string[]) => start(python, [program(file), ...args], env);
  for (const { name, server, theirs, ourCase, ours } of tutorials) {
    await withServer(startOurs(`${server}/server`, ["--port", "0"]), (address) =>
      prove(`the tutorial's ${name} client at our server`, startTheirs(`tutorials/${name}_client.py`, address), theirs),
    );
    await withServer(startTheirs(`tutorials/${name}_server.py`), (address) =>
      prove(
        `our client at the tutorial's ${name} server`,
        startOurs(`${server}/client`, ["--address", address, "--case", ourCase]),
        ours,
      ),
    );
  }
  const everything = startOurs("demo/serve", ["--port", "0", "--uploads", join(files, "uploads")]);
  await withServer(everything, (address) =>
    prove("a Python client through all services", startTheirs("all_services.py", address), services),
  );
}

/** Proves fact 33 of docs/stream-laws.md. */
async function proveCompressed(folder?: string): Promise<void> {
  const { raw, bridged } = await readCompressed((text) => console.error(text), folder);
  const read = `grpc-js reads ${raw.count} of 60 and ${status[raw.code ?? -1]}, the bridge ${bridged.count} and ${status[bridged.code ?? -1]}`;
  const what = `grpc-go compresses and fails: ${read}`;
  if ([raw, bridged].every(({ count, code }) => count < 60 && code === status.ABORTED)) {
    passed += 1;
    console.log(`${pc.green("✓")} ${what}`);
  } else {
    failed += 1;
    console.log(`${pc.red("✗")} ${what}: fact 33 of docs/stream-laws.md says something else`);
  }
}

let missing = false;
try {
  const [, , folder] = process.argv;
  const parts = [
    () => proveAll(pythonEnvironment((text) => console.error(text), folder)),
    () => proveCompressed(folder && join(folder, "go")),
  ];
  for (const part of parts) {
    try {
      await part();
    } catch (error) {
      if (!(error instanceof NotHere)) throw error;
      console.error(`interop: ${error.message}`);
      missing = true;
    }
  }
  if (passed + failed > 0) console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : missing ? 3 : 0;
} finally {
  rmSync(files, { recursive: true, force: true });
}
