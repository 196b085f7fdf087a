// Where make and npm start: `node tools/run.cjs unary`. Not an ES module: an old Node must be able to read this file,
// so that it can tell its user that it is too old.
require("./node-version.cjs");

// Node does this for the file that it was started with: a program that waits forever must fail.
function failUnfinished() {
  if (process.exitCode === undefined) process.exitCode = 13;
}

process.on("exit", failUnfinished);
import("./dispatch.mjs")
  .then(({ dispatch }) => dispatch(process.argv[2], process.argv.slice(3)))
  .then(() => process.off("exit", failUnfinished));
