import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

/**
 * The names of the methods in the type of a service. The types of proto-loader and of grpc_tools_node_protoc_ts extend
 * grpc-js's `ServiceDefinition`, whose index signature would allow any name.
 */
export type MethodName<Service> = keyof {
  [Name in keyof Service as string extends Name ? never : number extends Name ? never : Name]: never;
} &
  string;

/** A method of the service; `unknown` if the type of the service names no methods. */
export type AnyMethod<Service> = [MethodName<Service>] extends [never] ? unknown : Service[MethodName<Service>];

/** `T`, but `unknown` for `any`, so that a definition without types does not disable type checks. */
export type Known<T> = 0 extends 1 & T ? unknown : T;

/**
 * The methods of a service by their names.
 *
 * @throws TypeError if `service` is not the definition of a service
 */
export function methodsOf(service: ServiceDefinition): [name: string, method: MethodDefinition<unknown, unknown>][] {
  const methods = Object.entries(service ?? {});
  // The client class of ts-proto and grpc-js has the definition as `service`.
  if (methods.length === 0 || !methods.every(([, method]) => typeof method?.path === "string")) {
    throw new TypeError(
      "this is not the definition of a service: pass one such as CalculatorService, not its client class",
    );
  }
  return methods;
}

/** The names that a method has for handlers and middleware: its own, and each alias that is no other method's name. */
export function namesOf(
  name: string,
  { originalName = name }: MethodDefinition<unknown, unknown>,
  all: readonly string[],
): string[] {
  return [name, ...[uncapitalized(name), originalName].filter((alias) => !all.includes(alias))];
}

/** The other spelling of `name` that a handler or a client may use: `squareRoot` for `SquareRoot`. */
export function uncapitalized(name: string): string {
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

/**
 * The definition of a service that you loaded with proto-loader, with the generated types:
 *
 *     const { Prices } = loadPackageDefinition(loadSync("prices.proto")) as unknown as ProtoGrpcType;
 *     const PricesService = Prices.service as ProtoLoaderService<PricesDefinition, PricesHandlers>;
 *
 * In the code of proto-loader-gen-types, `PricesDefinition` has the messages of each method, and only `PricesHandlers`
 * says whether the method streams them.
 */
export type ProtoLoaderService<Definition, Handlers> = {
  readonly [Name in MethodName<Definition>]: Omit<Definition[Name], "requestStream" | "responseStream"> &
    (Name extends keyof Handlers ? Streams<Handlers[Name]> : never);
};

/** What the grpc-js type of a handler says about the streams of its method. */
type Streams<RawHandler> = RawHandler extends (call: infer Call) => void
  ? { readonly requestStream: IsStream<Call>; readonly responseStream: true }
  : // A handler with a callback sends one response.
    RawHandler extends (call: infer Call, callback: infer _Callback) => void
    ? { readonly requestStream: IsStream<Call>; readonly responseStream: false }
    : never;

type IsStream<Call> = Call extends AsyncIterable<unknown> ? true : false;
