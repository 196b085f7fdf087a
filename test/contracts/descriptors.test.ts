import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";

const { file: files } = fromBinary(
  FileDescriptorSetSchema,
  readFileSync(new URL("../../../src/gen/descriptors.binpb", import.meta.url)),
);

// Reflection answers from this set, so grpcurl finds only what is in it.
describe("the descriptor set", () => {
  it("holds every file that a file of it imports, before that file", () => {
    const seen = new Set<string>();
    for (const file of files) {
      for (const imported of file.dependency) expect(seen).to.include(imported);
      seen.add(file.name);
    }
    expect(seen).to.include("google/protobuf/timestamp.proto");
  });

  // ts-proto exports a nested type with its parent's name and an underscore, so it hides nothing.
  it("has no message or enum of ours with the name of a JavaScript global", () => {
    const ours = files.filter((file) => file.package.startsWith("quartet."));
    const names = ours.flatMap((file) => [...file.messageType, ...file.enumType]).map((type) => type.name);
    expect(names).to.include("RoomEvent");
    expect(names.filter((name) => name in globalThis)).to.be.empty;
  });
});
