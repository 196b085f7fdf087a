import { expect } from "chai";
import { caller } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { build } from "../../src/unary/server.js";
import { smoke, wentWell } from "../smoke.js";

describe("the unary server", () => {
  it("answers one request with headers, one response, trailers and OK", async () => {
    const { messages, learned } = await smoke(build, (client, options) =>
      caller(CalculatorService, client).squareRoot({ value: 16 }, options),
    );
    expect(messages).to.deep.equal([{ value: 4 }]);
    expect(learned).to.deep.equal(wentWell);
  });
});
