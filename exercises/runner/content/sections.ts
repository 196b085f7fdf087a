/** A section of a page of Markdown. */
export interface Section {
  readonly title: string;
  /** Everything from the end of the heading to the next heading. */
  readonly text: string;
}

export interface Fence {
  /** The word after the opening fence, or an empty text. */
  readonly language: string;
  /** What stands between the fences, with its last newline. */
  readonly code: string;
  /** The index in the text at which the block begins. */
  readonly at: number;
  /** The comments `<!-- … -->` in the lines before it. */
  readonly comments: string;
  /** The number of the region that the code is for: a comment `<!-- region 2 -->` names another one than the first. */
  readonly region: number;
}

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm;
// The fence comes first, so that a line `## ` in a fence is code.
const fenceOrHeading = new RegExp(`${fence.source}|^## (?<title>.+)$`, "gm");

/** The sections of a page. Each begins with a heading `## …`. */
export function sectionsOf(page: string): readonly Section[] {
  const headings = [...page.matchAll(fenceOrHeading)].filter(({ groups }) => groups?.title);
  return headings.map(({ 0: line, index, groups }, which) => {
    return { title: groups?.title ?? "", text: page.slice(index + line.length, headings[which + 1]?.index) };
  });
}

/** The fenced blocks of a text, in their order. */
export function fencesOf(text: string): readonly Fence[] {
  return [...text.matchAll(fence)].map(({ 1: language = "", 2: code = "", index: at }) => {
    const [comments = ""] = text.slice(0, at).match(/(<!--.*-->\n)*$/) ?? [];
    const [, region = "1"] = comments.match(/<!-- region (\d) -->/) ?? [];
    return { language, code, at, comments, region: Number(region) };
  });
}

export function withoutFences(text: string): string {
  return text.replaceAll(fence, "");
}

/** The hints of hints.md, each from a section of its own. The last hint is almost the code. */
export function hintsOf(page: string): readonly string[] {
  // A first line keeps its indent, because the indent makes it code.
  return sectionsOf(page).map(({ text }) => text.replace(/^\n+/, "").trimEnd());
}
