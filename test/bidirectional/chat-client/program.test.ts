import { expect } from "chai";
import { loopback } from "../../../bridge/test/harness/loopback.js";
import { build } from "../../../src/bidirectional/server.js";
import { programOf } from "../../program-of.js";
import { enters, textOf } from "../member.js";

const chat = "bidirectional/chat-client/terminal";

describe("make chat, in a pipe", () => {
  it("says each line of stdin, prints each event as a line, and sends `leave` at the end", async () => {
    const { client, address } = await loopback(build({}, { rate: 0 }));
    const grace = enters(client, { name: "grace", room: "tea" });
    await grace.welcome();
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    const { code, stdout, stderr } = await programOf(
      chat,
      ["--address", address, "--name", "ada", "--room", "tea"],
      `${lines.join("\n")}\n\n/who is no command here`,
    );
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const said = [...lines, "/who is no command here"].map((text) => `ada: ${text}`);
    expect(stdout.trimEnd().split("\n")).to.deep.equal(["* grace enters", "* ada enters", ...said]);
    await grace.event(textOf("line 49"));
    await grace.event(({ what }) => what?.$case === "left" && what.left.reason === 1);
    grace.leave();
    grace.halfClose();
    await grace.ended;
  });

  it("names a line that is too long, says the other lines, and ends with 1", async () => {
    const { address } = await loopback(build());
    const lines = ["first", "\u{1F600}".repeat(2_001), "last"];
    const { code, stdout, stderr } = await programOf(chat, ["--address", address, "--name", "ada"], lines.join("\n"));
    expect(code).to.equal(1);
    expect(stderr).to.equal("line 2 was not said: it has 2001 characters, and at most 2000 are allowed\n");
    expect(stdout.trimEnd().split("\n")).to.deep.equal(["* ada enters", "ada: first", "ada: last"]);
  });
});
