import type { MethodDefinition, Server, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { type Known, type MethodName, uncapitalized } from "../stream/definition.js";
import {
  type BidirectionalHandler,
  bidirectional,
  type ClientStreamingHandler,
  clientStreaming,
  type ServerStreamingHandler,
  serverStreaming,
  type UnaryHandler,
  unary,
} from "./server.js";
import type { CallContext } from "./server-call.js";

/**
 * The handler that a method of a service asks for, by its type: `Handler<typeof VitalsService.replay>`. It receives what
 * the method's deserializer returns, and returns what its serializer takes. See {@link UnaryHandler},
 * {@link ServerStreamingHandler}, {@link ClientStreamingHandler} and {@link BidirectionalHandler}.
 */
export type Handler<Method> = Method extends {
  requestStream: infer RequestStream;
  responseStream: infer ResponseStream;
  requestDeserialize(bytes: Buffer): infer Req;
  responseSerialize(response: infer Res): Buffer;
}
  ? RequestStream extends true
    ? ResponseStream extends true
      ? BidirectionalHandler<Known<Req>, Known<Res>>
      : ClientStreamingHandler<Known<Req>, Known<Res>>
    : ResponseStream extends true
      ? ServerStreamingHandler<Known<Req>, Known<Res>>
      : UnaryHandler<Known<Req>, Known<Res>>
  : never;

/** A handler of a service whose definition has no types: it says itself what it takes. */
export type UntypedHandler = (request: never, call: CallContext) => unknown;

/**
 * The handlers of a service, one for each of its methods, under the names of its definition. Where those are
 * capitalized, as proto-loader keeps them, `squareRoot` will do for `SquareRoot`, for all of them alike.
 */
export type Handlers<Service> = [MethodName<Service>] extends [never]
  ? { readonly [name: string]: UntypedHandler }
  : [MethodName<Service>] extends [Uncapitalize<MethodName<Service>>]
    ? { readonly [Name in MethodName<Service>]: Handler<Service[Name]> }
    :
        | { readonly [Name in MethodName<Service>]: Handler<Service[Name]> }
        | { readonly [Name in MethodName<Service> as Uncapitalize<Name>]: Handler<Service[Name]> };

/** A service with its handlers, for a server of grpc-js. */
export interface BridgedService<Service extends ServiceDefinition = ServiceDefinition> {
  /** The definition that was implemented, which clients of the service use. */
  readonly service: Service;
  /**
   * What to register {@link implementation} under. It takes responses that are serialized already; under `service` the
   * handlers work too, but grpc-js serializes a response only when it sends it, which law L21 rules out.
   */
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
  /**
   * Registers the service.
   * @returns the server
   * @throws Error if the server has one of the methods already
   */
  addTo<S extends Pick<Server, "addService">>(server: S): S;
}

/**
 * Implements a service, given as the definition that ts-proto generated, by functions that know nothing of streams and
 * callbacks. A handler that is missing, misspelled or of another type does not compile. An instance of a class will do.
 *
 *     implement(CalculatorService, {
 *       squareRoot: ({ value }) => ({ value: Math.sqrt(value) }),
 *     }).addTo(server);
 *
 * @throws TypeError that names the methods without a handler, and the handlers without a method
 */
export function implement<Service extends ServiceDefinition>(
  service: Service,
  handlers: Handlers<Service>,
): BridgedService<Service> {
  const given = handlers as { readonly [name: string]: unknown };
  const found = Object.entries(service).map(([name, method]) => ({ name, method, key: keyOf(given, name, method) }));
  checkNames(given, found);
  const methods = found.map(({ name, method, key = name }) => {
    const handler = given[key] as CallableFunction;
    return [name, bridged(method, handler.bind(handlers))] as const;
  });
  const definition = Object.fromEntries(methods.map(([name, each]) => [name, each.definition]));
  const implementation = Object.fromEntries(methods.map(([name, { handler }]) => [name, handler]));
  return {
    service,
    definition,
    implementation,
    addTo(server) {
      server.addService(definition, implementation);
      return server;
    },
  };
}

/** Under which name the handler of a method was given; undefined where it was not. */
function keyOf(given: { readonly [name: string]: unknown }, name: string, { originalName }: { originalName?: string }) {
  const names = [name, uncapitalized(name), ...(originalName === undefined ? [] : [originalName])];
  return names.find((each) => typeof given[each] === "function");
}

function checkNames(
  given: object,
  found: readonly { readonly name: string; readonly key: string | undefined }[],
): void {
  const missing = found.flatMap(({ name, key }) => (key === undefined ? [name] : []));
  const keys = new Set(found.map(({ key }) => key));
  // An instance of a class may have fields of its own.
  const isLiteral = [Object.prototype, null].includes(Object.getPrototypeOf(given));
  const unknown = isLiteral ? Object.keys(given).filter((name) => !keys.has(name)) : [];
  const complaints = [
    ...(missing.length > 0 ? [`no handler is given for ${missing.join(", ")}`] : []),
    ...(unknown.length > 0 ? [`the service has no method ${unknown.join(", ")}`] : []),
  ];
  if (complaints.length > 0) {
    const names = found.map(({ name }) => name).join(", ");
    throw new TypeError(`${complaints.join(", and ")}; its methods are ${names}`);
  }
}

function bridged(method: MethodDefinition<unknown, unknown>, handler: unknown) {
  if (method.requestStream) {
    return method.responseStream
      ? bidirectional(method, handler as BidirectionalHandler<unknown, unknown>)
      : clientStreaming(method, handler as ClientStreamingHandler<unknown, unknown>);
  }
  return method.responseStream
    ? serverStreaming(method, handler as ServerStreamingHandler<unknown, unknown>)
    : unary(method, handler as UnaryHandler<unknown, unknown>);
}
