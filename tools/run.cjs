// Where make and npm start: `node tools/run.cjs unary`. An old Node must be able to read this file, because this file tells
// its user that Node is too old. Therefore it is no ES module, and has no syntax of later years.
const version = process.versions.node;
const [major, minor] = version.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `quartet needs Node 20.19 or later, and this is ${version}: install a later one from https://nodejs.org`,
  );
  process.exitCode = 1;
} else {
  // Node itself does this for the file that it was started with: a program that waits for something that never comes fails.
  const failUnfinished = () => {
    process.exitCode ??= 13;
  };
  process.on("exit", failUnfinished);
  import("./dispatch.mjs")
    .then(({ dispatch }) => dispatch(process.argv[2], process.argv.slice(3)))
    .then(() => process.off("exit", failUnfinished));
}
