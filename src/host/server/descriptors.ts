import { readFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/** Made by `npm run gen`: every contract and what it imports. Seen from `dist/src/host/server`. */
const descriptorSet = new URL("../../../../src/gen/descriptors.binpb", import.meta.url);

/** The contracts as a registry: files by name and by the symbols that they declare. */
export class Descriptors {
  readonly #files = new Map<string, FileDescriptorProto>();
  readonly #fileOfSymbol = new Map<string, string>();
  /** Extended type -> extension number -> file. */
  readonly #extensions = new Map<string, Map<number, string>>();

  /** @param files in any order, with everything that they import */
  constructor(files: readonly FileDescriptorProto[]) {
    for (const file of files) {
      this.#files.set(file.name, file);
      this.#index(file);
    }
  }

  /** Reads buf's descriptor set, once it is asked for. */
  static load(): Descriptors {
    return new Descriptors(fromBinary(FileDescriptorSetSchema, readFileSync(descriptorSet)).file);
  }

  /** The file and everything that it imports, itself first, each serialised; undefined if there is no such file. */
  file(name: string): Buffer[] | undefined {
    if (!this.#files.has(name)) return undefined;
    // A Set keeps the order in which names came in, and visits those that are added while it is walked.
    const names = new Set([name]);
    for (const each of names) for (const imported of this.#files.get(each)?.dependency ?? []) names.add(imported);
    return [...names].map((each) => {
      const file = this.#files.get(each) ?? create(FileDescriptorProtoSchema, { name: each });
      return Buffer.from(toBinary(FileDescriptorProtoSchema, file));
    });
  }

  /**
   * The name of the file that declares a symbol: a message, field, oneof, enum, enum value, service, method or
   * extension by its full name. A leading dot is allowed: that is how descriptors themselves refer to a symbol.
   */
  fileOfSymbol(symbol: string): string | undefined {
    return this.#fileOfSymbol.get(withoutDot(symbol));
  }

  /** The name of the file that declares the extension of that number. */
  fileOfExtension(type: string, number: number): string | undefined {
    return this.#extensions.get(withoutDot(type))?.get(number);
  }

  /** The numbers of all extensions of a message; undefined if there is no such message. */
  extensionNumbers(type: string): number[] | undefined {
    const numbers = this.#extensions.get(withoutDot(type));
    return numbers === undefined ? undefined : [...numbers.keys()].sort((a, b) => a - b);
  }

  #index(file: FileDescriptorProto): void {
    const add = (scope: string, name: string): string => {
      const symbol = scope === "" ? name : `${scope}.${name}`;
      this.#fileOfSymbol.set(symbol, file.name);
      return symbol;
    };
    const addExtensions = (scope: string, extensions: readonly FieldDescriptorProto[]) => {
      for (const { name, extendee, number } of extensions) {
        add(scope, name);
        this.#extensionsOf(withoutDot(extendee)).set(number, file.name);
      }
    };
    const addEnum = (scope: string, { name, value }: EnumDescriptorProto) => {
      add(scope, name);
      // The values of an enum are its siblings, as in C++: `pkg.SERVING`, not `pkg.ServingStatus.SERVING`.
      for (const each of value) add(scope, each.name);
    };
    const addMessage = (scope: string, message: DescriptorProto) => {
      const symbol = add(scope, message.name);
      this.#extensionsOf(symbol);
      for (const { name } of [...message.field, ...message.oneofDecl]) add(symbol, name);
      for (const each of message.enumType) addEnum(symbol, each);
      for (const each of message.nestedType) addMessage(symbol, each);
      addExtensions(symbol, message.extension);
    };

    for (const each of file.messageType) addMessage(file.package, each);
    for (const each of file.enumType) addEnum(file.package, each);
    addExtensions(file.package, file.extension);
    for (const service of file.service) {
      const symbol = add(file.package, service.name);
      for (const { name } of service.method) add(symbol, name);
    }
  }

  #extensionsOf(type: string): Map<number, string> {
    const known = this.#extensions.get(type) ?? new Map<number, string>();
    this.#extensions.set(type, known);
    return known;
  }
}

function withoutDot(symbol: string): string {
  return symbol.startsWith(".") ? symbol.slice(1) : symbol;
}
