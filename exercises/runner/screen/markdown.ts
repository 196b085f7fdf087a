import { lexer, type MarkedToken, type Token, type Tokens } from "marked";
import { columns, fill, type Paint, widest } from "./text.js";

/**
 * Draws a page of Markdown in lines of at most `width` columns. Paragraphs, items and tables are filled; code and
 * drawings stay as they are. Comments are for authors, so they are left out.
 */
export function markdownLines(page: string, width: number, paint: Paint): string[] {
  const blocks = (lexer(page) as MarkedToken[]).filter(({ type }) => type !== "space" && type !== "html");
  return blocks.flatMap((block, index) => [...(index > 0 ? [""] : []), ...blockLines(block, width, paint)]);
}

function blockLines(block: MarkedToken, width: number, paint: Paint): string[] {
  switch (block.type) {
    case "code":
      return block.text.split("\n").map((line) => line && `    ${line}`);
    case "heading":
      return [paint.strong(block.text)];
    case "table":
      return tableLines(block, width);
    case "list":
      return block.items.flatMap(({ tokens }, index) => {
        const mark = block.ordered ? `${Number(block.start) + index}. ` : "- ";
        return fill(inline(tokens, paint), width, " ".repeat(mark.length), mark);
      });
    default:
      return fill(inline([block], paint), width);
  }
}

/** The text of tokens as an author has written it, with bold words painted. */
function inline(tokens: readonly Token[], paint: Paint): string {
  return (tokens as readonly MarkedToken[])
    .map((token) => {
      if (token.type === "strong") return paint.strong(token.text);
      return "tokens" in token && token.tokens && /^(paragraph|text)$/.test(token.type)
        ? inline(token.tokens, paint)
        : token.raw;
    })
    .join("");
}

/** Columns if they fit; otherwise a sentence for each row. */
function tableLines({ header, rows }: Tokens.Table, width: number): string[] {
  const [heads = [], ...body] = [header, ...rows].map((row) => row.map(({ text }) => text));
  const widths = heads.map((_, column) => widest([heads, ...body].map((row) => row[column] ?? "")));
  if (widths.reduce((sum, each) => sum + each + 3, 1) <= width)
    return [heads, ...body].map((row) => columns(row, widths));
  return body.flatMap(([first = "", ...cells]) => {
    const told = cells.map((cell, column) => (heads[column + 1] ? `${heads[column + 1]}: ${cell}` : cell));
    return fill(`${first}: ${told.join("; ")}`, width, "  ", "- ");
  });
}
