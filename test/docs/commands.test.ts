import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { pages } from "./pages.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const makefile = read("Makefile");

/**
 * npm has words of its own for these: `npm run` lists, and a script named `install` would run within every `npm ci`.
 */
const npmsOwn = ["help", "install"];

/** The words of a line of the Makefile, with its variables put in. */
function words(line: string): string[] {
  const expanded = line.replaceAll(/\$\((\w+)\)/g, (_all, name) => {
    const [, value = ""] = makefile.match(new RegExp(`^${name} *:= *(.*)$`, "m")) ?? [];
    return value;
  });
  return expanded.trim().split(/\s+/);
}

/** What `make` can be asked for: the heads of the rules, those that make a file of that name aside. */
function targets(): Set<string> {
  const heads = [...makefile.matchAll(/^([a-z$][^:=#]*):(?!=)/gm)].flatMap(([, head = ""]) => words(head));
  return new Set(heads.filter((head) => /^[a-z-]+$/.test(head)));
}

function scripts(): Set<string> {
  return new Set(Object.keys((JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts));
}

/** The code of a page: between fences, indented, or in backquotes. In prose, "make sure" is no command. */
function codeOf(page: string): string[] {
  const fenced = [...page.matchAll(/^```(?:sh|text)?[^\n]*\n(.*?)^```$/gms)].map(([, code = ""]) => code);
  const rest = page.replaceAll(/^```.*?^```$/gms, "");
  const indented = rest.match(/^ {4,}\S.*$/gm) ?? [];
  return [...fenced, ...indented, ...[...rest.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code)];
}

/** The commands that a page tells its reader to type, and that do not exist. */
function unknownCommands(page: string): string[] {
  const known = { make: targets(), npm: scripts() };
  return codeOf(page).flatMap((code) => [
    ...[...code.matchAll(/(?:^|[ ;&|])make ((?:[A-Z]+=\S+ )*)([a-z-]+)/gm)]
      .map(([, , target = ""]) => target)
      .filter((target) => !known.make.has(target))
      .map((target) => `make ${target}`),
    ...[...code.matchAll(/(?:^|[ ;&|])npm (?:run (?:-s )?([a-z:-]+)|(test)\b)/gm)]
      .map(([, script, test]) => script ?? test ?? "")
      .filter((script) => !known.npm.has(script))
      .map((script) => `npm run ${script}`),
    ...[...code.matchAll(/(?:^|[ ;&|])node (scripts\/\S+)/gm)]
      .map(([, file = ""]) => file)
      .filter((file) => !existsSync(join(root, file)))
      .map((file) => `node ${file}`),
  ]);
}

describe("the commands of the project", () => {
  it("are the same with make and with npm, but for what npm does in its own words", () => {
    const bare = [...scripts()].filter((script) => !script.includes(":"));
    expect([...targets()].filter((target) => !npmsOwn.includes(target))).to.have.members(bare);
  });

  it("are never taken by make for files that are there already", () => {
    const [, phony = ""] = makefile.match(/^\.PHONY:(.*)$/m) ?? [];
    expect(words(phony)).to.have.members([...targets()]);
  });

  it("each have a line of help that fits a terminal of 80 columns", () => {
    const lines = [...makefile.matchAll(/^([a-z-]+):.*## (.*)$/gm)];
    expect(lines).to.have.length.greaterThan(10);
    for (const [, target = "", help = ""] of lines) {
      expect(`  make ${target.padEnd(17)} ${help}`.length, target).to.be.at.most(80);
    }
    // One line each for the server and the client; the help says below that the other types have them too.
    const helped = new Set(lines.map(([, target = ""]) => target.replace(/^.+-(server|client)$/, "$1")));
    const all = new Set([...targets()].map((target) => target.replace(/^.+-(server|client)$/, "$1")));
    expect([...helped, "help"]).to.have.members([...all]);
  });
});

describe("the commands that pages name", () => {
  it("are found in code, and not in prose", () => {
    const page =
      "make sure\n\n    make nothing\n\n```sh\nPORT=1 npm run -s no-such\n```\n`make unary ALL=1`, `make none`";
    expect(unknownCommands(page)).to.have.members(["make nothing", "npm run no-such", "make none"]);
  });

  for (const page of pages()) {
    it(`exist: ${relative(root, page)}`, () => {
      expect(unknownCommands(readFileSync(page, "utf8"))).to.deep.equal([]);
    });
  }
});
