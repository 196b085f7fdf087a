import { Metadata } from "@grpc/grpc-js";
import { expect } from "chai";
import { answering, callOf, types } from "../harness/each-type.js";
import { failureOf, served } from "../harness/probe.js";

describe("a callback of the call's options that throws", () => {
  for (const type of types) {
    for (const callback of ["onHeaders", "onStatus"] as const) {
      it(`${type}: ${callback} fails the call with that very error`, async () => {
        const { calls } = await served(
          answering((call) => {
            call.header(new Metadata());
            return { n: 1 };
          }),
        );
        const thrown = new Error("not the answer that the caller wants");
        const refuse = () => {
          throw thrown;
        };
        expect(await failureOf(callOf[type](calls, { [callback]: refuse }))).to.equal(thrown);
        await callOf[type](calls);
      });
    }
  }
});
