import { type StatusObject, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, type CallHooks, StatusError } from "quartet-bridge";
import { mostAhead } from "../../harness/buffers-on-the-way.js";
import { callOf, echo, types } from "../../harness/each-type.js";
import { gate } from "../../harness/loopback.js";
import { countedProbes, failureOf, metadataOf, ProbeService, throwing } from "../../harness/probe.js";
import { settled } from "../../harness/settled.js";
import { expectUnexpected } from "../../harness/unexpected-errors.js";
import { type ProbeMiddleware, recorder, serve, type User } from "./serving.js";

describe("a server's middleware that refuses a call", () => {
  for (const type of types) {
    it(`${type}: ends it with its status and trailers, and the handler is not called`, async () => {
      const metadata = metadataOf({ "x-realm": "probe" });
      const { record, all } = recorder();
      const refuse = (call: CallContext) => {
        call.trailer({ "x-more": "1" });
        throw new StatusError(status.UNAUTHENTICATED, "sign in first", { metadata });
      };
      const unseen = () => expect.fail("a call that was refused has reached its handler");
      const all4 = { unary: unseen, serverStreaming: unseen, clientStreaming: unseen, bidirectional: unseen };
      const { calls } = await serve([record, refuse, unseen], all4);
      const error = await failureOf(callOf[type](calls));
      expect(error).to.include({ code: status.UNAUTHENTICATED, details: "sign in first" });
      expect((error as StatusError).metadata.getMap()).to.include({ "x-realm": "probe", "x-more": "1" });
      expect((await all)[0]).to.match(/ UNAUTHENTICATED sign in first$/);
    });

    it(`${type}: ends it with UNKNOWN if it fails, now or later, and the log gets the error`, async () => {
      for (const fail of [() => expect.fail("a secret"), async () => expect.fail("a secret")]) {
        expectUnexpected("a secret");
        const { calls } = await serve([fail]);
        const error = await failureOf(callOf[type](calls));
        expect(error).to.have.property("code", status.UNKNOWN);
        expect((error as StatusError).details).to.not.include("secret");
      }
    });
  }

  for (const type of types) {
    it(`${type}: ends it with UNKNOWN for an error that throws when it is inspected`, async () => {
      const get = throwing(new Error("boo"));
      for (const name of ["code", "details", "metadata"]) {
        const odd = Object.assign(new Error("odd"), { code: status.NOT_FOUND, details: "d" });
        Object.defineProperty(odd, name, { get });
        const fail = throwing(odd);
        const failing: ProbeMiddleware[] = [
          fail,
          async () => fail(),
          (_call, { mapRequests }) => mapRequests(fail),
          (_call, { mapResponses }) => mapResponses(fail),
        ];
        for (const middleware of failing) {
          expectUnexpected("odd");
          const { calls } = await serve([middleware]);
          expect(await failureOf(callOf[type](calls))).to.have.property("code", status.UNKNOWN);
        }
      }
    });
  }

  it("has not read the stream of requests", async () => {
    const { state, source } = countedProbes(Number.POSITIVE_INFINITY, "x".repeat(10_240));
    const [asked, answer] = [gate(), gate()];
    const refuse = async ({ path }: CallContext) => {
      if (path !== ProbeService.clientStreaming.path) return;
      asked.open();
      await answer.opened;
      throw new StatusError(status.PERMISSION_DENIED, "not yours");
    };
    const { calls } = await serve([refuse]);
    const failed = failureOf(calls.clientStreaming(source()));
    await asked.opened;
    const ahead = await settled(calls, () => state.given);
    expect(ahead).to.be.within(1, mostAhead(10_240) + 1);
    answer.open();
    expect(await failed).to.have.property("code", status.PERMISSION_DENIED);
  });

  it("does not call the handler of a call that ended while it waited, and is told the status at once", async () => {
    const asked = gate();
    const [gone, late] = [gate(), gate<StatusObject>()];
    const wait = async (call: CallContext, { onStatus }: CallHooks) => {
      call.signal.addEventListener("abort", () => gone.open());
      asked.open();
      await gone.opened;
      onStatus(late.open);
    };
    const unseen = () => expect.fail("a call that is over has reached its handler");
    const { calls } = await serve([wait, unseen], { ...echo, unary: unseen });
    const { cancel, status: ended } = calls.unary.start({ n: 1 });
    await asked.opened;
    cancel();
    expect((await ended).code).to.equal(status.CANCELLED);
    expect((await late.opened).code).to.equal(status.CANCELLED);
  });

  it("cannot return the context of another call", async () => {
    expectUnexpected("of another call");
    let first: CallContext | undefined;
    const { calls } = await serve([
      (call) => {
        first ??= call;
        return first;
      },
    ]);
    expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1 });
    expect(await failureOf(calls.unary({ n: 2 }))).to.have.property("code", status.UNKNOWN);
  });

  it("cannot return a spread context, which has lost its signal: neither compiles nor passes", async () => {
    // @ts-expect-error a spread loses `signal` and everything else that is not data
    const spread = (call: CallContext): CallContext => ({ ...call });
    const extended = (call: CallContext & { user: User }) => {
      // @ts-expect-error the same with a value of a middleware
      const handed: CallContext & { user: User } = { ...call, user: call.user };
      // @ts-expect-error the spread has no `signal`
      return { ...call }.signal ?? handed;
    };
    expect(extended).to.be.a("function");
    expectUnexpected("a spread context is neither");
    const { calls } = await serve([spread]);
    expect(await failureOf(calls.unary({ n: 1 }))).to.have.property("code", status.UNKNOWN);
  });

  it("cannot replace a member of every context, but can replace a value", async () => {
    const { calls } = await serve([(call) => call.with({ user: 1 }), (call) => call.with({ user: "ada" })], {
      ...echo,
      unary: (_request, call) => ({ n: 1, load: (call as CallContext & { user: string }).user }),
    });
    expect(await calls.unary({ n: 1 })).to.deep.equal({ n: 1, load: "ada" });
    for (const name of ["signal", "metadata", "with"]) {
      expectUnexpected(`every context has '${name}' already`);
      // @ts-expect-error see above
      const { calls } = await serve([(call) => call.with({ signal: 1 }), (call) => call.with({ [name]: 1 })]);
      expect(await failureOf(calls.unary({ n: 1 }))).to.have.property("code", status.UNKNOWN);
    }
  });
});
