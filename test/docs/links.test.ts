import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { pages } from "./pages.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The page without its code, in which brackets are no links and `#` is no heading. */
const prose = (page: string) => page.replace(/^```.*?^```$/gms, "").replace(/<!--.*?-->/gs, "");

/** The targets of a page's links and pictures that stay in this project. */
function localTargets(page: string): string[] {
  const text = prose(page).replace(/`[^`\n]*`/g, "");
  const inline = [...text.matchAll(/\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const defined = [...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...defined]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** The anchors of a page: its headings, as GitHub turns them into ids. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of prose(page).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const id = words.replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, "").replace(/\s/g, "-");
    let unique = id;
    for (let n = 1; anchors.has(unique); n += 1) unique = `${id}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Why `target`, found in `page`, leads nowhere; undefined if it leads somewhere. */
function broken(page: string, target: string): string | undefined {
  const [path = "", anchor] = target.split("#", 2).map(decodeURIComponent);
  const file = path === "" ? page : resolve(dirname(page), path);
  if (!existsSync(file)) return `${target}: there is no such file`;
  if (anchor === undefined) return undefined;
  if (!file.endsWith(".md") || !statSync(file).isFile()) return `${target}: only a page has headings to link to`;
  return anchorsOf(readFileSync(file, "utf8")).has(anchor) ? undefined : `${target}: there is no such heading`;
}

describe("the links of the pages", () => {
  it("are found: the pages have some", () => {
    const page = readFileSync(join(root, "docs", "first-service.md"), "utf8");
    expect(localTargets(page)).to.include("concepts.md");
  });

  it("are called broken when the file or the heading is missing", () => {
    const page = join(root, "docs", "concepts.md");
    expect(broken(page, "first-service.md#where-next")).to.equal(undefined);
    expect(broken(page, "#http2")).to.equal(undefined);
    expect(broken(page, "first-service.md#nowhere")).to.match(/no such heading/);
    expect(broken(page, "nowhere.md")).to.match(/no such file/);
  });

  for (const page of pages()) {
    it(`lead somewhere in ${relative(root, page)}`, () => {
      const found = localTargets(readFileSync(page, "utf8")).map((target) => broken(page, target));
      expect(found.filter((problem) => problem !== undefined)).to.deep.equal([]);
    });
  }
});
