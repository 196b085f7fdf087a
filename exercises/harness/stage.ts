import {
  ChannelCredentials,
  type Client,
  type ClientOptions,
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { ControlRoomClient, Instrument, StationClient } from "#gen/quartet/workshop/v1/workshop.js";
import {
  callIdOf,
  describeMessage,
  type MergedCall,
  mergeCalls,
  Recording,
  type Side,
  tapClient,
  tapServer,
} from "../../src/tap/index.js";
import { beyond, resources, servers } from "./process-watch.js";

/** A service and its handlers. */
export interface Served {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

const fencePath = "/quartet.workshop.Harness/Fence";
const bytes = (buffer: Buffer) => buffer;
const fenceService: Served = {
  definition: {
    fence: {
      path: fencePath,
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  },
  implementation: {
    fence: (_call: unknown, callback: (error: null, answer: Buffer) => void) => callback(null, Buffer.alloc(0)),
  },
};

/** A message in a few words, because two diagrams share 80 columns. A reading is shown as its number. */
function labelOf(_path: string, _direction: string, message: unknown): string {
  if (message === undefined || message === null) return "no message";
  const { sequence, reading, number, instrument } = message as {
    readonly sequence?: number;
    readonly reading?: { readonly sequence: number };
    readonly number?: number;
    readonly instrument?: Instrument;
  };
  if (sequence !== undefined) return `#${sequence}`;
  if (reading !== undefined) return `#${reading.sequence}`;
  if (number !== undefined) return `order ${number}`;
  return instrument === undefined ? describeMessage(message) : (instruments[instrument] ?? "nothing");
}

const instruments: Readonly<Record<number, string>> = {
  [Instrument.THERMOMETER]: "thermometer",
  [Instrument.BAROMETER]: "barometer",
  [Instrument.ANEMOMETER]: "anemometer",
};

/** The resources before the first check. Everything later is the learner's, also what an earlier check left. */
const initialResources = resources();

/** After this many fences without an event it is certain that no event will come. */
const stillFences = 20;
/** After this many fences without an event it is likely that no event will come. */
const settledFences = 3;
/** The most turns of the event loop that calls have to end after their server is closed. */
const turnsToEnd = 1_000;

/**
 * The place of one check: a server and its clients in this process, and a recording of all messages between them. A
 * check waits for events, never for time to pass.
 */
export class Stage {
  readonly #recording = new Recording({ keep: 500, calls: 200 });
  readonly #server: Server;
  readonly #clients: Client[] = [];
  #port = 0;
  #notes = 0;
  #closed = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Starts the recording. {@link Stage.close} ends it. */
  static async open(): Promise<Stage> {
    const recording: { stage?: Stage } = {};
    const server = new Server({
      interceptors: [
        // The harness's own calls are not recorded: they would fill the recording, and be searched each time.
        (method, call) =>
          method.path === fencePath
            ? new ServerInterceptingCall(call)
            : tapServer((recording.stage as Stage).#recording, { label: labelOf })(method, call),
      ],
    });
    const stage = new Stage(server);
    recording.stage = stage;
    return stage;
  }

  /** Serves these services on a free port. Call it before you make a client. */
  async serve(...services: readonly Served[]): Promise<void> {
    for (const { definition, implementation } of [fenceService, ...services]) {
      this.#server.addService(definition, implementation);
    }
    this.#port = await new Promise<number>((resolve, reject) =>
      this.#server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
  }

  /** The server, for an exercise that stops it. Then fences do not work: wait for an event that certainly happens. */
  get server(): Server {
    return this.#server;
  }

  /** A client of the station, on its own connection. */
  station(): StationClient {
    return this.#connect((address, credentials, options) => new StationClient(address, credentials, options));
  }

  /** A client of the control room, on its own connection. */
  room(): ControlRoomClient {
    return this.#connect((address, credentials, options) => new ControlRoomClient(address, credentials, options));
  }

  /** Adds an action of the program to the diagram, beside a lifeline: "reading 2 taken". It counts as an event. */
  note(call: { readonly metadata: Metadata } | undefined, label: string, side: Side = "server"): void {
    this.#notes += 1;
    const id = call && callIdOf(call.metadata);
    if (id !== undefined) this.#recording.note(side, id, label);
  }

  /** The calls so far, each merged from the recordings of both sides. */
  get calls(): readonly MergedCall[] {
    return mergeCalls(this.#recording.events.filter(({ path }) => path !== fencePath));
  }

  /** How many events there were so far. */
  get happened(): number {
    return this.#notes + this.#recording.events.reduce((sum, { path }) => sum + (path === fencePath ? 0 : 1), 0);
  }

  /** Settles when everything that was sent earlier has arrived; never after the stage is closed. */
  async fence(): Promise<void> {
    if (this.#closed) await new Promise(() => {});
    await Promise.all(
      this.#clients.map(
        (client) =>
          new Promise<void>((resolve, reject) => {
            // No interceptors, because the recording is of the learner's calls.
            const options = { interceptors: [] };
            client.makeUnaryRequest(fencePath, bytes, bytes, Buffer.alloc(0), new Metadata(), options, (error) =>
              error ? !this.#closed && reject(error) : resolve(),
            );
          }),
      ),
    );
    await new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Settles when nothing more can happen: everything that was sent has arrived and caused nothing new, and the
   * learner's code has no open timer or file. While it has one, this does not settle.
   *
   * @param over ends the wait
   */
  async still(over: AbortSignal): Promise<void> {
    for (let quiet = 0; quiet < stillFences && !over.aborted; ) {
      const before = this.happened;
      await this.fence().catch(() => {});
      quiet = this.happened === before && this.leftovers.length === 0 ? quiet + 1 : 0;
    }
  }

  /** Settles when the messages on the way have arrived and caused nothing new. Timers of the program may still run. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < settledFences; ) {
      const before = this.happened;
      await this.fence().catch(() => {});
      quiet = this.happened === before ? quiet + 1 : 0;
    }
  }

  /** The resources that keep the process alive and are newer than the stage, without connections. */
  get leftovers(): readonly string[] {
    return beyond(initialResources, resources());
  }

  /** Closes the stage, waits for the ends of its calls, and returns the resources that are left: a leak. */
  async leftBehind(): Promise<readonly string[]> {
    this.close();
    const left = () => [...this.leftovers, ...servers()];
    for (let turn = 0; turn < turnsToEnd && left().length > 0; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return left();
  }

  /** Ends all open calls. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.close();
    this.#server.forceShutdown();
  }

  #connect<C extends Client>(make: (address: string, credentials: ChannelCredentials, options: ClientOptions) => C): C {
    const client = make(`127.0.0.1:${this.#port}`, ChannelCredentials.createInsecure(), {
      "grpc.enable_http_proxy": 0,
      "grpc.use_local_subchannel_pool": 1,
      interceptors: [tapClient(this.#recording, { label: labelOf })],
    });
    this.#clients.push(client);
    return client;
  }
}
