/** What a staged upload's own files begin with. No upload may take such a name. */
export const stagedPrefix = ".upload-";

/** The most bytes of UTF-8 in a name that every file system takes. */
const longest = 255;

/** Windows opens the device in place of the file, whatever comes behind a dot: `nul.txt` is `NUL`. */
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i;

/**
 * Why an uploaded file cannot have this name, for whoever has chosen it; undefined if it can. A name is taken whole or
 * refused, on every system alike: one that is cleaned is a name that nobody asked for, and may be that of another file.
 */
export function problemOfName(name: string): string | undefined {
  if (name === "") return "must not be empty";
  // A client reads a name on its disk that is not UTF-8 as U+FFFD: two such names may be of different files.
  if (!name.isWellFormed() || name.includes("\uFFFD")) return "must be well-formed UTF-8";
  if (Buffer.byteLength(name) > longest) return `must have at most ${longest} bytes of UTF-8`;
  if (/\p{Cc}/u.test(name)) return "must not have control characters";
  // The colon separates on Windows: `a.txt:b` is a second content of `a.txt`, and `c:a.txt` lies on another drive.
  if (/[/\\:]/.test(name)) return "must be a plain name, without /, \\ or :";
  // `.` and `..` among them; and Windows drops them, so that `a.` would be `a`.
  if (/[. ]$/.test(name)) return "must not end with a dot or a space";
  if (device.test(name)) return "must not be the name of a device";
  if (name.toLowerCase().startsWith(stagedPrefix)) return `must not begin with ${stagedPrefix}`;
  return undefined;
}
