import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

/**
 * The names of the methods of a service that its type knows. `ServiceDefinition` of grpc-js, which the types of
 * proto-loader and of grpc_tools_node_protoc_ts extend, has an index signature, and with that any name would do.
 */
export type MethodName<Service> = keyof {
  [Name in keyof Service as string extends Name ? never : number extends Name ? never : Name]: never;
} &
  string;

/** `T`, and `unknown` for `any`: a definition without types makes nothing pass that was never looked at. */
export type Known<T> = 0 extends 1 & T ? unknown : T;

/**
 * The methods of a service by their names.
 *
 * @throws TypeError for what is no definition of a service
 */
export function methodsOf(service: ServiceDefinition): [name: string, method: MethodDefinition<unknown, unknown>][] {
  const methods = Object.entries(service ?? {});
  // The client class that ts-proto and grpc-js make has `service`, which is the definition.
  if (methods.length === 0 || !methods.every(([, method]) => typeof method?.path === "string")) {
    throw new TypeError(
      "this is not the definition of a service: pass one such as CalculatorService, not its client class",
    );
  }
  return methods;
}

/** `name` as proto-loader and a handler in TypeScript may write it as well: `squareRoot` for `SquareRoot`. */
export function uncapitalized(name: string): string {
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

/**
 * The definition of a service that proto-loader has loaded, with all that its generated types know of it:
 *
 *     const { Prices } = loadPackageDefinition(loadSync("prices.proto")) as unknown as ProtoGrpcType;
 *     const PricesService = Prices.service as ProtoLoaderService<PricesDefinition, PricesHandlers>;
 *
 * proto-loader-gen-types says in `PricesDefinition` which messages a method has, and only in `PricesHandlers` whether it
 * streams them.
 */
export type ProtoLoaderService<Definition, Handlers> = {
  readonly [Name in MethodName<Definition>]: Omit<Definition[Name], "requestStream" | "responseStream"> &
    (Name extends keyof Handlers ? Streams<Handlers[Name]> : never);
};

/** What a handler of grpc-js's own types says about the streams of its method. */
type Streams<RawHandler> = RawHandler extends (call: infer Call) => void
  ? { readonly requestStream: IsStream<Call>; readonly responseStream: true }
  : // With a callback for the one response.
    RawHandler extends (call: infer Call, callback: infer _Callback) => void
    ? { readonly requestStream: IsStream<Call>; readonly responseStream: false }
    : never;

type IsStream<Call> = Call extends AsyncIterable<unknown> ? true : false;
