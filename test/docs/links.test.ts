import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { read, root } from "./blocks.js";
import { pages } from "./pages.js";

/** The page without its code, where brackets are not links and `#` is not a heading. */
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

/** Why the link `target` of `page` leads nowhere; undefined if it leads somewhere. */
function broken(page: string, target: string): string | undefined {
  const [path = "", anchor] = target.split("#", 2).map(decodeURIComponent);
  const file = path === "" ? page : join(dirname(page), path);
  if (!existsSync(root + file)) return `${target}: no such file`;
  if (anchor === undefined) return undefined;
  if (!file.endsWith(".md") || !statSync(root + file).isFile()) return `${target}: only a page has headings to link to`;
  return anchorsOf(read(file)).has(anchor) ? undefined : `${target}: no such heading`;
}

describe("the links of the pages", () => {
  it("are found: the pages have some", () => {
    expect(localTargets(read("docs/first-service.md"))).to.include("concepts.md");
  });

  it("are broken if the file or the heading is missing", () => {
    const page = "docs/concepts.md";
    expect(broken(page, "first-service.md#where-next")).to.equal(undefined);
    expect(broken(page, "#http2")).to.equal(undefined);
    expect(broken(page, "first-service.md#nowhere")).to.match(/no such heading/);
    expect(broken(page, "nowhere.md")).to.match(/no such file/);
  });

  it("lead somewhere, on each page", () => {
    for (const page of pages()) {
      const found = localTargets(read(page)).map((target) => broken(page, target));
      expect(
        found.filter((problem) => problem !== undefined),
        page,
      ).to.deep.equal([]);
    }
  });
});
