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
// Without the packages of this repository and the links to them, which come from no registry.
const packages = new Map(
  Object.entries(lockfile.packages).filter(([path, { link }]) => path.startsWith("node_modules/") && !link),
);
const locked = (name: string) => packages.get(`node_modules/${name}`);

// Tools whose program is a binary, with one package for each platform. They are pinned to versions for which the
// registry had all packages: the newest version is not always complete.
const nativeTools = ["@biomejs/biome", "@bufbuild/buf", "typescript"];
const platforms = ["linux", "darwin", "win32"].flatMap((os) => ["x64", "arm64"].map((cpu) => ({ os, cpu })));

/** The packages that `tool` installs on a platform, by their `os` and `cpu`: buf's name for arm64 is aarch64. */
const platformPackages = (tool: string, { os, cpu }: { os: string; cpu: string }) =>
  Object.keys(locked(tool)?.optionalDependencies ?? {})
    .map(locked)
    .filter((entry) => entry?.os?.includes(os) && entry.cpu?.includes(cpu));

describe("package-lock.json", () => {
  it("holds no native tool that is not checked here", () => {
    const found = [...packages]
      .filter(([, entry]) => Object.keys(entry.optionalDependencies ?? {}).some((name) => locked(name)?.os))
      .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
    expect(found).to.have.members(nativeTools);
  });

  for (const tool of nativeTools) {
    it(`holds ${tool} for each platform, in the tool's own version`, () => {
      for (const platform of platforms) {
        const versions = platformPackages(tool, platform).map((entry) => entry?.version);
        expect(new Set(versions), `${platform.os} ${platform.cpu}`).to.deep.equal(new Set([locked(tool)?.version]));
      }
    });
  }

  // The address of a mirror in the lockfile would be the only one from which other people could install.
  it("has a hash for each package, and names no registry, so each machine uses its own", () => {
    for (const [path, { integrity, resolved }] of packages) {
      expect(integrity, path).to.match(/^sha512-/);
      expect(resolved, path).to.equal(undefined);
    }
  });
});
