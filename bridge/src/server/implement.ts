import type { MethodDefinition, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
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

/**
 * The handler that a method of a service asks for, by its type: `Handler<typeof VitalsService.replay>`. See
 * {@link UnaryHandler}, {@link ServerStreamingHandler}, {@link ClientStreamingHandler} and {@link BidirectionalHandler}.
 */
export type Handler<Method> = Method extends {
  requestStream: infer RequestStream;
  responseStream: infer ResponseStream;
  requestDeserialize(bytes: Buffer): infer Req;
  responseDeserialize(bytes: Buffer): infer Res;
}
  ? RequestStream extends true
    ? ResponseStream extends true
      ? BidirectionalHandler<Req, Res>
      : ClientStreamingHandler<Req, Res>
    : ResponseStream extends true
      ? ServerStreamingHandler<Req, Res>
      : UnaryHandler<Req, Res>
  : never;

/** A service as `server.addService(definition, implementation)` of grpc-js takes it; the two belong together. */
export interface BridgedService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/**
 * Implements a service, given as the definition that ts-proto generated, by functions that know nothing of streams and
 * callbacks. A handler that is missing, misspelt or of another type does not compile.
 *
 * Definition and implementation belong together: only this definition knows how to send what the handlers give, which
 * is serialised already (law L21). With the generated one every call would end INTERNAL.
 *
 *     const { definition, implementation } = implement(CalculatorService, {
 *       squareRoot: ({ value }) => ({ value: Math.sqrt(value) }),
 *     });
 *     server.addService(definition, implementation);
 */
export function implement<Service extends ServiceDefinition>(
  service: Service,
  handlers: { readonly [Name in keyof Service]: Handler<Service[Name]> },
): BridgedService {
  const methods = Object.entries(service).map(
    // Each name has a method and, by the type of `handlers`, the handler of its type.
    ([name, method]) => [name, bridged(method, handlers[name as keyof Service] as unknown)] as const,
  );
  return {
    definition: Object.fromEntries(methods.map(([name, { definition }]) => [name, definition])),
    implementation: Object.fromEntries(methods.map(([name, { handler }]) => [name, handler])),
  };
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
