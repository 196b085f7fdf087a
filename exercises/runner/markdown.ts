import stringWidth from "string-width";
import { type Paint, wrapped } from "./screen.js";

/**
 * A page of Markdown as lines of at most `width` columns: paragraphs, items and tables are filled anew, code and drawings are
 * left as they are.
 */
export function reflowed(page: string, width: number, paint: Paint): string[] {
  return blocksOf(page).flatMap((block, index) => [...(index > 0 ? [""] : []), ...drawn(block, width, paint)]);
}

/** Parts of a page with blank lines between them; a fence is one part, whatever is in it. Comments are for authors. */
function blocksOf(page: string): string[] {
  const text = page.replaceAll(/^<!--[\s\S]*?-->\n/gm, "").trimEnd();
  return text
    .split(/^(```[\s\S]*?^```)$|\n{2,}/m)
    .flatMap((block = "") => (block.trim() === "" ? [] : [block.replace(/^\n+/, "")]));
}

function drawn(block: string, width: number, paint: Paint): string[] {
  const lines = block.split("\n");
  if (block.startsWith("```")) return lines.slice(1, -1).map((line) => (line === "" ? "" : `    ${line}`));
  if (block.startsWith("    ")) return lines;
  if (block.startsWith("#")) return lines.map((line) => paint.strong(line.replace(/^#+ /, "")));
  if (block.startsWith("|")) return table(lines, width);
  return block.split(/\n(?=\d+\. |- )/).flatMap((item) => {
    const [mark = ""] = item.match(/^(\d+\. |- )/) ?? [];
    const text = item.slice(mark.length).replaceAll(/\*\*(.+?)\*\*/gs, (_all, bold: string) => paint.strong(bold));
    const [first = "", ...more] = wrapped(text.trim(), width, " ".repeat(mark.length));
    return [mark + first.trimStart(), ...more];
  });
}

/** In columns where there is room for them; else each row in one sentence. */
function table(lines: readonly string[], width: number): string[] {
  const rows = lines
    .filter((line) => !/^[|\s-]+$/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ""))));
  const needed = widths.reduce((sum, columns) => sum + columns + 3, 1);
  if (needed <= width) {
    return rows.map((row) =>
      row
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - stringWidth(cell)))
        .join("   ")
        .trimEnd(),
    );
  }
  const [heads = [], ...body] = rows;
  return body.flatMap(([first = "", ...cells]) => {
    const told = cells.map((cell, column) => (heads[column + 1] ? `${heads[column + 1]}: ${cell}` : cell));
    return wrapped(`- ${first}: ${told.join("; ")}`, width, "  ").map((line, row) =>
      row === 0 ? line.trimStart() : line,
    );
  });
}
