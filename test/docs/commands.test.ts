import { existsSync } from "node:fs";
import { expect } from "chai";
import { read, root } from "./blocks.js";
import { pages } from "./pages.js";

interface Target {
  readonly help?: string;
}
const dispatcher = new URL("../../../tools/targets.mjs", import.meta.url).href;
const { targets }: { targets: Readonly<Record<string, Target>> } = await import(dispatcher);

/** npm would run a script with this name in each `npm ci`. */
const makesOwn = ["install"];

const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

/** The code of a page: between fences, indented, or in backquotes. In prose, "make sure" is not a command. */
function codeOf(page: string): string[] {
  const fenced = [...page.matchAll(/^```(?:sh|text)?[^\n]*\n(.*?)^```$/gms)].map(([, code = ""]) => code);
  const rest = page.replaceAll(/^```.*?^```$/gms, "");
  const indented = rest.match(/^ {4,}\S.*$/gm) ?? [];
  return [...fenced, ...indented, ...[...rest.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code)];
}

/** The commands that a page tells its reader to type, and that do not exist. */
function unknownCommands(page: string): string[] {
  const known = { make: new Set(Object.keys(targets)), npm: new Set(Object.keys(scripts)) };
  return codeOf(page).flatMap((code) => [
    ...[...code.matchAll(/(?:^|[ ;&|])make ((?:[A-Z]+=\S+ )*)([a-z-]+)/gm)]
      .map(([, , target = ""]) => target)
      .filter((target) => !known.make.has(target))
      .map((target) => `make ${target}`),
    ...[...code.matchAll(/(?:^|[ ;&|])npm (?:run (?:-s )?([a-z:-]+)|(test)\b)/gm)]
      .map(([, script, test]) => script ?? test ?? "")
      .filter((script) => !known.npm.has(script))
      .map((script) => `npm run ${script}`),
    ...[...code.matchAll(/(?:^|[ ;&|])node (tools\/\S+)/gm)]
      .map(([, file = ""]) => file)
      .filter((file) => !existsSync(root + file))
      .map((file) => `node ${file}`),
  ]);
}

describe("the commands of the project", () => {
  it("have one name in make and in npm, and one line in package.json", () => {
    const lines = Object.keys(targets)
      .filter((name) => !makesOwn.includes(name))
      .map((name) => [name, `node tools/run.cjs ${name}`]);
    expect(scripts).to.deep.equal(Object.fromEntries(lines));
  });

  it("each have a line of help that fits a terminal of 80 columns", () => {
    const helped = Object.entries(targets).filter(([, { help }]) => help !== undefined);
    for (const [name, { help }] of helped) {
      expect(`  make ${name.padEnd(17)} ${help}`.length, name).to.be.at.most(80);
    }
    // The help has one line for servers and one for clients, and says that all types have them.
    const kind = (name: string) => name.replace(/^.+-(server|client)$/, "$1");
    expect(new Set(helped.map(([name]) => kind(name)))).to.deep.equal(new Set(Object.keys(targets).map(kind)));
  });
});

describe("the commands that pages name", () => {
  it("are found in code, and not in prose", () => {
    const page =
      "make sure\n\n    make nothing\n\n```sh\nPORT=1 npm run -s no-such\n```\n`make unary ALL=1`, `make none`";
    expect(unknownCommands(page)).to.have.members(["make nothing", "npm run no-such", "make none"]);
  });

  it("exist, on each page", () => {
    for (const page of pages()) expect(unknownCommands(read(page)), page).to.deep.equal([]);
  });
});
