import stringWidth from "string-width";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
// Control and format characters move the cursor, color the screen or change the direction of writing. The joiner stays:
// it holds together an emoji of several people.
const unprintable = /(?!\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text as one line of well-formed Unicode, with control and format characters escaped. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(unprintable, (found) => short[found] ?? `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

// Measuring is slow, and the taps do it for every message. In a text of these characters each takes one column.
const narrow = /^[ -~…]*$/;

/** How many columns the text takes in a terminal: two for wide characters and emoji, none for combining marks. */
export function columns(text: string): number {
  return narrow.test(text) ? text.length : stringWidth(text);
}

/** The text, cut to at most `width` columns, with `ellipsis` at the cut. It is never cut inside a visible character. */
export function cut(text: string, width: number, ellipsis = "…"): string {
  // Each column needs at least one UTF-16 unit, so a text that is this short fits without measuring.
  if (text.length * 2 <= width || columns(text) <= width) return text;
  const room = width - columns(ellipsis);
  if (room >= 0 && narrow.test(text)) return text.slice(0, room) + ellipsis;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += columns(segment);
    if (used > room) break;
    kept += segment;
  }
  return room < 0 ? "" : kept + ellipsis;
}

/** A count as a person reads it: `4,996`. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US", { maximumFractionDigits: 0 });
}
