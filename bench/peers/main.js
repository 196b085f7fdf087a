// A peer's server or client as a process of its own, see README.md.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { timed, works } from "./work.js";

const peers = ["bare", "proto-loader", "nice-grpc", "connect", "nestjs", "http2"];
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function refuse(problem) {
  console.error(`bench/peers: ${problem}; see bench/peers/README.md`);
  process.exit(2);
}

async function load(name) {
  if (!peers.includes(name)) refuse(`there is no peer ${name}, but ${peers.join(", ")}`);
  return import(`./peers/${name}.js`);
}

const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url), "utf8")).version;

async function versions() {
  for (const name of peers) {
    const { packages } = await load(name);
    print({ peer: name, versions: Object.fromEntries(packages.map((from) => [from, versionOf(from)])) });
  }
}

async function server(name) {
  const { startServer } = await load(name);
  const { port, close } = await startServer();
  print({ peer: name, port, pid: process.pid });
  const requests = createInterface({ input: process.stdin });
  requests.on("line", () => {
    globalThis.gc?.();
    print(process.memoryUsage());
  });
  await new Promise((resolve) => {
    requests.on("close", resolve);
    process.once("SIGTERM", resolve);
  });
  await close();
  process.exit(0);
}

async function client(name, flags) {
  const { connect } = await load(name);
  const { work, port } = flags;
  if (!Object.hasOwn(works, work)) refuse(`there is no work ${work}, but ${Object.keys(works).join(", ")}`);
  const number = (flag) => Number(flags[flag]);
  const clients = await Promise.all(Array.from({ length: number("connections") }, () => connect(Number(port))));
  const options = { clients, inFlight: number("in-flight"), members: number("members"), bytes: number("bytes") };
  if (number("warmup") > 0) await timed(work, { ...options, count: number("warmup") });
  print({ peer: name, work, ...(await timed(work, { ...options, count: number("count") })) });
  for (const { close } of clients) close();
  process.exit(0);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    work: { type: "string", default: "unary" },
    port: { type: "string", default: "" },
    count: { type: "string", default: "1000" },
    warmup: { type: "string", default: "0" },
    "in-flight": { type: "string", default: "1" },
    members: { type: "string", default: "1" },
    connections: { type: "string", default: "1" },
    bytes: { type: "string", default: "34" },
  },
});
const [role, name] = positionals;
if (role === "versions") await versions();
else if (role === "server") await server(name);
else if (role === "client") await client(name, values);
else refuse("say versions, or server or client and the name of a peer");
