import {
  type ChannelOptions,
  type Client,
  credentials,
  type Interceptor,
  type MethodDefinition,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { CalculatorService, Number as NumberMessage } from "#gen/tutorials/calculator.js";
import {
  type MergedCall,
  mergeCalls,
  Recording,
  type RecordingOptions,
  type TapOptions,
  tapClient,
  tapServer,
} from "../../src/tap/index.js";

const bytesOf = (value: NumberMessage) => Buffer.from(NumberMessage.encode(value).finish());
const numbers = (
  name: string,
  requestStream: boolean,
  responseStream: boolean,
): MethodDefinition<NumberMessage, NumberMessage> => ({
  path: `/tap.Streams/${name}`,
  requestStream,
  responseStream,
  requestSerialize: bytesOf,
  requestDeserialize: NumberMessage.decode,
  responseSerialize: bytesOf,
  responseDeserialize: NumberMessage.decode,
});

import type { BridgedService } from "quartet-bridge";

/** The two types that the tutorials' contracts do not have. */
export const StreamsService = {
  count: numbers("Count", false, true),
  sum: numbers("Sum", true, false),
} satisfies ServiceDefinition;

/** One method of each type, on one service: what a test does not implement answers UNIMPLEMENTED. */
export const AllTypesService = {
  squareRoot: CalculatorService.squareRoot,
  count: StreamsService.count,
  sum: StreamsService.sum,
  echo: BidirectionalService.getServerResponse,
} satisfies ServiceDefinition;

export interface TappedPair {
  readonly client: Client;
  readonly port: number;
  readonly recordings: { readonly client: Recording; readonly server: Recording };
  /** Both recordings merged. Waits until the server's side of every call that it knows is over. */
  merged(): Promise<MergedCall[]>;
  close(): Promise<void>;
}

export interface PairOptions {
  readonly handlers?: UntypedServiceImplementation;
  /** Instead of handlers: a bridged service. */
  readonly service?: BridgedService;
  readonly recording?: RecordingOptions;
  readonly tap?: TapOptions;
  readonly channel?: ChannelOptions;
  readonly tapped?: { readonly client?: boolean; readonly server?: boolean };
}

/** A real server on a free port of the loopback, a client of it, and a tap on each. */
export async function tappedPair(options: PairOptions): Promise<TappedPair> {
  const recordings = { client: new Recording(options.recording), server: new Recording(options.recording) };
  const server = new Server({
    interceptors: options.tapped?.server === false ? [] : [tapServer(recordings.server, options.tap)],
  });
  const { handlers = {}, service } = options;
  const implemented = Object.entries(AllTypesService).filter(([name]) => name in handlers);
  if (service) service.addTo(server);
  else server.addService(Object.fromEntries(implemented), handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const interceptors: Interceptor[] =
    options.tapped?.client === false ? [] : [tapClient(recordings.client, options.tap)];
  const client = new (makeGenericClientConstructor({}, "tap.Streams"))(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
    {
      interceptors,
      "grpc.enable_http_proxy": 0,
      ...options.channel,
    },
  );
  // A server call ends after its status has left: tryShutdown answers when the last one has.
  let stopped: Promise<void> | undefined;
  const stop = () => {
    client.close();
    stopped ??= new Promise((resolve, reject) => server.tryShutdown((error) => (error ? reject(error) : resolve())));
    return stopped;
  };
  return {
    client,
    port,
    recordings,
    async merged() {
      await stop();
      return mergeCalls(recordings.client.events, recordings.server.events);
    },
    close: stop,
  };
}
