import { readFileSync } from "node:fs";
import { createFileRegistry, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** Made by `npm run gen`: every contract and its imports. The path is relative to `dist/src/host/program`. */
const descriptorSet = new URL("../../../../src/gen/descriptors.binpb", import.meta.url);

/** Reads the descriptors of all contracts. It takes a third of a server's start, so call it only when they are needed. */
export function contractRegistry(): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptorSet)));
}
