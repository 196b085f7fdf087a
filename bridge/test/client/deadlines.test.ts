import { constants, type ServerHttp2Stream } from "node:http2";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallOptions, caller } from "quartet-bridge";
import { acting, callOf, types } from "../harness/each-type.js";
import { connectTo, gate } from "../harness/loopback.js";
import { failureOf, ProbeService, served } from "../harness/probe.js";
import { rawServer } from "../harness/wire/raw-call.js";

/** Calls of every type. The handlers note the deadline that they see. */
async function timedCalls() {
  const seen: (Date | undefined)[] = [];
  const { calls } = await served(acting(({ deadline }) => seen.push(deadline)));
  const made = types.map((type) => (options: CallOptions) => callOf[type](calls, options));
  return { seen, made };
}

const day = 24 * 60 * 60 * 1000;

describe("a deadline", () => {
  for (const [what, options] of Object.entries<CallOptions>({
    "of as much as a timer can hold": { timeoutMs: 2 ** 31 - 1 },
    "of a second less than that": { timeoutMs: 2 ** 31 - 1001 },
    "of almost a minute less than that": { timeoutMs: 2 ** 31 - 59_000 },
    "of 30 days, more than a timer can hold": { timeoutMs: 30 * day },
    "of 50 days": { timeoutMs: 50 * day },
    "that gRPC has no words for": { timeoutMs: 1e18 },
    "of no time limit": { timeoutMs: Number.POSITIVE_INFINITY },
    "at the end of time": { deadline: new Date(8.64e15) },
  })) {
    it(`${what} is not sent, and the call succeeds`, async () => {
      const { seen, made } = await timedCalls();
      for (const call of made) await call(options);
      expect(seen).to.deep.equal([undefined, undefined, undefined, undefined]);
    });
  }

  it("of a minute less than the longest timer is sent, and the call succeeds", async () => {
    const { seen, made } = await timedCalls();
    for (const call of made) await call({ timeoutMs: 2 ** 31 - 1 - 60_000 });
    for (const deadline of seen) expect(deadline).to.be.instanceOf(Date);
    expect(seen).to.have.length(4);
  });

  it("is the earlier of a moment and a duration", async () => {
    const { seen, made } = await timedCalls();
    const deadline = new Date(Date.now() + 60_000);
    for (const call of made) await call({ deadline, timeoutMs: 120_000 });
    for (const moment of seen) expect(moment?.getTime()).to.be.closeTo(deadline.getTime(), 30_000);
  });

  for (const options of [{ timeoutMs: Number.NaN }, { deadline: new Date("tomorrow") }]) {
    it(`that is not a time, ${Object.keys(options)}, is refused before a call is made`, async () => {
      for (const call of (await timedCalls()).made) expect(await failureOf(call(options))).to.be.instanceOf(RangeError);
    });
  }

  describe("at which the server resets the stream", () => {
    const realNow = Date.now;
    afterEach(() => (Date.now = realNow));

    /** A call to a server that resets it, after `before` was called with the call's cancel. */
    async function reset(before: (cancel: () => void) => void): Promise<{ failed: unknown; ended: status }> {
      const arrived = gate<ServerHttp2Stream>();
      const address = await rawServer(arrived.open);
      const calls = caller(ProbeService, connectTo(address));
      const handle = calls.unary.start({ n: 1 }, { timeoutMs: 60_000 });
      const stream = await arrived.opened;
      before(handle.cancel);
      stream.close(constants.NGHTTP2_CANCEL);
      return { failed: await failureOf(handle.response), ended: (await handle.status).code };
    }

    it("is DEADLINE_EXCEEDED by our clock, although the server says CANCELLED", async () => {
      const { failed, ended } = await reset(() => (Date.now = () => realNow() + 60_000));
      expect(failed).to.include({ code: status.DEADLINE_EXCEEDED });
      expect(ended).to.equal(status.DEADLINE_EXCEEDED);
    });

    it("is CANCELLED if it has not passed by our clock", async () => {
      expect((await reset(() => {})).failed).to.include({ code: status.CANCELLED });
    });

    it("is CANCELLED if we cancelled", async () => {
      const { failed } = await reset((cancel) => {
        Date.now = () => realNow() + 60_000;
        cancel();
      });
      expect(failed).to.include({ code: status.CANCELLED });
    });
  });
});
