import { expect } from "chai";
import { deframer, frame, inChunks } from "../../bench/implementations/framing.js";
import { batches, items } from "../../bench/implementations/items.js";
import { bound, parseList } from "../../bench/measure/pinning.js";
import { summarize } from "../../bench/measure/statistics.js";
import { reaches } from "../../bench/report/report.js";

describe("the summary of rounds", () => {
  it("is their median and their extremes", () => {
    expect(summarize([3, 1, 10])).to.deep.equal({ median: 3, min: 1, max: 10 });
    expect(summarize([4, 1, 2, 3])).to.deep.equal({ median: 2.5, min: 1, max: 4 });
    expect(() => summarize([])).to.throw("nothing");
  });
});

describe("a bar", () => {
  const least = { what: "", sense: "at least", bar: 4 } as const;
  const most = { what: "", sense: "at most", bar: 7 } as const;

  it("is reached from its own side, is lower in a quick run, and is never reached by NaN", () => {
    for (const [bar, gate, reached, missed] of [
      [least, 1, 4, 3.9],
      [most, 1, 7, 7.1],
      [least, 0.7, 2.9, 2.7],
      [most, 0.7, 9.9, 10.1],
    ] as const) {
      expect(reaches({ ...bar, value: reached }, gate)).to.equal(true);
      for (const value of [missed, Number.NaN]) expect(reaches({ ...bar, value }, gate)).to.equal(false);
    }
  });
});

describe("pinning", () => {
  it("reads the system's lists of processors", () => {
    expect(parseList("0-3,8")).to.deep.equal([0, 1, 2, 3, 8]);
    expect(parseList("5")).to.deep.equal([5]);
  });

  it("binds each side to its processor, if it can", () => {
    const pinning = { pinned: true, server: 2, client: 4 } as const;
    expect(bound(pinning, "client", "node", ["a"])).to.deep.equal(["taskset", ["--cpu-list", "4", "node", "a"]]);
    expect(bound({ pinned: false, why: "" }, "client", "node", ["a"])).to.deep.equal(["node", ["a"]]);
  });
});

describe("gRPC's frames by hand", () => {
  it("are found again when the bytes come in pieces of any size", () => {
    const messages = [Buffer.from("first"), Buffer.alloc(0), Buffer.alloc(300, "x")];
    const bytes = Buffer.concat(messages.map(frame));
    for (const size of [1, 2, 5, 7, 100, bytes.length]) {
      const take = deframer();
      const found: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) found.push(...take(bytes.subarray(at, at + size)));
      expect(found, `in pieces of ${size}`).to.deep.equal(messages);
    }
  });

  it("are collected into chunks without loss", () => {
    const take = deframer();
    const chunks = [
      ...inChunks(items({ count: 2_000, payloadBytes: 34 }), ({ sequence }) => Buffer.from(`item ${sequence}`)),
    ];
    const found = chunks.flatMap(take).map(String);
    expect(found).to.deep.equal(Array.from({ length: 2_000 }, (_, sequence) => `item ${sequence}`));
    expect(chunks.length).to.be.lessThan(10);
  });
});

describe("batches", () => {
  it("are full but the last", () => {
    const sizes = [...batches({ count: 250, payloadBytes: 1, batchSize: 100 })].map((batch) => batch.items.length);
    expect(sizes).to.deep.equal([100, 100, 50]);
  });
});
