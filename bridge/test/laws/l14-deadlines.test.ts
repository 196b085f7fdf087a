import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { runFixture } from "./fixtures/fixture.js";
import { law, runs } from "./proof/law.js";

law("L14", "a deadline leaves no timer behind: the process exits by itself", ({ ran, event }) => {
  it("after calls of each type, ended before an hour's deadline or at one of 20 ms", async () => {
    const times = runs(100);
    const { code, said, stderr } = await runFixture("deadlines", [String(times)], event);
    ran(10 * times);
    expect({ code, said, stderr }).to.deep.equal({
      code: 0,
      said: [{ codes: [status.DEADLINE_EXCEEDED], timers: 0 }],
      stderr: "",
    });
  });
});
