import http2 from "node:http2";
import { type Client, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { ChatService, JoinRequest, LeftReason } from "#gen/quartet/chat/v1/chat.js";
import { connectTo, gate, loopback } from "../../../bridge/test/harness/loopback.js";
import { framed, rawCall } from "../../../bridge/test/harness/raw-call.js";
import { build } from "../../../src/bidirectional/server.js";
import { addressesIn, startGroup } from "../../demo/process-group.js";
import { entering, enters, leaving, leavingOf, leftReason, saying, textOf } from "../member.js";

/** A member who sees the others leave. */
async function witnessIn(client: Client) {
  const witness = enters(client, { name: "witness" });
  await witness.welcome();
  const reasonOf = async (name: string) => leftReason(await witness.event(leavingOf(name)));
  return { witness, reasonOf };
}

async function witnessed() {
  const { client, address, connect } = await loopback(build());
  return { ...(await witnessIn(client)), address, connect };
}

const wire = (request: JoinRequest) => framed(JoinRequest.encode(request).finish());

/** A call whose answers are taken and not looked at. */
function joinCall(address: string): http2.ClientHttp2Stream {
  return rawCall(address, ChatService.join.path).resume();
}

/** The trailer `grpc-status`, once it is there. */
function statusOf(call: http2.ClientHttp2Stream): Promise<number> {
  const ended = gate<number>();
  call.on("trailers", (trailers) => ended.open(Number(trailers["grpc-status"])));
  return ended.opened;
}

const endings: Record<string, (call: http2.ClientHttp2Stream) => void> = {
  "is half-closed, as a cancelled one looks whose reset is late": (call) => call.end(),
  "is reset": (call) => call.close(http2.constants.NGHTTP2_CANCEL),
  "is half-closed and reset right behind, which is how grpc-js cancels": (call) => {
    call.end();
    call.close(http2.constants.NGHTTP2_CANCEL);
  },
  "loses its connection": (call) => call.session?.destroy(),
};

describe("Leaving a chat", () => {
  for (const [how, end] of Object.entries(endings)) {
    it(`is LOST without the word, when the call ${how}`, async () => {
      const { witness, reasonOf, address } = await witnessed();
      const call = joinCall(address);
      call.write(wire(entering({ name: "ada" })));
      call.write(wire(saying("m1", "hello")));
      await witness.event(textOf("hello"));
      end(call);
      expect(await reasonOf("ada")).to.equal(LeftReason.LOST);
    });
  }

  it("is LOST without the word, and a half-closed call ends OK all the same", async () => {
    const { reasonOf, address } = await witnessed();
    const call = joinCall(address);
    call.end(wire(entering({ name: "ada" })));
    expect(await statusOf(call)).to.equal(status.OK);
    expect(await reasonOf("ada")).to.equal(LeftReason.LOST);
  });

  it("is LOST each time that a client cancels, 50 times between two processes", async () => {
    // In one process the end and the reset arrive in one turn; between two, now and then, only the end does.
    const server = startGroup("bidirectional/server.js", ["--port", "0"]);
    await server.saw("listening on");
    const [address = ""] = addressesIn(server.stdout());
    const client = connectTo(address);
    const { reasonOf } = await witnessIn(connectTo(address));
    const reasons: unknown[] = [];
    for (let n = 0; n < 50; n += 1) {
      const member = enters(client, { name: `member ${n}` });
      await member.welcome();
      member.cancel();
      reasons.push(await reasonOf(`member ${n}`));
    }
    expect(reasons).to.deep.equal(reasons.map(() => LeftReason.LOST));
    server.signal("SIGKILL");
    await server.ended;
  });

  it("is QUIT with the word, and the half-close ends the call OK", async () => {
    const { reasonOf, address } = await witnessed();
    const call = joinCall(address);
    call.write(wire(entering({ name: "ada" })));
    call.end(wire(leaving));
    expect(await statusOf(call)).to.equal(status.OK);
    expect(await reasonOf("ada")).to.equal(LeftReason.QUIT);
  });

  it("happens at the word: what the member says then is ignored, it hears nothing, and it leaves once", async () => {
    const { witness, reasonOf, connect } = await witnessed();
    const ada = enters(connect(), { name: "ada" });
    await ada.welcome();
    ada.leave();
    expect(await reasonOf("ada")).to.equal(LeftReason.QUIT);
    const heard = ada.frames.length;
    ada.say("m1", "one more thing");
    ada.say("m2", "");
    ada.leave();
    ada.halfClose();
    // The half-close comes last: the server has read all of it.
    expect((await ada.ended).code).to.equal(status.OK);
    witness.say("w1", "gone");
    await witness.event(textOf("gone"));
    expect(witness.events.filter(textOf("one more thing"))).to.deep.equal([]);
    expect(witness.events.filter(leavingOf("ada"))).to.have.length(1);
    expect(ada.frames).to.have.length(heard);
  });

  it("frees the name at the word: another session has it before the call has ended", async () => {
    const { reasonOf, connect } = await witnessed();
    const ada = enters(connect(), { name: "ada" });
    await ada.welcome();
    ada.leave();
    await reasonOf("ada");
    const other = enters(connect(), { name: "ada", sessionId: "another" });
    expect((await other.welcome()).members).to.deep.equal(["witness", "ada"]);
    ada.halfClose();
    expect((await ada.ended).code).to.equal(status.OK);
  });

  it("holds up no drain: a call that has not half-closed after the word ends UNAVAILABLE", async () => {
    const hosting = build();
    const { client } = await loopback(hosting);
    const witness = enters(client, { name: "witness" });
    const ada = enters(client, { name: "ada" });
    await ada.welcome();
    ada.leave();
    await witness.event(leavingOf("ada"));
    expect(await hosting.drain(5_000)).to.equal(0);
    expect((await ada.ended).code).to.equal(status.UNAVAILABLE);
  });
});
