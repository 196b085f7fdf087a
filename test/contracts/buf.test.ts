import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const released = join(root, "proto", "released", "contracts.binpb.gz");

/** Runs buf in a folder. Its launcher is a script of Node, so this works where `.bin` holds shell scripts. */
function buf(folder: string, ...args: string[]): { code: number | null; output: string } {
  const launcher = join(root, "node_modules", "@bufbuild", "buf", "bin", "buf");
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { code: status, output: stdout + stderr };
}

describe("the check of the contracts", () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "quartet-contracts-"));
    for (const module of ["proto", join("bench", "proto")]) {
      cpSync(join(root, module), join(copy, module), { recursive: true });
    }
    cpSync(join(root, "buf.yaml"), join(copy, "buf.yaml"));
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  /** Edits a contract of the copy. Without the check, a test whose edit finds nothing could not fail. */
  const edit = (contract: string, before: string, after: string) => {
    const file = join(copy, "proto", contract);
    const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
    expect(text).to.include(before);
    writeFileSync(file, text.replace(before, after));
  };
  const lint = () => buf(copy, "lint");
  const breaking = () => buf(copy, "breaking", "proto", "--against", released);

  it("accepts the contracts as they are", () => {
    expect(lint()).to.deep.equal({ code: 0, output: "" });
    expect(breaking()).to.deep.equal({ code: 0, output: "" });
  });

  it("accepts a new field, since old programs do not notice it", () => {
    edit("tutorials/helloworld.proto", "string message = 1;", "string message = 1;\n  string language = 2;");
    expect(breaking()).to.deep.equal({ code: 0, output: "" });
  });

  const breakages = [
    {
      title: "a field's type",
      contract: "tutorials/calculator.proto",
      before: "float value = 1;",
      after: "double value = 1;",
      says: /calculator\.proto:.*"value".*type.*"float".*"double"/,
    },
    {
      title: "a field's number",
      contract: "quartet/chat/v1/chat.proto",
      before: "string client_message_id = 1;",
      after: "string client_message_id = 9;",
      says: /chat\.proto:.*field "1".*"client_message_id".*deleted/,
    },
    {
      title: "a method's shape",
      contract: "quartet/vitals/v1/vitals.proto",
      before: "returns (stream WatchResponse)",
      after: "returns (WatchResponse)",
      says: /vitals\.proto:.*"Watch".*server (unary|streaming)/i,
    },
    {
      title: "a service's name",
      contract: "quartet/dialogue/v1/dialogue.proto",
      before: "service Dialogue {",
      after: "service Conversation {",
      says: /service "Dialogue" was deleted/,
    },
    {
      title: "a published contract of gRPC",
      contract: "grpc/health/v1/health.proto",
      before: "SERVING = 1;",
      after: "SERVING = 4;",
      says: /health\.proto:.*enum value "1"/,
    },
  ];
  it("refuses a changed type, number, shape of a method or name, and a changed contract of gRPC", () => {
    for (const { contract, before, after } of breakages) edit(contract, before, after);
    const { code, output } = breaking();
    expect(code).to.equal(100);
    for (const { title, says } of breakages) expect(output, title).to.match(says);
  });

  it("refuses a field without a comment", () => {
    edit("quartet/chat/v1/chat.proto", "string text = 2;", "string text = 2;\n  string mood = 3;");
    const { code, output } = lint();
    expect(code).to.equal(100);
    expect(output).to.match(/chat\.proto:.*"mood".*comment/);
  });
});
