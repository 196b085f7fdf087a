/**
 * `text` as well-formed Unicode of at most `mostBytes` bytes in UTF-8, of which gRPC's percent-encoding makes three
 * times as many at worst. Cut at a character, never inside one: half an emoji cannot be sent.
 */
export function cut(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text.toWellFormed();
  let kept = "";
  for (const character of text.toWellFormed()) {
    if (Buffer.byteLength(kept) + Buffer.byteLength(character) + Buffer.byteLength("…") > mostBytes) break;
    kept += character;
  }
  return `${kept}…`;
}
