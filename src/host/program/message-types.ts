import { readFileSync } from "node:fs";
import { createFileRegistry, type DescField, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { describeMessage, type Label, type MessageType } from "../../tap/index.js";

/** Made by `npm run gen`; seen from `dist/src/host/program`. */
const descriptorSet = new URL("../../../../src/gen/descriptors.binpb", import.meta.url);

/**
 * A label that has enums by name: the values of ts-proto's messages are numbers, and only the contract has the names.
 */
export function labelWithEnums(): Label {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptorSet)));
  const types = new Map<DescMessage, MessageType>();
  const methods = new Map<string, { input: MessageType; output: MessageType } | undefined>();

  function typeOf(message: DescMessage): MessageType {
    const known = types.get(message);
    if (known) return known;
    const fields = new Map(message.fields.map((field): [string, DescField] => [field.localName, field]));
    const type: MessageType = {
      enumName: (name, value) => fields.get(name)?.enum?.value[value]?.localName,
      typeOf(name) {
        const inner = fields.get(name)?.message;
        return inner && typeOf(inner);
      },
    };
    types.set(message, type);
    return type;
  }

  function methodAt(path: string) {
    if (methods.has(path)) return methods.get(path);
    const [, service = "", name] = path.split("/");
    const found = registry.getService(service)?.methods.find((method) => method.name === name);
    const method = found && { input: typeOf(found.input), output: typeOf(found.output) };
    methods.set(path, method);
    return method;
  }

  return (path, direction, message) =>
    describeMessage(message, methodAt(path)?.[direction === "request" ? "input" : "output"]);
}
