import { expect } from "chai";
import { Rate } from "../../../src/bidirectional/chat/chat.js";

describe("a rate", () => {
  const taken = (rate: Rate, times: number) => Array.from({ length: times }, () => rate.take()).filter(Boolean).length;

  it("allows what was saved up at once, and then its number per second", () => {
    let now = 0;
    const rate = new Rate(2, 5, () => now);
    expect(taken(rate, 100)).to.equal(10);
    now += 1_000;
    expect(taken(rate, 100)).to.equal(2);
    now += 499;
    expect(taken(rate, 100)).to.equal(0);
    now += 1;
    expect(taken(rate, 100)).to.equal(1);
  });

  it("saves up no more than that, also after a long time", () => {
    let now = 0;
    const rate = new Rate(2, 5, () => now);
    now += 1e9;
    expect(taken(rate, 100)).to.equal(10);
  });
});
