import { expect } from "chai";
import { labelWithEnums } from "../../../src/host/program/message-types.js";

describe("the labels of a recording", () => {
  const label = labelWithEnums();
  const watch = (metrics: number[]) => label("/quartet.vitals.v1.Vitals/Watch", "request", { metrics, intervalMs: 0 });

  it("have the names of enums: in a list, in messages of a list, in a oneof", () => {
    expect(watch([1, 3])).to.equal("metrics=[CPU, EVENT_LOOP_DELAY] intervalMs=0");
    const readings = [{ metric: 4, value: 0.5 }];
    expect(label("/quartet.vitals.v1.Vitals/Watch", "response", { replaced: 1, readings })).to.equal(
      "replaced=1 readings=[{metric=LOAD, value=0.5}]",
    );
    const events = [{ sequence: 1, what: { $case: "left", left: { name: "ada", reason: 2 } } }];
    expect(
      label("/quartet.chat.v1.Chat/Join", "response", { frame: { $case: "events", events: { events } } }),
    ).to.match(/^events: \[\{sequence=1, left=\{name="ada", reason=[A-Z]+\}\}\]$/);
  });

  it("have the number of a value without a name, and of an unknown method", () => {
    expect(watch([77])).to.equal("metrics=[77] intervalMs=0");
    expect(label("/no.Service/Method", "request", { metrics: [1] })).to.equal("metrics=[1]");
  });
});
