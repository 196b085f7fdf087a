import stringWidth from "string-width";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
// Control and format characters move the cursor, color the screen or turn the direction of writing. The joiner is kept,
// because it holds an emoji of several people together.
const unprintable = /(?!\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text as one line of well-formed Unicode: control and format characters are escaped as in a source file. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(unprintable, (found) => short[found] ?? `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

// Measuring is slow, and the taps do it for every message: text of these characters takes a column for each.
const narrow = /^[ -~…]*$/;

/** Columns that the text takes on a terminal: two for wide characters and emoji, none for combining marks. */
export function columns(text: string): number {
  return narrow.test(text) ? text.length : stringWidth(text);
}

/** At most `width` columns of the text; what was cut ends in `ellipsis`. Never cuts inside a visible character. */
export function cut(text: string, width: number, ellipsis = "…"): string {
  // Every column needs at least one UTF-16 unit: a text this short fits, and the common case costs no measuring.
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
