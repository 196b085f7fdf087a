import { type DescFile, type DescMessage, toBinary } from "@bufbuild/protobuf";
import { type DescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { contractRegistry } from "../program/contract-registry.js";

/** Answers the questions of reflection about the contracts, from buf's descriptor set. */
export class Descriptors {
  readonly #registry = contractRegistry();

  file(name: string): DescFile | undefined {
    return this.#registry.getFile(name);
  }

  /**
   * The file that declares a symbol: the full name of a message, field, oneof, enum, enum value, service, method or
   * extension. A leading dot is allowed, because descriptors write it.
   */
  fileOfSymbol(symbol: string): DescFile | undefined {
    const name = withoutDot(symbol);
    return this.#registry.get(name)?.file ?? this.#fileOfMember(name);
  }

  /** The file that declares the extension with that number. */
  fileOfExtension(type: string, number: number): DescFile | undefined {
    const message = this.#message(type);
    return message && this.#registry.getExtensionFor(message, number)?.file;
  }

  /** The numbers of a message's extensions; undefined if there is no such message. */
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

  /** The registry has only types. A field, method or enum value has a name inside its type. */
  #fileOfMember(symbol: string): DescFile | undefined {
    for (const type of this.#registry) {
      if (type.kind === "message") {
        if (membersOf(type.proto).some((name) => `${type.typeName}.${name}` === symbol)) return type.file;
      } else if (type.kind === "service") {
        if (type.methods.some(({ name }) => `${type.typeName}.${name}` === symbol)) return type.file;
      } else if (type.kind === "enum") {
        // Enum values are siblings of their enum, as in C++: `pkg.SERVING`, not `pkg.ServingStatus.SERVING`.
        const scope = type.typeName.slice(0, -type.name.length);
        if (type.values.some(({ name }) => `${scope}${name}` === symbol)) return type.file;
      }
    }
    return undefined;
  }
}

/** The registry leaves out the nested messages of map entries. */
function membersOf({ field, oneofDecl, nestedType }: DescriptorProto): string[] {
  const entries = nestedType.filter(({ options }) => options?.mapEntry);
  return [
    ...[...field, ...oneofDecl, ...entries].map(({ name }) => name),
    ...entries.flatMap((entry) => entry.field.map(({ name }) => `${entry.name}.${name}`)),
  ];
}

/** A file and everything that it imports, itself first, each serialized. */
export function withImports(file: DescFile): Buffer[] {
  // A Set keeps the order of insertion, and a loop over it visits items that are added meanwhile.
  const files = new Set([file]);
  for (const each of files) for (const imported of each.dependencies) files.add(imported);
  return [...files].map(({ proto }) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
}

function withoutDot(symbol: string): string {
  return symbol.startsWith(".") ? symbol.slice(1) : symbol;
}
