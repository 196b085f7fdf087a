import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller, implement } from "quartet-bridge";
import { loopback } from "quartet-bridge/testing";
import { echo } from "./harness/each-type.js";
import { connectTo, gate } from "./harness/loopback.js";
import { collect, failureOf, ProbeService } from "./harness/probe.js";

const probes = implement(ProbeService, echo);

describe("a service under test", () => {
  it("is called on a real port by its caller, and is closed at the end of the block", async () => {
    let address = "";
    {
      await using served = await loopback(probes);
      ({ address } = served);
      expect(address).to.match(/^127\.0\.0\.1:\d+$/);
      expect(await served.caller.unary({ n: 1 })).to.deep.equal({ n: 1 });
      expect(await collect(served.caller.serverStreaming({ n: 1 }))).to.deep.equal([{ n: 1 }, { n: 100 }]);
      expect(await served.caller.clientStreaming([{ n: 1 }])).to.deep.equal({ n: 1 });
      expect(await collect(served.caller.bidirectional([{ n: 1 }]))).to.deep.equal([{ n: 1 }]);
    }
    const late = caller(ProbeService, connectTo(address));
    expect(await failureOf(late.unary({ n: 1 }))).to.include({ code: status.UNAVAILABLE });
  });

  it("has as many clients as the test wants, each on its own connection", async () => {
    const peers = new Set<string>();
    const counted = implement(ProbeService, {
      ...echo,
      unary({ n }, { peer }) {
        peers.add(peer);
        return { n };
      },
    });
    await using served = await loopback(counted);
    await served.caller.unary({ n: 1 });
    await caller(ProbeService, served.connect()).unary({ n: 1 });
    expect(peers.size).to.equal(2);
  });

  it("ends the open calls when an error leaves the block", async () => {
    const opened = gate();
    let signal: AbortSignal | undefined;
    async function leave(): Promise<void> {
      await using served = await loopback(
        implement(ProbeService, {
          ...echo,
          async *bidirectional(requests, call) {
            ({ signal } = call);
            opened.open();
            yield* requests;
          },
        }),
      );
      const call = served.caller.bidirectional.start(
        (async function* () {
          await new Promise(() => {});
          yield { n: 1 };
        })(),
      );
      call.status.catch(() => {});
      await opened.opened;
      throw new Error("the test has failed");
    }
    expect(await failureOf(leave())).to.have.property("message", "the test has failed");
    expect(signal?.aborted).to.equal(true);
  });

  it("may be closed by hand, and again", async () => {
    const served = await loopback(probes);
    await served.close();
    await served.close();
    expect(await failureOf(served.caller.unary({ n: 1 }))).to.be.instanceOf(Error);
  });
});
