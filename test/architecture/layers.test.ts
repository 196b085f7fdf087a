import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const grpcAndRx = /^(@grpc\/grpc-js|rxjs|node:(stream|events|util|diagnostics_channel))$/;

/**
 * What a folder of src, a room of the bridge, or bench, may import: other folders, and packages. An import only goes
 * down; see CONTRIBUTING.md.
 */
const rules: Record<string, { folders: string[]; packages: RegExp }> = {
  "bridge/errors": { folders: ["bridge/gen"], packages: grpcAndRx },
  "bridge/stream": { folders: ["bridge/errors"], packages: grpcAndRx },
  // These three never import each other: who calls needs no server, and a hub neither.
  "bridge/server": { folders: ["bridge/stream", "bridge/errors"], packages: grpcAndRx },
  "bridge/client": { folders: ["bridge/stream", "bridge/errors"], packages: grpcAndRx },
  "bridge/hub": { folders: ["bridge/stream", "bridge/errors"], packages: grpcAndRx },
  "bridge/testing": {
    folders: ["bridge/server", "bridge/client", "bridge/stream", "bridge/errors"],
    packages: grpcAndRx,
  },
  bridge: {
    folders: ["bridge/server", "bridge/client", "bridge/hub", "bridge/stream", "bridge/errors"],
    packages: /^@bufbuild\/protobuf$/,
  },
  tap: { folders: ["gen"], packages: /^(@grpc\/grpc-js|rxjs|string-width|node:crypto)$/ },
  host: {
    folders: ["tap", "gen"],
    packages:
      /^(@grpc\/grpc-js|quartet-bridge(\/hub)?|rxjs|commander|pino|pino-pretty|@bufbuild\/protobuf(\/wkt)?|node:.*)$/,
  },
  unary: { folders: ["host", "gen"], packages: /^(@grpc\/grpc-js|quartet-bridge(\/hub)?|rxjs|commander|node:.*)$/ },
  "server-streaming": {
    folders: ["host", "gen"],
    packages: /^(@grpc\/grpc-js|quartet-bridge(\/hub)?|rxjs|commander|log-update|picocolors|node:.*)$/,
  },
  "client-streaming": {
    folders: ["host", "gen"],
    packages: /^(@grpc\/grpc-js|quartet-bridge(\/hub)?|rxjs|commander|cli-progress|pretty-bytes|node:.*)$/,
  },
  bidirectional: {
    folders: ["host", "gen"],
    packages: /^(@grpc\/grpc-js|quartet-bridge(\/hub)?|rxjs|commander|picocolors|string-width|node:.*)$/,
  },
  demo: {
    folders: ["unary", "server-streaming", "client-streaming", "bidirectional", "host", "tap", "gen"],
    packages: /^(@grpc\/grpc-js|quartet-bridge(\/hub)?|commander|picocolors|node:.*)$/,
  },
  bench: {
    folders: ["host", "gen"],
    packages:
      /^(@grpc\/grpc-js|quartet-bridge(\/hub)?|rxjs|commander|picocolors|pino|chart\.js|cli-progress|markdown-table|string-width|node:.*)$/,
  },
  // The solutions and checks of the workshop use grpc-js and RxJS themselves: there one learns what the bridge does.
  exercises: {
    folders: ["tap", "gen"],
    packages:
      /^(@grpc\/grpc-js|rxjs|fflate|modern-tar|chai|cli-progress|commander|diff|marked|picocolors|pretty-bytes|string-width|wrap-ansi|node:.*|#harness)$/,
  },
  // A test that takes minutes: it runs the chat, and makes its random choices as the tests do.
  "bench/soak": {
    folders: ["bench", "bidirectional", "host", "gen", "bridge/test"],
    packages: /^(@grpc\/grpc-js|quartet-bridge(\/hub)?|rxjs|commander|picocolors|node:.*)$/,
  },
};

/** Rooms of a folder that build on each other: an import goes to the same room or to one before it. */
const rooms: Record<string, readonly string[]> = {
  tap: ["record", "merge", "draw"],
  "server-streaming": ["host-metrics", "watch-client"],
  "client-streaming": ["upload", "upload-client"],
  bidirectional: ["chat", "chat-client"],
};

/** The modules that a file imports, statically or by a literal `import()`. */
function importsOf(text: string): string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"]+)"/g;
  return [...text.matchAll(pattern)].map(([, module]) => module ?? "");
}

/** The folder below src, the room of the bridge, or bench as a whole but for the soak. */
function layerOf(file: string): string {
  const [first = "", second = "", room = ""] = file.split("/");
  if (first === "bridge") return room.endsWith(".ts") ? "bridge" : `bridge/${room}`;
  if (first === "bench" && second === "soak") return "bench/soak";
  return first === "src" ? second : first;
}

/** Why `file` may not import `module`; undefined where it may. */
function objection(file: string, module: string): string | undefined {
  const folder = layerOf(file.split(sep).join("/"));
  const rule = rules[folder];
  if (!rule) return `${folder} has no layer; give it one in this test and in CONTRIBUTING.md`;
  const isOurs = module.startsWith(".") || module.startsWith("#gen/");
  if (!isOurs) return rule.packages.test(module) ? undefined : `${file} may not import the package ${module}`;
  const target = module.startsWith("#gen/")
    ? `gen/${module.slice("#gen/".length)}`
    : relative(root, resolve(root, dirname(file), module))
        .split(sep)
        .join("/")
        .replace(/^(bridge\/)?src\//, "$1");
  const allowed = [folder, ...rule.folders].some((each) => target.startsWith(`${each}/`));
  const ordered = rooms[folder] ?? [];
  const [from, to] = [file.split(sep)[2], target.split("/")[1]].map((room = "") => ordered.indexOf(room));
  const isUpwards = target.startsWith(`${folder}/`) && from !== -1 && (to ?? -1) > (from ?? -1);
  return allowed && !isUpwards ? undefined : `${file} may not import ${target}`;
}

describe("the layers", () => {
  // The generated code is not ours, and the peers of the bench are a package of their own.
  const foreign = [join("src", "gen"), join("bridge", "src", "gen"), join("bench", "peers")];
  const files = ["src", "bench", "exercises", join("bridge", "src")]
    .flatMap((top) =>
      readdirSync(join(root, top), { recursive: true, encoding: "utf8" }).map((file) => join(top, file)),
    )
    // Emacs locks `client.ts` by a link `.#client.ts` that leads nowhere.
    .filter((file) => file.endsWith(".ts") && !basename(file).startsWith("."))
    .filter((file) => !foreign.some((folder) => file.startsWith(`${folder}${sep}`)));

  it("are kept by every import: none goes up, none goes sideways", () => {
    const objections = files.flatMap((file) =>
      importsOf(readFileSync(join(root, file), "utf8")).flatMap((module) => objection(file, module) ?? []),
    );
    expect(objections).to.deep.equal([]);
    expect(files.length).to.be.greaterThan(20);
  });

  it("are broken by an arrow that goes up or sideways, in any form of import", () => {
    const forbidden: [string, string][] = [
      ["bridge/src/index.ts", 'import { host } from "../../src/host/index.js";'],
      ["bridge/src/server/server.ts", 'import { pino } from "pino";'],
      ["bridge/src/server/server.ts", 'import { CalculatorService } from "#gen/tutorials/calculator.js";'],
      ["bridge/src/server/server.ts", 'import { caller } from "../client/caller.js";'],
      ["bridge/src/hub/hub.ts", 'import { implement } from "../server/implement.js";'],
      ["bridge/src/errors/status-error.ts", 'import { pump } from "../stream/send/pump.js";'],
      ["src/tap/index.ts", 'export { unary } from "../bridge/index.js";'],
      ["src/unary/server.ts", 'import "../bidirectional/chat/chat.js";'],
      ["src/tap/record/event.ts", 'import { mergeCalls } from "../merge/merge.js";'],
      ["src/bidirectional/chat/room.ts", 'import { ChatSession } from "../chat-client/session.js";'],
      ["src/host/index.ts", 'const { cases } = await import("../unary/client.js");'],
      ["src/demo/main.ts", 'import { run } from "../../bench/run.js";'],
      ["bench/works/index.ts", 'import { chat } from "../../src/bidirectional/chat/chat.js";'],
      ["src/helpers/index.ts", 'import { x } from "node:fs";'],
    ];
    for (const [file, text] of forbidden) {
      const objections = importsOf(text).map((module) => objection(file, module));
      expect(objections, `${file}: ${text}`).to.have.length(1).and.not.include(undefined);
    }
  });
});
