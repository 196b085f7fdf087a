// Looks whether this machine can run the suite, and says what to do where it cannot. It needs nothing but Node, and
// runs before `npm ci`. With --quiet it prints only what is wrong. Exit code 1 if something has to be mended.
require("./node-version.cjs");
const fs = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");
const { spawnSync } = require("node:child_process");
const { nativeTools } = require("./native-tools.cjs");

const root = path.join(__dirname, "..");
const quiet = process.argv.includes("--quiet");
let broken = false;

/** One thing that was looked at. Without a remedy all is well; what is no obstacle is only said. */
function say(what, remedy, isObstacle = true) {
  if (remedy === undefined) {
    if (!quiet) console.log(`✓ ${what}`);
    return;
  }
  if (isObstacle) broken = true;
  console.log(`${isObstacle ? "✗" : "·"} ${what}\n    ${remedy}`);
}

/** What npm prints; undefined where there is no npm. */
function printedByNpm(...args) {
  const { stdout, status } = spawnSync("npm", args, {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  return status === 0 ? stdout.trim() : undefined;
}

function npm() {
  const version = printedByNpm("--version");
  say(
    `npm ${version || "was not found"}`,
    version ? undefined : "npm comes with Node: install Node again, from https://nodejs.org",
  );
}

function dependencies() {
  if (!fs.existsSync(path.join(root, "node_modules", ".package-lock.json"))) {
    say("the dependencies are not installed yet", "npm ci installs them; it needs a network, once", false);
    return false;
  }
  const { missing, foreign } = nativeTools(root, { os: process.platform, cpu: process.arch });
  const isComplete = missing.length === 0;
  let remedy;
  // A folder that was copied from another machine has the native programs of that one.
  if (foreign)
    remedy = `they are another machine's: unpack the archive for ${process.platform}-${process.arch}, or remove node_modules and run npm ci`;
  else if (!isComplete)
    remedy = `npm left out ${missing.join(", ")}${omitted()}. Remove node_modules, and run npm ci with a network`;
  say(`the dependencies, for ${process.platform} ${process.arch}`, remedy);
  return isComplete;
}

/** Why npm leaves something out: these settings are meant for servers, which compile nothing. */
function omitted() {
  const names = ["NODE_ENV", "npm_config_omit", "npm_config_only", "npm_config_production", "npm_config_optional"];
  const causes = names
    .filter((name) => process.env[name] && (name !== "NODE_ENV" || process.env[name] === "production"))
    .map((name) => `${name}=${process.env[name]}`);
  const setting = causes.length === 0 ? printedByNpm("config", "get", "omit") : "";
  if (setting) causes.push(`omit=${setting} in a file named .npmrc`);
  return causes.length === 0 ? "" : `, because of ${causes.join(" and ")}: unset that`;
}

function built(installed) {
  const isBuilt = fs.existsSync(path.join(root, "dist", ".stamp"));
  say(
    isBuilt ? "compiled: from here on no network is needed" : "not compiled yet",
    isBuilt || !installed ? undefined : "npm run build compiles it; without a network too",
    false,
  );
}

function proxy() {
  const names = ["http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  const set = names.filter((name) => process.env[name]);
  if (set.length === 0) say("no proxy in the environment");
  else
    say(
      `a proxy in the environment (${set.join(", ")})`,
      "the suite's own calls go past it; npm ci goes through it",
      false,
    );
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.on("error", (error) => {
      say(
        `no port of this machine can be listened on (${error.code})`,
        "a firewall, or a sandbox, forbids it: the servers need ports of 127.0.0.1",
      );
      resolve();
    });
    server.listen(0, "127.0.0.1", () => {
      say("ports of this machine can be listened on");
      server.close(resolve);
    });
  });
}

/** Whether a folder tells of its changes. Where it does not, the workshop looks at it every half second. */
function watcher() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "quartet-doctor-"));
  return new Promise((resolve) => {
    const done = (told) => {
      clearTimeout(timer);
      watching.close();
      fs.rmSync(folder, { recursive: true, force: true });
      if (told) say("saved files are noticed at once");
      else say("saved files are not noticed at once", "the workshop looks every half second, which is enough", false);
      resolve();
    };
    const timer = setTimeout(() => done(false), 2000);
    const watching = fs.watch(folder, () => done(true));
    fs.writeFileSync(path.join(folder, "saved"), "");
  });
}

async function main() {
  say(`Node ${process.versions.node}`);
  npm();
  built(dependencies());
  proxy();
  await freePort();
  if (!quiet) await watcher();
  if (broken) process.exitCode = 1;
  else if (!quiet) console.log("\nready: make exercises, or npm run exercises");
}

main();
