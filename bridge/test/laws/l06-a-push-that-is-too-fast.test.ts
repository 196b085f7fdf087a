import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import type { CallError } from "quartet-bridge";
import { Subject } from "rxjs";
import { mostAheadOfServer } from "../harness/buffers-on-the-way.js";
import { gate } from "../harness/loopback.js";
import { type Probe, served } from "../harness/probe.js";
import { law } from "./proof/law.js";

law("L6", "an Observable that is faster than its reader", () => {
  it("is unsubscribed when 1,024 messages wait, and the reader that reads on learns RESOURCE_EXHAUSTED", async () => {
    const subject = new Subject<Probe>();
    const subscribed = gate();
    const { calls } = await served({
      serverStreaming: () => {
        setImmediate(subscribed.open);
        return subject;
      },
      unary: (request) => request,
    });
    const responses = calls.serverStreaming({ n: 1 })[Symbol.asyncIterator]();
    const first = responses.next();
    await subscribed.opened;
    let produced = 0;
    const load = "x".repeat(10_240);
    while (subject.observed) {
      produced += 1;
      subject.next({ n: produced, load });
      if (produced % 8 === 0) await calls.unary({ n: 0 });
    }
    expect(produced)
      .to.be.greaterThan(1024)
      .and.at.most(1024 + mostAheadOfServer(10_240) + 8);
    expect((await first).value?.n).to.equal(1);
    let delivered = 1;
    let code: status | undefined;
    try {
      for (let next = await responses.next(); !next.done; next = await responses.next()) delivered = next.value.n;
    } catch (error) {
      code = (error as CallError).code;
    }
    expect([code, delivered < produced]).to.deep.equal([status.RESOURCE_EXHAUSTED, true]);
  });
});
