/** A kind of machine, with npm's names. */
export interface Platform {
  readonly os: "linux" | "darwin" | "win32";
  readonly cpu: "x64" | "arm64";
}

/** The platforms for which the registry has every native tool. test/toolchain/lockfile.test.ts checks that. */
export const platforms: readonly Platform[] = (["linux", "darwin", "win32"] as const).flatMap((os) =>
  (["x64", "arm64"] as const).map((cpu) => ({ os, cpu })),
);

/** `linux-x64`. */
export const nameOf = ({ os, cpu }: Platform): string => `${os}-${cpu}`;

/** The platform with this name; undefined if there is none. */
export function platformNamed(name: string): Platform | undefined {
  return platforms.find((platform) => nameOf(platform) === name);
}

/** The platform of this machine; undefined if there are no archives for it. */
export function ownPlatform(): Platform | undefined {
  return platformNamed(`${process.platform}-${process.arch}`);
}
