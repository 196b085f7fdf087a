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

/** A service and what answers its calls. */
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

/** A message in few words: two diagrams stand beside each other on 80 columns. Of a reading it is the number. */
function shortly(_path: string, _direction: string, message: unknown): string {
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

/** What kept the process alive before the first check: what an earlier one left behind is the learner's too, and may go on. */
const asItWas = resources();

/** So often nothing may happen between one answer and the next before it is certain that nothing will. */
const stillFences = 20;
/** And so often where it only has to be likely. */
const settledFences = 3;
/** So many turns of the event loop calls have, at most, to end when their server has gone. */
const turnsToEnd = 1_000;

/**
 * Where one check takes place: a server and its clients on this machine, in this process, and a recording of all that
 * passes between them. What a check waits for are things that happen, never a time.
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

  /** Raises the curtain; {@link Stage.close} lets it fall. */
  static async open(): Promise<Stage> {
    const recording: { stage?: Stage } = {};
    const server = new Server({
      interceptors: [
        // The fences are the harness's own: recorded, they would fill the recording, and be looked through each time.
        (method, call) =>
          method.path === fencePath
            ? new ServerInterceptingCall(call)
            : tapServer((recording.stage as Stage).#recording, { label: shortly })(method, call),
      ],
    });
    const stage = new Stage(server);
    recording.stage = stage;
    return stage;
  }

  /** Has the server offer these, on a free port. Before any client. */
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

  /** The server itself, for an exercise that ends it. From then on no fence holds: see that what a check waits for happens. */
  get server(): Server {
    return this.#server;
  }

  /** A client of the station, on a connection of its own. */
  station(): StationClient {
    return this.#connect((address, credentials, options) => new StationClient(address, credentials, options));
  }

  /** A client of the control room, on a connection of its own. */
  room(): ControlRoomClient {
    return this.#connect((address, credentials, options) => new ControlRoomClient(address, credentials, options));
  }

  /** Writes beside a lifeline what the program has done: "reading 2 taken". It is in the diagram, and counts as an event. */
  note(call: { readonly metadata: Metadata } | undefined, label: string, side: Side = "server"): void {
    this.#notes += 1;
    const id = call && callIdOf(call.metadata);
    if (id !== undefined) this.#recording.note(side, id, label);
  }

  /** The calls so far, what both sides have seen of each merged into one. */
  get calls(): readonly MergedCall[] {
    return mergeCalls(this.#recording.events.filter(({ path }) => path !== fencePath));
  }

  /** How much has happened so far. */
  get happened(): number {
    return this.#notes + this.#recording.events.reduce((sum, { path }) => sum + (path === fencePath ? 0 : 1), 0);
  }

  /** What has been sent on any connection before this has arrived. After the curtain has fallen it does not settle. */
  async fence(): Promise<void> {
    if (this.#closed) await new Promise(() => {});
    await Promise.all(
      this.#clients.map(
        (client) =>
          new Promise<void>((resolve, reject) => {
            // No interceptors: the recording is of the learner's calls.
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
   * Settles when nothing will ever happen by itself: everything that was sent has arrived, nothing new came of it, and no
   * timer and no file is open that was not before. While something is, it does not settle.
   *
   * @param over ends the waiting
   */
  async still(over: AbortSignal): Promise<void> {
    for (let quiet = 0; quiet < stillFences && !over.aborted; ) {
      const before = this.happened;
      await this.fence().catch(() => {});
      quiet = this.happened === before && this.leftovers.length === 0 ? quiet + 1 : 0;
    }
  }

  /** Settles when what is on its way has arrived and nothing came of that, whatever the program still has in mind. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < settledFences; ) {
      const before = this.happened;
      await this.fence().catch(() => {});
      quiet = this.happened === before ? quiet + 1 : 0;
    }
  }

  /** What keeps the process alive and was not there when the curtain rose, connections aside. */
  get leftovers(): readonly string[] {
    return beyond(asItWas, resources());
  }

  /** What is left when all calls are over: a leak. Closes the stage, and gives what hangs on a call the time to go. */
  async leftBehind(): Promise<readonly string[]> {
    this.close();
    const left = () => [...this.leftovers, ...servers()];
    for (let turn = 0; turn < turnsToEnd && left().length > 0; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return left();
  }

  /** Ends all that is still going on. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.close();
    this.#server.forceShutdown();
  }

  #connect<C extends Client>(make: (address: string, credentials: ChannelCredentials, options: ClientOptions) => C): C {
    const client = make(`127.0.0.1:${this.#port}`, ChannelCredentials.createInsecure(), {
      "grpc.enable_http_proxy": 0,
      "grpc.use_local_subchannel_pool": 1,
      interceptors: [tapClient(this.#recording, { label: shortly })],
    });
    this.#clients.push(client);
    return client;
  }
}
