import type { MethodDefinition, Server, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { type Known, type MethodName, methodsOf, namesOf } from "../stream/definition.js";
import { middlewareOf } from "../stream/middleware.js";
import type { CallContext } from "./call-context.js";
import {
  type AnyHandler,
  type BidirectionalHandler,
  type ClientStreamingHandler,
  grpcHandler,
  type ServerStreamingHandler,
  type UnaryHandler,
} from "./handler.js";
import type { ContextAfter, Ordered, ServerMiddleware, ServerMiddlewareEntry } from "./middleware.js";
import { sendingEncoded } from "./server.js";

/**
 * The type of a method's handler: `Handler<typeof VitalsService.replay>`. The handler receives what the method's
 * deserializer returns, and returns what its serializer takes. `Call` is the type of its context after the middleware.
 * See {@link UnaryHandler}, {@link ServerStreamingHandler}, {@link ClientStreamingHandler} and
 * {@link BidirectionalHandler}.
 */
export type Handler<Method, Call = CallContext> = Method extends {
  requestStream: infer RequestStream;
  responseStream: infer ResponseStream;
  requestDeserialize(bytes: Buffer): infer Req;
  responseSerialize(response: infer Res): Buffer;
}
  ? RequestStream extends true
    ? ResponseStream extends true
      ? BidirectionalHandler<Known<Req>, Known<Res>, Call>
      : ClientStreamingHandler<Known<Req>, Known<Res>, Call>
    : ResponseStream extends true
      ? ServerStreamingHandler<Known<Req>, Known<Res>, Call>
      : UnaryHandler<Known<Req>, Known<Res>, Call>
  : never;

/** A handler of a service without types: declare the types of its parameters. */
export type UntypedHandler<Call = CallContext> = (request: never, call: Call) => unknown;

/**
 * The handlers of a service, one per method, under the names of its definition. proto-loader keeps the capitalized
 * names of the contract: you may write `squareRoot` for `SquareRoot`, if you do so for all handlers. `List` is the type
 * of the list of middleware, whose values the handlers see.
 */
export type Handlers<Service, List = readonly []> = [MethodName<Service>] extends [never]
  ? { readonly [name: string]: UntypedHandler<ContextAfter<List, string>> }
  : [MethodName<Service>] extends [Uncapitalize<MethodName<Service>>]
    ? { readonly [Name in MethodName<Service>]: Handler<Service[Name], ContextAfter<List, Name>> }
    :
        | { readonly [Name in MethodName<Service>]: Handler<Service[Name], ContextAfter<List, Name>> }
        | {
            readonly [Name in MethodName<Service> as Uncapitalize<Name>]: Handler<
              Service[Name],
              ContextAfter<List, Name>
            >;
          };

/** A service with its handlers, for a grpc-js server. */
export interface BridgedService<Service extends ServiceDefinition = ServiceDefinition> {
  /** The definition that was implemented. Clients of the service use the same one. */
  readonly definition: Service;
  /**
   * Registers the service.
   * @returns the server
   * @throws Error if the server already has one of the methods
   */
  addTo<S extends Pick<Server, "addService">>(server: S): S;
  /**
   * The handlers for a framework that registers them itself, under {@link definition}. grpc-js then serializes a
   * response when it sends it. So law L21 does not hold, and the write window does not apply, because it cannot measure
   * the response.
   */
  readonly implementation: UntypedServiceImplementation;
}

/**
 * Implements the service of a generated definition with functions that need no grpc-js streams or callbacks. A handler
 * that is missing, misspelled or of the wrong type does not compile. `handlers` may be a class instance.
 *
 *     implement(CalculatorService, {
 *       squareRoot: ({ value }) => ({ value: Math.sqrt(value) }),
 *     }).addTo(server);
 *
 * A list of {@link ServerMiddleware} before the handlers sees each call first, in the order of the list. An object in
 * the list is for the methods that it names: `[log, authenticate, { divide: adminsOnly }]`.
 *
 * @throws TypeError that names the methods without a handler, and the handlers without a method
 */
export function implement<Service extends ServiceDefinition>(
  definition: Service,
  handlers: Handlers<Service>,
): BridgedService<Service>;
export function implement<
  Service extends ServiceDefinition,
  const List extends readonly ServerMiddlewareEntry<Service>[],
>(
  definition: Service,
  middleware: List & Ordered<List, Service>,
  handlers: Handlers<Service, List>,
): BridgedService<Service>;
export function implement<Service extends ServiceDefinition>(
  definition: Service,
  ...given: [handlers: object] | [middleware: readonly ServerMiddlewareEntry<Service>[], handlers: object]
): BridgedService<Service> {
  const [list, handlers] = given.length === 1 ? [[], given[0]] : given;
  const all = methodsOf(definition);
  const perMethod = middlewareOf<ServerMiddleware>(list, all);
  const methods = withHandlers(all, handlers).map((each, index) => ({ ...each, middleware: perMethod[index] }));
  const handlersFor = (sendsEncoded: boolean) =>
    Object.fromEntries(
      methods.map(({ name, method, handler, middleware }) => [
        name,
        grpcHandler(method, handler, sendsEncoded, middleware),
      ]),
    ) as UntypedServiceImplementation;
  return {
    definition,
    addTo(server) {
      const encoding = methods.map(({ name, method }) => [name, sendingEncoded(method)] as const);
      server.addService(Object.fromEntries(encoding), handlersFor(true));
      return server;
    },
    implementation: handlersFor(false),
  };
}

interface Implemented {
  readonly name: string;
  readonly method: MethodDefinition<unknown, unknown>;
  readonly handler: AnyHandler<unknown, unknown>;
}

/** Each method with its handler. @throws TypeError if a handler or a method has no counterpart */
function withHandlers(methods: ReturnType<typeof methodsOf>, handlers: object): Implemented[] {
  const given = (handlers ?? {}) as { readonly [name: string]: unknown };
  const names = methods.map(([name]) => name);
  const keys = new Map(methods.map(([name, method]) => [name, keyOf(given, name, method, names)]));
  const missing = names.filter((name) => keys.get(name) === undefined);
  // Only an object literal is checked for unknown names: a class instance or a module may have other members.
  const isLiteral = Object.getPrototypeOf(given) === Object.prototype;
  const used = new Set<string | undefined>([...keys.values(), ...missing]);
  const unknown = isLiteral ? Object.keys(given).filter((name) => !used.has(name)) : [];
  const complaints = [
    ...(missing.length > 0 ? [`no handler is given for ${missing.join(", ")}`] : []),
    ...(unknown.length > 0 ? [`the service has no method ${unknown.join(", ")}`] : []),
  ];
  if (complaints.length > 0) throw new TypeError(`${complaints.join(", and ")}; its methods are ${names.join(", ")}`);
  return methods.map(([name, method]) => {
    const handler = given[keys.get(name) ?? name] as AnyHandler<unknown, unknown>;
    return { name, method, handler: handler.bind(given) };
  });
}

/** The key of a method's handler in `given`, or undefined if there is none. */
function keyOf(
  given: { readonly [name: string]: unknown },
  name: string,
  method: MethodDefinition<unknown, unknown>,
  all: readonly string[],
): string | undefined {
  // A member that every object has, such as `toString`, is not a handler.
  return namesOf(name, method, all).find(
    (key) => typeof given[key] === "function" && given[key] !== Reflect.get({}, key),
  );
}
