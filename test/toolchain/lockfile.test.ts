import { readFileSync } from "node:fs";
import { expect } from "chai";

// The parts of package-lock.json that matter here; https://docs.npmjs.com/cli/configuring-npm/package-lock-json
interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  /** Into a workspace of this repository. */
  readonly link?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lockfile: { packages: Record<string, LockedPackage> } = JSON.parse(
  readFileSync(new URL("../../../package-lock.json", import.meta.url), "utf8"),
);
// Those of this repository, and the links to them, come from no registry.
const packages = new Map(
  Object.entries(lockfile.packages).filter(([path, { link }]) => path.startsWith("node_modules/") && !link),
);
const locked = (name: string) => packages.get(`node_modules/${name}`);

// Tools whose program is a binary, one package for each platform. They are pinned to versions for which every package
// was in the registry: the newest of a tool is not always complete.
const nativeTools = ["@biomejs/biome", "@bufbuild/buf", "typescript"];
const platforms = ["linux", "darwin", "win32"].flatMap((os) => ["x64", "arm64"].map((cpu) => ({ os, cpu })));

/** The packages that `tool` installs on a platform, by what they say of themselves: buf's name for arm64 is aarch64. */
const platformPackages = (tool: string, { os, cpu }: { os: string; cpu: string }) =>
  Object.keys(locked(tool)?.optionalDependencies ?? {})
    .map(locked)
    .filter((entry) => entry?.os?.includes(os) && entry.cpu?.includes(cpu));

describe("package-lock.json", () => {
  it("holds no other native tool than those that are checked here", () => {
    const found = [...packages]
      .filter(([, entry]) => Object.keys(entry.optionalDependencies ?? {}).some((name) => locked(name)?.os))
      .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
    expect(found).to.have.members(nativeTools);
  });

  for (const tool of nativeTools) {
    for (const platform of platforms) {
      it(`holds ${tool} for ${platform.os} ${platform.cpu}, in the tool's own version and with its hash`, () => {
        const found = platformPackages(tool, platform);
        expect(found).to.not.be.empty;
        for (const entry of found) {
          expect(entry?.version).to.equal(locked(tool)?.version);
          expect(entry?.integrity).to.match(/^sha512-/);
        }
      });
    }
  }

  it("has a hash for every package", () => {
    const without = [...packages].filter(([, entry]) => !entry.integrity).map(([path]) => path);
    expect(without).to.be.empty;
  });

  // A mirror's address in the lockfile would be the only place from which anybody else could install.
  it("names no registry, so that each machine uses its own", () => {
    const resolved = [...packages].filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path);
    expect(resolved).to.be.empty;
  });
});
