/** A kind of machine, in npm's words for it. */
export interface Platform {
  readonly os: "linux" | "darwin" | "win32";
  readonly cpu: "x64" | "arm64";
}

/** Those for which every native tool of the suite is in the registry; test/toolchain/lockfile.test.ts holds us to it. */
export const platforms: readonly Platform[] = (["linux", "darwin", "win32"] as const).flatMap((os) =>
  (["x64", "arm64"] as const).map((cpu) => ({ os, cpu })),
);

/** `linux-x64`. */
export const nameOf = ({ os, cpu }: Platform): string => `${os}-${cpu}`;

/** The platform with this name; undefined where there is none. */
export function platformNamed(name: string): Platform | undefined {
  return platforms.find((platform) => nameOf(platform) === name);
}

/** That of this machine; undefined where it is none of those that there are archives for. */
export function ownPlatform(): Platform | undefined {
  return platformNamed(`${process.platform}-${process.arch}`);
}
