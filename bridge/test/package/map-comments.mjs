// Runs before and after `npm pack` of the bridge. The maps in dist lead to the sources of this repository and stay out of the
// package. The comments that name them must stay out too, because vite warns about every file whose map is missing.
//   node map-comments.mjs remove | restore
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
for (const name of readdirSync(dist, { recursive: true })) {
  const file = `${dist}${name}`;
  if (!/\.(js|d\.ts)$/.test(file) || !existsSync(`${file}.map`)) continue;
  const code = readFileSync(file, "utf8").replace(/\n\/\/# sourceMappingURL=\S+\s*$/, "\n");
  const comment = process.argv[2] === "restore" ? `//# sourceMappingURL=${basename(file)}.map` : "";
  writeFileSync(file, code + comment);
}
