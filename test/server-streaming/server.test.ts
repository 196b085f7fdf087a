import { expect } from "chai";
import { caller } from "quartet-bridge";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { build } from "../../src/server-streaming/server.js";
import { smoke, wentWell } from "../smoke.js";

describe("the server-streaming server", () => {
  it("answers one request with headers, several responses, trailers and OK", async () => {
    const { messages, learned } = await smoke(build, (client, options) =>
      caller(VitalsService, client).replay({ count: 3 }, options),
    );
    expect(messages.map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3]);
    expect(learned).to.deep.equal(wentWell);
  });
});
