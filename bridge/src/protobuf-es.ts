import {
  create,
  type DescMessage,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";

/** A method of a service that protoc-gen-es generated, as a definition for grpc-js and the bridge. */
export interface MethodOfDescriptor<Input extends DescMessage, Output extends DescMessage, Kind extends string> {
  readonly path: string;
  readonly requestStream: Kind extends "client_streaming" | "bidi_streaming" ? true : false;
  readonly responseStream: Kind extends "server_streaming" | "bidi_streaming" ? true : false;
  requestSerialize(request: MessageInitShape<Input>): Buffer;
  requestDeserialize(bytes: Buffer): MessageShape<Input>;
  responseSerialize(response: MessageInitShape<Output>): Buffer;
  responseDeserialize(bytes: Buffer): MessageShape<Output>;
}

/** The definition of a service that protoc-gen-es generated; the names of its methods are in lower camel case. */
export type DefinitionOfDescriptor<Service extends Pick<DescService, "method">> = {
  readonly [Name in keyof Service["method"] & string]: Service["method"][Name] extends {
    input: infer Input extends DescMessage;
    output: infer Output extends DescMessage;
    methodKind: infer Kind extends string;
  }
    ? MethodOfDescriptor<Input, Output, Kind>
    : never;
};

/**
 * The definition of a service that protoc-gen-es (protobuf-es v2) generated, for both `implement` and `caller`. You may
 * send an object literal without `create` of protobuf-es; you receive a message.
 *
 *     const CalculatorService = serviceDefinition(Calculator);
 *     implement(CalculatorService, { squareRoot: ({ value }) => ({ value: Math.sqrt(value) }) }).addTo(server);
 */
export function serviceDefinition<Service extends Pick<DescService, "typeName" | "methods" | "method">>({
  typeName,
  methods,
}: Service): DefinitionOfDescriptor<Service> {
  const definitions = methods.map(({ name, localName, input, output, methodKind }) => [
    localName,
    {
      path: `/${typeName}/${name}`,
      requestStream: methodKind === "client_streaming" || methodKind === "bidi_streaming",
      responseStream: methodKind === "server_streaming" || methodKind === "bidi_streaming",
      requestSerialize: serializer(input),
      requestDeserialize: deserializer(input),
      responseSerialize: serializer(output),
      responseDeserialize: deserializer(output),
    },
  ]);
  return Object.fromEntries(definitions) as DefinitionOfDescriptor<Service>;
}

function serializer<Schema extends DescMessage>(schema: Schema): (message: MessageInitShape<Schema>) => Buffer {
  // `create` returns a message unchanged.
  return (message) => Buffer.from(toBinary(schema, create(schema, message)));
}

function deserializer<Schema extends DescMessage>(schema: Schema): (bytes: Buffer) => MessageShape<Schema> {
  // Fields of bytes are views of the input. They must be Uint8Arrays, whose `slice` copies; that of a Buffer does not.
  return ({ buffer, byteOffset, length }) => fromBinary(schema, new Uint8Array(buffer, byteOffset, length));
}
