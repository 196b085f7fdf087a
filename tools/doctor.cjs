// Checks whether this machine can run the suite, and says what to do if it cannot. The doctor needs nothing but Node,
// and runs before `npm ci`. With --quiet it prints only problems. The exit code is 1 if you must fix one of them.
require("./node-version.cjs");
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const { spawnSync } = require("node:child_process");
const { nativeTools } = require("./native-tools.cjs");

const root = path.join(__dirname, "..");
const quiet = process.argv.includes("--quiet");
let broken = false;

/** Prints one check. Without a remedy it passed; a failed check that is not an obstacle is a note. */
function say(what, remedy, isObstacle = true) {
  if (remedy === undefined) {
    if (!quiet) console.log(`✓ ${what}`);
    return;
  }
  if (isObstacle) broken = true;
  console.log(`${isObstacle ? "✗" : "·"} ${what}\n    ${remedy}`);
}

/** The output of npm; undefined if there is no npm. */
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
  const platform = `${process.platform}-${process.arch}`;
  const { missing, foreign } = nativeTools(root, { os: process.platform, cpu: process.arch });
  const isComplete = missing.length === 0;
  let remedy;
  // A node_modules that was copied from another machine has that machine's native programs.
  if (foreign)
    remedy = `they belong to another machine: unpack the archive for ${platform}, or remove node_modules and run npm ci`;
  else if (!isComplete)
    remedy = `npm left out ${missing.join(", ")}${omitted()}. Remove node_modules, and run npm ci with a network`;
  say(`the dependencies, for ${process.platform} ${process.arch}`, remedy);
  return isComplete;
}

/** Why npm skips packages: these settings are for servers, which compile nothing. */
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
    isBuilt ? "compiled: you need no network from now on" : "not compiled yet",
    isBuilt || !installed ? undefined : "npm run build compiles it, also without a network",
    false,
  );
}

function proxy() {
  const names = ["http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  const set = names.filter((name) => process.env[name]);
  if (set.length === 0) say("no proxy in the environment");
  else say(`a proxy in the environment (${set.join(", ")})`, "the suite's own calls do not use it; npm ci does", false);
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.on("error", (error) => {
      say(
        `programs cannot listen on 127.0.0.1 (${error.code})`,
        "allow programs to listen on 127.0.0.1 in your firewall or sandbox",
      );
      resolve();
    });
    server.listen(0, "127.0.0.1", () => {
      say("programs can listen on 127.0.0.1");
      server.close(resolve);
    });
  });
}

async function main() {
  say(`Node ${process.versions.node}`);
  npm();
  built(dependencies());
  proxy();
  await freePort();
  if (broken) process.exitCode = 1;
  else if (!quiet) console.log("\nready: make exercises, or npm run exercises");
}

main();
