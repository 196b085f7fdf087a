import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { describeMessage, type Label, type MessageType } from "../../tap/index.js";
import { contractRegistry } from "./contract-registry.js";

/**
 * A label that has enums by name: the values of ts-proto's messages are numbers, and only the contract has the names.
 */
export function labelWithEnums(): Label {
  const registry = contractRegistry();
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
