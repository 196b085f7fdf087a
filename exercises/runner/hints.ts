/** The hints of a page, from the nudge to what is almost the code: each below a heading of its own. */
export function hintsOf(page: string): readonly string[] {
  return page
    .split(/^## .*$/m)
    .slice(1)
    .map((text) => text.trim());
}
