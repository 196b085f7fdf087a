import { InterceptingCall, type Interceptor, type Requester, type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, CallError, type CallOptions } from "quartet-bridge";
import { answering, forms, formsOf, types } from "../harness/each-type.js";
import { collect, failureOf, type Probe, served, throwing } from "../harness/probe.js";
import { settled } from "../harness/settled.js";
import { law } from "./proof/law.js";

const boom = new Error("thrown while the call began");

/** A server that counts the handlers that began and those that still run, and the outcomes of a call in each form. */
async function counted() {
  const handlers = { begun: 0, alive: 0 };
  function alive({ signal }: CallContext): Promise<never> {
    handlers.begun += 1;
    handlers.alive += 1;
    signal.addEventListener("abort", () => (handlers.alive -= 1));
    return new Promise(() => {});
  }
  const { calls, client } = await served({
    ...answering(alive),
    // For `settled`, which calls until nothing changes any more.
    unary: (request, call) => (request.n === 0 ? request : alive(call)),
  });
  await calls.unary({ n: 0 });

  /** The errors of a call of each type, in each form. */
  async function failures(options: () => CallOptions, requests: readonly Probe[] = []): Promise<unknown[]> {
    const failing = types.flatMap((type) => forms.map((form) => formsOf(calls, type, options(), requests)[form]()));
    return Promise.all(failing.map(failureOf));
  }
  return { calls, client, handlers, failures, quiet: () => settled(calls, () => handlers.alive) };
}

law("L24", "an error of the code that begins a call is the call's outcome, and no handler survives", ({ ran }) => {
  it("a signal that has aborted makes no call, and its reason is the cause", async () => {
    const { handlers, failures, quiet } = await counted();
    const statuses: StatusObject[] = [];
    const errors = await failures(() => ({
      signal: AbortSignal.abort("changed my mind"),
      onStatus: (ended) => statuses.push(ended),
    }));
    for (const error of errors) {
      expect(error).to.be.instanceOf(CallError).and.to.include({ code: status.CANCELLED, cause: "changed my mind" });
    }
    expect(statuses.map(({ code }) => code)).to.deep.equal(Array(12).fill(status.CANCELLED));
    await quiet();
    expect(handlers.begun).to.equal(0);
    ran(12);
  });

  it("a signal that refuses a listener fails the call, and ends it at the server", async () => {
    const { handlers, failures, quiet } = await counted();
    const signal: unknown = { aborted: false, addEventListener: throwing(boom), removeEventListener() {} };
    expect(await failures(() => ({ signal: signal as AbortSignal }))).to.deep.equal(Array(12).fill(boom));
    await quiet();
    expect(handlers.alive).to.equal(0);
  });

  it("a signal that is not Node's cancels, and keeps no listener", async () => {
    const { handlers, calls, quiet } = await counted();
    const listeners = new Set<() => void>();
    const signal = {
      aborted: false,
      reason: "not Node's reason",
      addEventListener: (_event: string, listener: () => void) => listeners.add(listener),
      removeEventListener: (_event: string, listener: () => void) => listeners.delete(listener),
    };
    const ended = calls.unary({ n: 1 }, { signal: signal as unknown as AbortSignal }).catch((error: unknown) => error);
    expect(listeners.size).to.equal(1);
    signal.aborted = true;
    for (const listener of [...listeners]) listener();
    expect(await ended).to.include({ code: status.CANCELLED, cause: "not Node's reason" });
    expect(listeners.size).to.equal(0);
    await quiet();
    expect(handlers.alive).to.equal(0);
  });

  it("a source that throws when it is inspected or iterated fails the call with that error", async () => {
    const { handlers, calls, quiet } = await counted();
    const trapped = new Proxy([], { has: throwing(boom), get: throwing(boom) });
    const thrower = { [Symbol.asyncIterator]: throwing(boom) };
    for (const requests of [trapped, thrower] as AsyncIterable<Probe>[]) {
      const outcomes = [calls.clientStreaming(requests), collect(calls.bidirectional(requests))];
      for (const outcome of outcomes) expect(await outcome.catch((error: unknown) => error)).to.equal(boom);
      const handle = calls.bidirectional.start(requests);
      expect((await handle.status).code).to.equal(status.CANCELLED);
    }
    await quiet();
    expect(handlers.alive).to.equal(0);
  });

  it("an interceptor that throws fails the call, with its error as the cause of a CallError", async () => {
    const { handlers, failures, quiet } = await counted();
    for (const error of await failures(() => ({ interceptors: [throwing(boom)] }))) {
      expect(error).to.be.instanceOf(CallError).and.to.include({ code: status.INTERNAL, cause: boom });
    }
    await quiet();
    expect(handlers.begun).to.equal(0);
  });

  it("an interceptor may answer in the turn that makes the call", async () => {
    const { calls } = await counted();
    const cached: Interceptor = () => {
      let listener: Parameters<InterceptingCall["start"]>[1];
      return {
        start(_metadata: unknown, given: typeof listener) {
          listener = given;
        },
        sendMessage() {},
        halfClose() {
          listener?.onReceiveMessage?.({ n: 7 });
          listener?.onReceiveStatus?.({ code: status.OK, details: "" } as StatusObject);
        },
        startRead() {},
        cancelWithStatus() {},
        getPeer: () => "a cache",
      } as unknown as InterceptingCall;
    };
    expect(await calls.unary({ n: 1 }, { interceptors: [cached] })).to.deep.equal({ n: 7 });
  });

  it("a closed client makes no call: CANCELLED, in every form", async () => {
    const { client, failures } = await counted();
    client.close();
    for (const error of await failures(() => ({}))) {
      expect(error).to.be.instanceOf(CallError).and.to.include({ code: status.CANCELLED });
      expect((error as CallError).details).to.equal("the client is closed: no call was made");
    }
  });

  for (const [where, requester] of Object.entries<Requester>({
    "after it has begun the call": {
      start(metadata, listener, next) {
        next(metadata, listener);
        throw boom;
      },
    },
    "when a request is sent": { sendMessage: throwing(boom) },
    "when the requests end": { halfClose: throwing(boom) },
  })) {
    it(`an interceptor that throws ${where} leaves no handler and no uncaught exception`, async () => {
      const { handlers, failures, quiet } = await counted();
      const interceptors: Interceptor[] = [(options, next) => new InterceptingCall(next(options), requester)];
      for (const error of await failures(() => ({ interceptors }), [{ n: 1 }])) {
        if (error !== boom)
          expect(error).to.be.instanceOf(CallError).and.to.include({ code: status.INTERNAL, cause: boom });
      }
      await quiet();
      expect(handlers.alive).to.equal(0);
    });
  }

  it("an interceptor that never begins the call delays neither a cancel nor a deadline", async () => {
    const { handlers, calls, failures } = await counted();
    const interceptors: Interceptor[] = [(options, next) => new InterceptingCall(next(options), { start() {} })];
    for (const error of await failures(() => ({ interceptors, timeoutMs: 5 }))) {
      expect(error).to.be.instanceOf(CallError).and.to.include({ code: status.DEADLINE_EXCEEDED });
    }
    const controller = new AbortController();
    const cancelled = failures(() => ({ interceptors, signal: controller.signal }));
    const handle = calls.bidirectional.start([], { interceptors });
    handle.cancel();
    expect((await handle.status).code).to.equal(status.CANCELLED);
    controller.abort(boom);
    for (const error of await cancelled) {
      expect(error).to.be.instanceOf(CallError).and.to.include({ code: status.CANCELLED, cause: boom });
    }
    expect(handlers.begun).to.equal(0);
  });

  it("a signal that aborts while the call begins cancels it", async () => {
    const { handlers, failures, quiet } = await counted();
    const errors = await failures(() => {
      const controller = new AbortController();
      const interceptor: Interceptor = (options, nextCall) => {
        controller.abort(boom);
        return new InterceptingCall(nextCall(options));
      };
      return { interceptors: [interceptor], signal: controller.signal };
    });
    for (const error of errors) expect(error).to.include({ code: status.CANCELLED, cause: boom });
    await quiet();
    expect(handlers.alive).to.equal(0);
  });

  it("a controller instead of its signal is a TypeError that says so", async () => {
    const { calls, handlers } = await counted();
    const options = { signal: new AbortController() as unknown as AbortSignal };
    await calls.unary({ n: 1 }, options).then(
      () => expect.fail("it did not fail"),
      (error: unknown) =>
        expect(error).to.be.instanceOf(TypeError).with.property("message").that.includes("controller.signal"),
    );
    expect(() => calls.unary.start({ n: 1 }, options)).to.throw(TypeError, "controller.signal");
    expect(handlers.begun).to.equal(0);
  });
});
