import { readFileSync } from "node:fs";
import { createFileRegistry, type DescFile, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type DescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** Made by `npm run gen`: every contract and what it imports. Seen from `dist/src/host/server`. */
const descriptorSet = new URL("../../../../src/gen/descriptors.binpb", import.meta.url);

/** Answers what reflection asks about the contracts. It reads buf's descriptor set when it is made. */
export class Descriptors {
  readonly #registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptorSet)));

  file(name: string): DescFile | undefined {
    return this.#registry.getFile(name);
  }

  /**
   * The file that declares a symbol: a message, field, oneof, enum, enum value, service, method or extension by its
   * full name. A leading dot is allowed: that is how descriptors themselves refer to a symbol.
   */
  fileOfSymbol(symbol: string): DescFile | undefined {
    const name = withoutDot(symbol);
    return this.#registry.get(name)?.file ?? this.#fileOfMember(name);
  }

  /** The file that declares the extension of that number. */
  fileOfExtension(type: string, number: number): DescFile | undefined {
    const message = this.#message(type);
    return message && this.#registry.getExtensionFor(message, number)?.file;
  }

  /** The numbers of all extensions of a message; undefined if there is no such message. */
  extensionNumbers(type: string): number[] | undefined {
    const message = this.#message(type);
    if (!message) return undefined;
    return [...this.#registry]
      .flatMap((each) => (each.kind === "extension" && each.extendee === message ? [each.number] : []))
      .sort((a, b) => a - b);
  }

  #message(type: string): DescMessage | undefined {
    return this.#registry.getMessage(withoutDot(type));
  }

  /** The registry knows types. Fields, methods and enum values have a name within one. */
  #fileOfMember(symbol: string): DescFile | undefined {
    for (const type of this.#registry) {
      if (type.kind === "message") {
        if (membersOf(type.proto).some((name) => `${type.typeName}.${name}` === symbol)) return type.file;
      } else if (type.kind === "service") {
        if (type.methods.some(({ name }) => `${type.typeName}.${name}` === symbol)) return type.file;
      } else if (type.kind === "enum") {
        // The values of an enum are its siblings, as in C++: `pkg.SERVING`, not `pkg.ServingStatus.SERVING`.
        const scope = type.typeName.slice(0, -type.name.length);
        if (type.values.some(({ name }) => `${scope}${name}` === symbol)) return type.file;
      }
    }
    return undefined;
  }
}

/** The entries of a map are a nested message that the registry leaves out. */
function membersOf({ field, oneofDecl, nestedType }: DescriptorProto): string[] {
  const entries = nestedType.filter(({ options }) => options?.mapEntry);
  return [
    ...[...field, ...oneofDecl, ...entries].map(({ name }) => name),
    ...entries.flatMap((entry) => entry.field.map(({ name }) => `${entry.name}.${name}`)),
  ];
}

/** A file and everything that it imports, itself first, each serialized. */
export function withImports(file: DescFile): Buffer[] {
  // A Set keeps the order in which files came in, and visits those that are added while it is walked.
  const files = new Set([file]);
  for (const each of files) for (const imported of each.dependencies) files.add(imported);
  return [...files].map(({ proto }) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
}

function withoutDot(symbol: string): string {
  return symbol.startsWith(".") ? symbol.slice(1) : symbol;
}
