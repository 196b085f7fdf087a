import { expect } from "chai";
import { caller } from "quartet-bridge";
import { StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { build } from "../../src/client-streaming/server.js";
import { smoke, wentWell } from "../smoke.js";

describe("the client-streaming server", () => {
  it("answers several requests with headers, one response, trailers and OK", async () => {
    const { messages, learned } = await smoke(build, (client, options) =>
      caller(StatisticsService, client).summarize([{ values: [1] }, { values: [2, 3] }], options),
    );
    expect(messages.map(({ count, mean }) => [count, mean])).to.deep.equal([[3, 2]]);
    expect(learned).to.deep.equal(wentWell);
  });
});
