import type {
  ClientOptions,
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerInterceptor,
  UntypedHandleCall,
} from "@grpc/grpc-js";
import { Metadata, Server, type ServerOptions } from "@grpc/grpc-js";
import * as bridge from "quartet-bridge";
import type { Observable } from "rxjs";
import { gate, type Loopback, loopback } from "./loopback.js";

/** The message of the probe service, sent as JSON: a number to tell messages apart, and a text for its size. */
export interface Probe {
  readonly n: number;
  readonly load?: string;
}

const codec = {
  requestSerialize: (probe: Probe) => Buffer.from(JSON.stringify(probe)),
  requestDeserialize: (bytes: Buffer): Probe => JSON.parse(bytes.toString()),
  responseSerialize: (probe: Probe) => {
    if (probe.n === unserializable.n) throw new Error("secret of the serializer");
    return Buffer.from(JSON.stringify(probe));
  },
  responseDeserialize: (bytes: Buffer): Probe => JSON.parse(bytes.toString()),
};

/** A response that the codec refuses, as ts-proto's refuses a field of a wrong type. */
export const unserializable: Probe = { n: -13 };

/** A service with one method of each of the four types, in the shape that ts-proto generates. */
export const ProbeService = {
  unary: { path: "/test.Probe/Unary", requestStream: false, responseStream: false, ...codec },
  serverStreaming: { path: "/test.Probe/ServerStreaming", requestStream: false, responseStream: true, ...codec },
  clientStreaming: { path: "/test.Probe/ClientStreaming", requestStream: true, responseStream: false, ...codec },
  bidirectional: { path: "/test.Probe/Bidirectional", requestStream: true, responseStream: true, ...codec },
} as const;

/** A handler for each method that a test needs, written by hand or bridged. */
export interface ProbeHandlers {
  unary?: handleUnaryCall<Probe, Probe> | BridgedProbe;
  serverStreaming?: handleServerStreamingCall<Probe, Probe> | BridgedProbe;
  clientStreaming?: handleClientStreamingCall<Probe, Probe> | BridgedProbe;
  bidirectional?: handleBidiStreamingCall<Probe, Probe> | BridgedProbe;
}

type BridgedProbe = bridge.BridgedMethod<Probe, Probe, UntypedHandleCall>;

/** The bridge's adapters for the methods of the probe service. */
export const unary = (handler: bridge.UnaryHandler<Probe, Probe>) => bridge.unary(ProbeService.unary, handler);
export const serverStreaming = (handler: bridge.ServerStreamingHandler<Probe, Probe>) =>
  bridge.serverStreaming(ProbeService.serverStreaming, handler);
export const clientStreaming = (handler: bridge.ClientStreamingHandler<Probe, Probe>) =>
  bridge.clientStreaming(ProbeService.clientStreaming, handler);
export const bidirectional = (handler: bridge.BidirectionalHandler<Probe, Probe>) =>
  bridge.bidirectional(ProbeService.bidirectional, handler);

export interface ProbeOptions {
  readonly client?: ClientOptions;
  readonly server?: ServerOptions;
  readonly interceptors?: ServerInterceptor[];
  /** The write window of the server; false for grpc-js's own pace. */
  readonly window?: bridge.WriteWindow | false;
}

/** A server with the handlers of a test, a client, and the typed methods of the probe service. */
export async function probe(
  handlers: ProbeHandlers,
  options: ProbeOptions = {},
): Promise<Loopback & { readonly calls: bridge.Caller<typeof ProbeService> }> {
  const { client, window = {} } = options;
  const serverOptions = { interceptors: options.interceptors ?? [], ...options.server };
  const server = new Server(window === false ? serverOptions : bridge.streamingServerOptions(serverOptions, window));
  const methods = Object.entries(handlers).map(([name, handler]) =>
    typeof handler === "function"
      ? { name, definition: ProbeService[name as keyof typeof ProbeService], handler }
      : { name, ...handler },
  );
  server.addService(
    { ...ProbeService, ...Object.fromEntries(methods.map(({ name, definition }) => [name, definition])) },
    Object.fromEntries(methods.map(({ name, handler }) => [name, handler])),
  );
  const opened = await loopback(server, client);
  return { ...opened, calls: bridge.caller(ProbeService, opened.client) };
}

/** Functions as `implement` takes them, for the methods that a test needs. */
export type PlainHandlers = {
  readonly [Name in keyof typeof ProbeService]?: bridge.Handler<(typeof ProbeService)[Name]>;
};

/** {@link probe}, with functions for handlers. */
export function served(handlers: PlainHandlers, options: ProbeOptions = {}): ReturnType<typeof probe> {
  return probe(
    {
      ...(handlers.unary && { unary: unary(handlers.unary) }),
      ...(handlers.serverStreaming && { serverStreaming: serverStreaming(handlers.serverStreaming) }),
      ...(handlers.clientStreaming && { clientStreaming: clientStreaming(handlers.clientStreaming) }),
      ...(handlers.bidirectional && { bidirectional: bidirectional(handlers.bidirectional) }),
    },
    options,
  );
}

/** A handler that pushes what `source` emits, under `policy`. `begun` settles when its first call is subscribed. */
export function pushing<T>(source: Observable<T>, policy: bridge.OverflowPolicy<T>) {
  const begun = gate<bridge.CallContext>();
  const serverStreaming = (_request: unknown, call: bridge.CallContext) => {
    setImmediate(() => begun.open(call));
    return bridge.buffered(source, policy);
  };
  return { begun: begun.opened, serverStreaming };
}

/** A generator of `count` probes, and the state of that generator. */
export function countedProbes(count: number, load?: string) {
  const state = { given: 0, finalized: 0 };
  async function* source(): AsyncGenerator<Probe> {
    try {
      for (let n = 1; n <= count; n += 1) {
        state.given = n;
        yield load === undefined ? { n } : { n, load };
      }
    } finally {
      state.finalized += 1;
    }
  }
  return { state, source };
}

/** Metadata made by hand. Unlike the literal form of the bridge, it may be malformed. */
export function metadataOf(entries: bridge.MetadataEntries): Metadata {
  const made = new Metadata();
  for (const [key, values] of Object.entries(entries))
    for (const value of [values].flat()) made.add(key, value as string);
  return made;
}

/** A function that throws `error`. */
export function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("the promise was fulfilled where the test expects it to reject");
}

/** What a stream gives until it ends, and the error that it ends with. */
export async function untilItEnds<T>(stream: AsyncIterable<T>): Promise<{ messages: T[]; error?: bridge.CallError }> {
  const messages: T[] = [];
  try {
    for await (const message of stream) messages.push(message);
    return { messages };
  } catch (error) {
    if (error instanceof bridge.CallError) return { messages, error };
    throw error;
  }
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const messages: T[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}
