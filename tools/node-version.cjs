// Ends a program with one clear line where Node is too old. It is required first, and written for any Node: those
// before 14 know neither `node:fs` nor `??`.
const version = process.versions.node;
const [major, minor] = version.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `quartet needs Node 20.19 or later, and this is ${version}: install a later one from https://nodejs.org`,
  );
  process.exit(1);
}
