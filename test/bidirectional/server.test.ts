import { expect } from "chai";
import { caller } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { build } from "../../src/bidirectional/server.js";
import { smoke, wentWell } from "../smoke.js";

describe("the bidirectional server", () => {
  it("answers several requests with headers, several responses, trailers and OK", async () => {
    const requests = ["a", "b", "c"].map((message) => ({ message }));
    const { messages, learned } = await smoke(build, (client, options) =>
      caller(BidirectionalService, client).getServerResponse(requests, options),
    );
    expect(messages).to.deep.equal(requests);
    expect(learned).to.deep.equal(wentWell);
  });
});
