// The tools that are programs of the platform. npm installs a package for each, and silently skips a package that it
// cannot find or was told to omit.
const fs = require("node:fs");
const path = require("node:path");

/**
 * The packages that a folder's node_modules lacks for a platform, according to its package-lock.json.
 *
 * @param {string} folder
 * @param {{ os: string, cpu: string }} platform with npm's names
 * @returns {{ missing: string[], foreign: boolean }} the packages; whether those of another platform are there instead
 */
function nativeTools(folder, platform) {
  const { packages } = JSON.parse(fs.readFileSync(path.join(folder, "package-lock.json"), "utf8"));
  const lockedPackage = (name) => packages[`node_modules/${name}`];
  const isThere = (name) => fs.existsSync(path.join(folder, "node_modules", name));
  const missing = [];
  let foreign = false;
  for (const tool of Object.keys(packages)) {
    const variants = Object.keys(packages[tool].optionalDependencies || {}).filter(
      (name) => lockedPackage(name) !== undefined && lockedPackage(name).os !== undefined,
    );
    const suitable = variants.filter((name) => {
      const { os, cpu } = lockedPackage(name);
      return os.includes(platform.os) && (!cpu || cpu.includes(platform.cpu));
    });
    // npm installs one of two, for glibc or musl.
    if (suitable.length === 0 || suitable.some(isThere)) continue;
    missing.push(suitable[0]);
    if (variants.some(isThere)) foreign = true;
  }
  return { missing, foreign };
}

module.exports = { nativeTools };
