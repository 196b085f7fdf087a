import { expect } from "chai";
import { caller } from "quartet-bridge";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { gate, loopback } from "../../bridge/test/harness/loopback.js";
import { echo } from "../../src/bidirectional/echo.js";
import { host } from "../../src/host/index.js";

describe("The echo", () => {
  it("answers each message as it comes, before the next one is sent", async () => {
    const { client } = await loopback(host([echo]));
    let answered = gate();
    async function* messages() {
      for (const message of ["one", "two", "", "four"]) {
        answered = gate();
        yield { message };
        await answered.opened;
      }
    }
    const echoes: string[] = [];
    for await (const { message } of caller(BidirectionalService, client).getServerResponse(messages())) {
      echoes.push(message);
      answered.open();
    }
    expect(echoes).to.deep.equal(["one", "two", "", "four"]);
  });
});
