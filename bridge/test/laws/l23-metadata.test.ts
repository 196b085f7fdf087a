import {
  credentials,
  InterceptingCall,
  type Interceptor,
  type Metadata,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, CallError, type CallOptions, type MetadataEntries, StatusError } from "quartet-bridge";
import { acting, callOf, types } from "../harness/each-type.js";
import { gate } from "../harness/loopback.js";
import { collect, metadataOf, type Probe, served } from "../harness/probe.js";
import { expectUnexpected } from "../harness/unexpected-errors.js";
import { law } from "./proof/law.js";

/** Keys that HTTP/2 forbids in any metadata. */
const forbidden: Record<string, MetadataEntries> = {
  connection: { connection: "keep-alive" },
  "keep-alive": { "keep-alive": "timeout=5" },
  "proxy-connection": { "proxy-connection": "close" },
  "transfer-encoding": { "transfer-encoding": "chunked" },
  upgrade: { upgrade: "h2c" },
  "http2-settings": { "http2-settings": "AAMAAABkAAQAoAAAAAIAAAAA" },
  "content-length": { "content-length": "91" },
  ":status": { ":status": "500" },
  "a:b": { "a:b": "c" },
  authorization: { authorization: ["Bearer a", "Bearer b"] },
  "retry-after": { "retry-after": ["1", "2"] },
};

/** Keys that gRPC sets itself. */
const reserved = {
  "grpc-status": "0",
  "grpc-message": "all is well",
  "grpc-timeout": "1n",
  "grpc-encoding": "gzip",
  "grpc-accept-encoding": "gzip",
  "content-type": "text/html",
};

const large = (bytes: number) => ({ "token-bin": Buffer.alloc(bytes) });

/** The end of a call whose metadata may not have `key`. */
const naming = (key: string) => new RegExp(`^INTERNAL .*"${key}"`);

type Act = (call: CallContext) => void;

/** A server whose handlers call `act`, a call of each type to it, and another call that stays open. */
async function beside(act: Act) {
  const open = gate();
  const { calls } = await served({
    ...acting(act),
    async *bidirectional(requests, call) {
      if (call.metadata.get("bystander").length === 0) act(call);
      for await (const request of requests) yield request;
    },
  });
  async function* untilOpen(): AsyncGenerator<Probe> {
    await open.opened;
    yield { n: 2 };
  }
  const bystander = collect(calls.bidirectional(untilOpen(), { metadata: { bystander: "yes" } }));

  /** How a call of each type ends, in one line each. */
  async function outcomes(entries?: MetadataEntries | Metadata, more: CallOptions = {}): Promise<string[]> {
    return Promise.all(
      types.map(async (type) => {
        const ended = gate<StatusObject>();
        const call = callOf[type](calls, { ...more, metadata: entries, onStatus: ended.open });
        const settled: unknown = await call.catch((error: unknown) => error);
        const { code, details } = await ended.opened;
        // The promise and the callback tell the same status.
        if (code === status.OK) expect(settled).to.be.an("array");
        else expect(settled).to.be.instanceOf(CallError).and.to.include({ code });
        return `${status[code]} ${details}`;
      }),
    );
  }

  /** Expects this end of a call of each type. */
  async function allEnd(how: RegExp, entries?: MetadataEntries | Metadata, more?: CallOptions): Promise<void> {
    for (const outcome of await outcomes(entries, more)) expect(outcome).to.match(how);
  }

  /** The open call was not harmed, and later calls work. */
  async function allIsWell(): Promise<void> {
    open.open();
    expect((await bystander).at(-1)).to.deep.equal({ n: 2 });
  }
  return { outcomes, allEnd, allIsWell };
}

law("L23", "metadata changes no outcome, and invalid metadata ends only its own call", ({ ran }) => {
  it("a request with a key that HTTP/2 forbids fails at once and names the key", async () => {
    let handled = 0;
    const { allEnd, allIsWell } = await beside(() => (handled += 1));
    for (const [key, entries] of Object.entries(forbidden)) await allEnd(naming(key), metadataOf(entries));
    expect(handled).to.equal(0);
    await allIsWell();
    ran(4 * Object.keys(forbidden).length);
  });

  for (const place of ["header", "trailer", "thrown"] as const) {
    it(`a response with such a key, ${place}, ends with a status that names the key`, async () => {
      let entries: MetadataEntries = {};
      const { allEnd, allIsWell } = await beside((call) => {
        if (place !== "thrown") call[place](metadataOf(entries));
        throw new StatusError(status.NOT_FOUND, "nothing here", { metadata: metadataOf(entries) });
      });
      for (const [key, each] of Object.entries({ ...forbidden, te: { te: "gzip" } })) {
        entries = each;
        expectUnexpected("NOT_FOUND: nothing here");
        await allEnd(naming(key));
      }
      await allIsWell();
      ran(4 * Object.keys(forbidden).length);
    });

    it(`keys that gRPC sets, ${place}, change neither an error nor a success`, async () => {
      let fails = true;
      const { outcomes, allIsWell } = await beside((call) => {
        if (place !== "thrown") call[place](reserved);
        if (fails) throw new StatusError(status.NOT_FOUND, "nothing here", { metadata: metadataOf(reserved) });
      });
      expect(await outcomes()).to.deep.equal(Array(4).fill("NOT_FOUND nothing here"));
      fails = false;
      expect(await outcomes()).to.deep.equal(Array(4).fill("OK "));
      await allIsWell();
    });

    it(`a response with more than 64 KiB of metadata, ${place}, is RESOURCE_EXHAUSTED`, async () => {
      let bytes = 0;
      const { outcomes, allEnd, allIsWell } = await beside((call) => {
        if (place !== "thrown") call[place](large(bytes));
        else throw new StatusError(status.ABORTED, "see the trailers", { metadata: metadataOf(large(bytes)) });
      });
      for (bytes of [1000, 30_000, 48_000]) {
        expect(await outcomes()).to.deep.equal(Array(4).fill(place === "thrown" ? "ABORTED see the trailers" : "OK "));
      }
      for (bytes of [50_000, 70_000, 300_000]) {
        if (place === "thrown") expectUnexpected("ABORTED: see the trailers");
        await allEnd(/^RESOURCE_EXHAUSTED .*at most 65536 can be sent/);
      }
      await allIsWell();
    });
  }

  it("keys that gRPC sets change nothing in a request", async () => {
    const { outcomes, allIsWell } = await beside((call) => expect(call.deadline).to.equal(undefined));
    expect(await outcomes(reserved)).to.deep.equal(Array(4).fill("OK "));
    await allIsWell();
  });

  it("a request with more than 64 KiB of metadata is RESOURCE_EXHAUSTED, and reaches no server", async () => {
    const seen: number[] = [];
    const { outcomes, allEnd, allIsWell } = await beside((call) => {
      seen.push((call.metadata.get("token-bin")[0] as Buffer).length);
    });
    expect(await outcomes(large(48_000))).to.deep.equal(Array(4).fill("OK "));
    for (const bytes of [50_000, 70_000, 300_000]) {
      await allEnd(/^RESOURCE_EXHAUSTED .*at most 65536/, large(bytes));
    }
    expect(seen).to.deep.equal(Array(4).fill(48_000));
    await allIsWell();
  });

  it("trailers from several calls of `trailer` are measured and checked together", async () => {
    const { allEnd, allIsWell } = await beside((call) => {
      call.trailer({ "retry-after": "1" });
      call.trailer({ "retry-after": "2" });
    });
    await allEnd(/^INTERNAL .*"retry-after" more than once/);
    await allIsWell();
  });

  it("a malformed key or value in a literal is named, without its value", async () => {
    let entries: MetadataEntries = {};
    const { outcomes, allIsWell } = await beside((call) => call.trailer(entries));
    for (entries of [{ "two words": "secret" }, { note: "sécret" }, { "id-bin": "secret" }]) {
      const [key = ""] = Object.keys(entries);
      for (const outcome of [...(await outcomes()), ...(await outcomes(entries))])
        expect(outcome).to.match(naming(key)).and.not.include("cret");
    }
    await allIsWell();
  });

  it("blanks around a value are removed, because HTTP/2 would drop the value", async () => {
    const seen: unknown[] = [];
    const { outcomes, allIsWell } = await beside((call) => seen.push(...call.metadata.get("note")));
    await outcomes({ note: ["  a b  ", "c"] });
    expect(seen).to.deep.equal(Array(4).fill("a b, c"));
    await allIsWell();
  });

  it("a call that ends well has an empty status message", async () => {
    const { outcomes, allIsWell } = await beside((call) => call.trailer({ note: "kept" }));
    expect(await outcomes()).to.deep.equal(Array(4).fill("OK "));
    await allIsWell();
  });

  it("credentials and interceptors of a call are checked too, together with its metadata", async () => {
    const { allEnd, allIsWell } = await beside(() => {});
    const sendable = Object.entries(forbidden).filter(([key]) => !key.includes(":"));
    const cases: [MetadataEntries, RegExp][] = [
      ...sendable.map(([key, entries]): [MetadataEntries, RegExp] => [entries, naming(key)]),
      [large(70_000), /^RESOURCE_EXHAUSTED .*at most 65536/],
      [reserved, /^OK $/],
    ];
    for (const [entries, right] of cases) {
      const added = metadataOf(entries);
      const byCredentials = credentials.createFromMetadataGenerator((_options, callback) => callback(null, added));
      const byInterceptor: Interceptor = (options, nextCall) =>
        new InterceptingCall(nextCall(options), {
          start(headers, listener, next) {
            headers.merge(added);
            next(headers, listener);
          },
        });
      for (const more of [{ credentials: byCredentials }, { interceptors: [byInterceptor] }])
        await allEnd(right, undefined, more);
    }
    const signedIn = credentials.createFromMetadataGenerator((_options, callback) =>
      callback(null, metadataOf({ authorization: "b" })),
    );
    await allEnd(/^INTERNAL .*"authorization" more than once/, { authorization: "a" }, { credentials: signedIn });
    await allIsWell();
    ran(8 * cases.length);
  });

  it("credentials without metadata fail the call, not the process", async () => {
    const { allEnd, allIsWell } = await beside(() => {});
    const empty = credentials.createFromMetadataGenerator((_options, callback) => callback(null, undefined));
    await allEnd(/the credentials gave no metadata/, undefined, { credentials: empty });
    await allIsWell();
  });

  it("more values than a peer's Node accepts are RESOURCE_EXHAUSTED, and the text has their number", async () => {
    const many = (count: number) => ({ word: Array<string>(count).fill("x") });
    let words = 0;
    const { outcomes, allEnd, allIsWell } = await beside((call) => call.trailer(many(words)));
    expect(await outcomes(many(115))).to.deep.equal(Array(4).fill("OK "));
    await allEnd(/^RESOURCE_EXHAUSTED .*116 values, and at most 115/, many(116));
    words = 115;
    expect(await outcomes()).to.deep.equal(Array(4).fill("OK "));
    words = 116;
    await allEnd(/^RESOURCE_EXHAUSTED .*116 values, and at most 115/);
    await allIsWell();
  });

  it("a value that is not metadata is refused, not dropped", async () => {
    const { allEnd, allIsWell } = await beside(() => {});
    const collections = [new Map([["a", "b"]]), new Headers({ a: "b" })];
    for (const odd of [...collections, "a: b", { a: null }, { a: {} }, { a: 5 }, { a: [undefined] }])
      await allEnd(/^INTERNAL the metadata /, odd as unknown as MetadataEntries);
    await allIsWell();
  });
});
