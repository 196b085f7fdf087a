/** The first characters of the names of staged files. No upload may have such a name. */
export const stagedPrefix = ".upload-";

/** The most bytes of UTF-8 that every file system takes in a name. */
const mostNameBytes = 255;

/** Windows opens the device instead of a file, whatever follows the dot: `nul.txt` is `NUL`. */
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i;

/**
 * Says why an uploaded file cannot have this name; undefined if it can. A name is taken as it is or refused, by the
 * same rules on every system. A name that the server had cleaned might be the name of another file.
 */
export function problemOfName(name: string): string | undefined {
  if (name === "") return "must not be empty";
  // A client reads a file name that is not UTF-8 as U+FFFD, so two files could have the same name here.
  if (!name.isWellFormed() || name.includes("\uFFFD")) return "must be well-formed UTF-8";
  if (Buffer.byteLength(name) > mostNameBytes) return `must have at most ${mostNameBytes} bytes of UTF-8`;
  if (/\p{Cc}/u.test(name)) return "must not have control characters";
  // On Windows a colon separates: `a.txt:b` is a second content of `a.txt`, and `c:a.txt` is on another drive.
  if (/[/\\:]/.test(name)) return "must be a plain name, without /, \\ or :";
  // This refuses `.` and `..` too. Windows drops a final dot or space: `a.` would be `a`.
  if (/[. ]$/.test(name)) return "must not end with a dot or a space";
  if (device.test(name)) return "must not be the name of a device";
  if (name.toLowerCase().startsWith(stagedPrefix)) return `must not begin with ${stagedPrefix}`;
  return undefined;
}
