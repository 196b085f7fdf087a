// The tools that are programs of the platform: npm installs a package for each, and leaves out in silence what it cannot
// find or was told to omit.
const fs = require("node:fs");
const path = require("node:path");

/**
 * What is missing for a platform in a folder with a package-lock.json and its node_modules.
 *
 * @param {string} folder
 * @param {{ os: string, cpu: string }} platform in npm's words
 * @returns {{ missing: string[], foreign: boolean }} the packages; whether those of another platform are there in their place
 */
function nativeTools(folder, platform) {
  const { packages } = JSON.parse(fs.readFileSync(path.join(folder, "package-lock.json"), "utf8"));
  const named = (name) => packages[`node_modules/${name}`];
  const isThere = (name) => fs.existsSync(path.join(folder, "node_modules", name));
  const missing = [];
  let foreign = false;
  for (const tool of Object.keys(packages)) {
    const variants = Object.keys(packages[tool].optionalDependencies || {}).filter(
      (name) => named(name) !== undefined && named(name).os !== undefined,
    );
    const ours = variants.filter((name) => {
      const { os, cpu } = named(name);
      return os.includes(platform.os) && (!cpu || cpu.includes(platform.cpu));
    });
    // Of two, for two C libraries, npm installs one.
    if (ours.length === 0 || ours.some(isThere)) continue;
    missing.push(ours[0]);
    if (variants.some(isThere)) foreign = true;
  }
  return { missing, foreign };
}

module.exports = { nativeTools };
