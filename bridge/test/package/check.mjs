// Builds the tarball for npm, and checks its files, its size, and what publint and attw say about it. A tarball that
// passes is put into the folder of the bridge: `npm publish` takes it.
import { copyFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { bridge, Failure, install, inTemporaryFolder, node, pack, secondsSince } from "./workspace.mjs";

const mostBytes = 400 * 1024;

const began = performance.now();
await inTemporaryFolder(async (folder) => {
  const packed = await pack(folder);
  await checkFiles(packed.files.map(({ path }) => path));
  if (packed.unpackedSize > mostBytes) {
    throw new Failure(`the package unpacks to ${packed.unpackedSize} bytes; at most ${mostBytes} are allowed`);
  }
  console.log(`ok  ${packed.files.length} files, ${Math.ceil(packed.unpackedSize / 1024)} KiB unpacked`);

  await copyFile(new URL("package.json", import.meta.url), join(folder, "package.json"));
  await install(folder);
  await checkMapComments(join(folder, "node_modules", "quartet-bridge"));
  await node(folder, "node_modules/publint/src/cli.js", "run", "quartet-bridge.tgz", "--strict");
  console.log("ok  publint, strict");
  await node(folder, "node_modules/@arethetypeswrong/cli/dist/index.js", "quartet-bridge.tgz", "--profile", "esm-only");
  await copyFile(join(folder, "quartet-bridge.tgz"), join(bridge, packed.filename));
  console.log(`ok  attw, esm-only\n\nbridge/${packed.filename} is ready to publish: ${secondsSince(began)}`);
});

/** The tarball has a .js and a .d.ts for each source, and no maps, tests or old build files. */
async function checkFiles(files) {
  const sources = (await readdir(join(bridge, "src"), { recursive: true })).filter((path) => path.endsWith(".ts"));
  const compiled = sources.flatMap((path) => {
    const base = `dist/${path.replaceAll("\\", "/").slice(0, -".ts".length)}`;
    return [`${base}.js`, `${base}.d.ts`];
  });
  const expected = new Set(["package.json", "README.md", "CHANGELOG.md", "LICENSE", ...compiled]);
  const wrong = [
    ...files.filter((path) => !expected.delete(path)).map((path) => `${path} does not belong in the package`),
    ...[...expected].map((path) => `${path} is missing from the package`),
  ];
  if (wrong.length > 0) {
    throw new Failure(
      `the tarball has the wrong files:\n  ${wrong.join("\n  ")}\nAfter a source was removed, delete bridge/dist and build again.`,
    );
  }
}

/** The maps are not in the package. */
async function checkMapComments(installed) {
  for (const path of await readdir(installed, { recursive: true })) {
    if (!/\.(js|ts)$/.test(path)) continue;
    const code = await readFile(join(installed, path), "utf8");
    if (code.includes("sourceMappingURL")) throw new Failure(`${path} names a map that is not in the package`);
  }
}
