// Checks every law that is visible from outside, for every library, and prints the results with their figures.
// `--column connect` and `--law L3` choose.
import { parseArgs } from "node:util";
import { clientChecks } from "./client-checks.js";
import { Verdict, within } from "./process.js";
import { serverChecks } from "./server-checks.js";

const columns = ["quartet", "loop", "pipeline", "nice-grpc", "connect", "nestjs"];

const legend = `
quartet    the bridge of this project
loop       grpc-js, with a loop over the source that waits for 'drain'
pipeline   grpc-js, with Node's pipeline from the source to the call
nice-grpc, connect (connect-es, gRPC protocol), nestjs (its gRPC transport)

✓ the law holds   ✗ it does not   – it does not apply
Each is written as its own documentation says; the files in bench/peers/laws/columns name the pages. The laws are those
of this project (docs/stream-laws.md). The other libraries have not promised them, so a ✗ is not always a bug. "hangs"
and "continues" mean 3 s without an event. The other side is always bare grpc-js, or frames written by hand.`;

const { values } = parseArgs({
  options: {
    column: { type: "string", multiple: true, default: columns },
    law: { type: "string" },
  },
});
const named = values.column;
const checks = [...clientChecks, ...serverChecks]
  .filter(({ law }) => values.law === undefined || law === values.law)
  .sort((one, other) => Number(one.law.slice(1)) - Number(other.law.slice(1)));

async function examine(check, column) {
  try {
    return await within(check.run(column), { held: false, figure: "hangs" }, 60_000);
  } catch (error) {
    if (error instanceof Verdict) return { held: error.held, figure: error.figure };
    throw error;
  }
}

const sign = ({ held }) => (held === undefined ? "–" : held ? "✓" : "✗");

const rows = [];
for (const check of checks) {
  const verdicts = await Promise.all(named.map((column) => examine(check, column)));
  rows.push({ check, verdicts });
  console.log(`${check.law.padEnd(4)}${check.title}`);
  verdicts.forEach((verdict, index) => {
    console.log(`      ${sign(verdict)} ${named[index].padEnd(10)} ${verdict.figure}`);
  });
}

console.log(`\n${"".padEnd(64)}${named.map((_name, index) => index + 1).join(" ")}`);
for (const { check, verdicts } of rows) {
  console.log(`${check.law.padEnd(4)}${check.title.padEnd(60)}${verdicts.map(sign).join(" ")}`);
}
console.log(named.map((column, index) => `${index + 1} ${column}`).join("   "));
const held = named.map((column, index) => {
  const told = rows.map(({ verdicts }) => verdicts[index].held).filter((verdict) => verdict !== undefined);
  return `${column} ${told.filter(Boolean).length} of ${told.length}`;
});
console.log(`\nheld: ${held.join(", ")}\n${legend}`);
