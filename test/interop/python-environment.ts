import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Seen from `dist/test/interop`. */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const programs = join(root, "test", "interop", "python");
/** The usual folder of the environment. */
const usual = join(root, ".interop");
const oldest = [3, 9];

/** Says what is missing on this machine, to a person who wants to run Python's programs. */
export class NotHere extends Error {}

/** Python with gRPC, in a folder of its own. */
export interface PythonEnvironment {
  readonly python: string;
  /** The file of a program. */
  program(name: string): string;
  /** What the programs need in their environment. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Makes the environment if it is missing or its requirements have changed, and generates Python's code.
 *
 * @throws NotHere if there is no Python, or no network to fetch its packages
 */
export function pythonEnvironment(say: (text: string) => void, folder = usual): PythonEnvironment {
  const modules = join(folder, "modules");
  const python = join(
    folder,
    "venv",
    ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]),
  );
  const requirements = join(programs, "requirements.txt");
  const stamp = join(folder, "requirements.txt");
  const wanted = readFileSync(requirements, "utf8");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    const system = pythonOfTheSystem();
    say(`installing Python's gRPC into ${folder} …`);
    rmSync(folder, { recursive: true, force: true });
    run(system, ["-m", "venv", join(folder, "venv")], "Python cannot make an environment (on Debian: python3-venv)");
    run(
      python,
      ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements],
      "Python's gRPC cannot be installed: is there a network?",
    );
    writeFileSync(stamp, wanted);
  }
  generate(python, modules);
  return {
    python,
    program: (name) => join(programs, name),
    env: {
      ...process.env,
      PYTHONPATH: [modules, join(programs, "tutorials")].join(process.platform === "win32" ? ";" : ":"),
    },
  };
}

/** Puts the modules of the tutorials' four contracts beside each other, without a package, as the tutorials do. */
function generate(python: string, modules: string): void {
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(modules);
  const proto = join(root, "proto");
  const out = [`--python_out=${modules}`, `--grpc_python_out=${modules}`];
  for (const from of [join(proto, "tutorials"), proto]) {
    const below = from === proto ? join(proto, "quartet") : from;
    const files = readdirSync(below, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".proto"))
      .map((file) => join(below, file));
    run(python, ["-m", "grpc_tools.protoc", `-I${from}`, ...out, ...files], "Python's code cannot be generated");
  }
}

function pythonOfTheSystem(): string {
  for (const name of ["python3", "python"]) {
    const { stdout } = spawnSync(name, ["-c", "import sys; print(*sys.version_info[:2])"], { encoding: "utf8" });
    const [major = 0, minor = 0] = (stdout ?? "").trim().split(" ").map(Number);
    if (major === oldest[0] && minor >= (oldest[1] ?? 0)) return name;
  }
  throw new NotHere(`there is no Python ${oldest.join(".")} or later on this machine: install it, and try again`);
}

function run(command: string, args: readonly string[], otherwise: string): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new NotHere(`${otherwise}\n${stderr ?? ""}`.trimEnd());
}
