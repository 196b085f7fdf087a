// Corrects the code that ts-proto 2.18 generates, once for all contracts: it accepts values that protobuf does not
// have, and loses some that it has. test/contracts/values.test.ts fails if a correction no longer finds its place.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {[RegExp, string]} Correction */

/**
 * A key `__proto__` would set the prototype of the object that stands for the map.
 *
 * @type {Correction}
 */
const mapKeys = [
  /([\w.]+)\[((?:entry\d+\.)?key)\] = (.+);/g,
  "globalThis.Object.defineProperty($1, $2, { value: $3, configurable: true, enumerable: true, writable: true });",
];

const malformed = 'throw new globalThis.Error("malformed message");';

/** @type {Correction[]} */
const forServices = [
  mapKeys,
  // Bytes that are not UTF-8 would become U+FFFD, and two names that differ would be one.
  [/reader\.string\(\)/g, "reader.string(true)"],
  // Bytes after an invalid tag would be dropped, and a message would take bytes of the message around it.
  [/\(tag & 7\) === 4 \|\| tag === 0\) \{\s+break;/g, `(tag & 7) === 4 || tag < 8) {\n          ${malformed}`],
  [
    /return message;(?=\s+\} finally)/g,
    `if (reader.pos > end) {\n        ${malformed}\n      }\n      return message;`,
  ],
  // Minus zero is not the default value.
  [/if \((\S+) !== 0\) (\{\s+writer\.uint32\(\d+\)\.(?:float|double)\()/g, "if (!globalThis.Object.is($1, 0)) $2"],
  // A request with a 64-bit number that no double holds would fail with INTERNAL before the service can refuse it.
  // Infinity is beyond every position and every limit, and cannot be sent.
  [/throw new globalThis\.Error\("Value is larger than .+;/, "return globalThis.Infinity;"],
  [/throw new globalThis\.Error\("Value is smaller than .+;/, "return -globalThis.Infinity;"],
  // Nanoseconds count forward, before 1970 too. Other implementations refuse the years before 1 and after 9999.
  [
    /function toTimestamp.+?\n}\n\nfunction fromTimestamp.+?\n}\n/s,
    `function toTimestamp(date: Date): Timestamp {
  const seconds = valid(globalThis.Math.floor(date.getTime() / 1_000));
  return { seconds, nanos: (date.getTime() - seconds * 1_000) * 1_000_000 };
}

function fromTimestamp({ seconds, nanos }: Timestamp): Date {
  return new globalThis.Date(valid(seconds) * 1_000 + globalThis.Math.floor(nanos / 1_000_000));
}

function valid(seconds: number): number {
  if (seconds >= -62_135_596_800 && seconds <= 253_402_300_799) return seconds;
  throw new globalThis.RangeError("a Timestamp must be in the years 1 to 9999");
}
`,
  ],
];

/** By folder of generated code. The bridge's messages tell why a call failed, and a cut text must not hide that. */
const corrections = { "src/gen": forServices, "bridge/src/gen": [mapKeys] };

export function correctGenerated(/** @type {string} */ root) {
  for (const [folder, wanted] of Object.entries(corrections)) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts")) continue;
      const file = join(root, folder, name);
      let code = readFileSync(file, "utf8");
      for (const [wrong, right] of wanted) code = code.replace(wrong, right);
      writeFileSync(file, code);
    }
  }
}
