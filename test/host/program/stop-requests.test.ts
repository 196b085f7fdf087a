import { expect } from "chai";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";
import { onStopRequest } from "../../../src/host/program/stop-requests.js";

describe("onStopRequest", () => {
  function record() {
    const heard: string[] = [];
    const clock = { now: 0 };
    // onStopRequest unrefs the channel to mocha's parent process.
    afterTheTest(() => process.channel?.ref());
    afterTheTest(
      onStopRequest(
        (reason, times) => heard.push(`${reason} ${times}`),
        () => clock.now,
      ),
    );
    return { heard, clock };
  }

  it("counts one ctrl-c once, although npm and the terminal both pass it on", () => {
    const { heard, clock } = record();
    process.emit("SIGTERM", "SIGTERM");
    clock.now = 20;
    process.emit("SIGTERM", "SIGTERM");
    expect(heard).to.deep.equal(["SIGTERM 1"]);
  });

  it("counts a second press, and then lets signals have their default effect", () => {
    const { heard, clock } = record();
    process.emit("SIGTERM", "SIGTERM");
    clock.now = 1000;
    process.emit("SIGTERM", "SIGTERM");
    expect(heard).to.deep.equal(["SIGTERM 1", "SIGTERM 2"]);
    expect(process.listenerCount("SIGTERM")).to.equal(0);
  });
});
