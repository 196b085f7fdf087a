import http2 from "node:http2";
import { type Client, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { ChatService, JoinRequest, LeftReason } from "#gen/quartet/chat/v1/chat.js";
import { connectTo, gate, loopback } from "../../../bridge/test/harness/loopback.js";
import { framed, rawCall } from "../../../bridge/test/harness/wire/raw-call.js";
import { build } from "../../../src/bidirectional/server.js";
import { addressesIn, startGroup } from "../../demo/process-group.js";
import { entering, enters, leaving, leavingOf, leftReason, saying, textOf } from "../member.js";

/** A member that sees the others leave. */
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

/** A call whose answers are read and ignored. */
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
  "is half-closed and reset at once, which is how grpc-js cancels": (call) => {
    call.end();
    call.close(http2.constants.NGHTTP2_CANCEL);
  },
  "loses its connection": (call) => call.session?.destroy(),
};

describe("Leaving a chat", () => {
  for (const [how, end] of Object.entries(endings)) {
    it(`is LOST without a leave message, when the call ${how}`, async () => {
      const { witness, reasonOf, address } = await witnessed();
      const call = joinCall(address);
      call.write(wire(entering({ name: "ada" })));
      call.write(wire(saying("m1", "hello")));
      await witness.event(textOf("hello"));
      end(call);
      expect(await reasonOf("ada")).to.equal(LeftReason.LOST);
    });
  }

  it("is LOST without `leave`, and a half-closed call still ends OK", async () => {
    const { reasonOf, address } = await witnessed();
    const call = joinCall(address);
    call.end(wire(entering({ name: "ada" })));
    expect(await statusOf(call)).to.equal(status.OK);
    expect(await reasonOf("ada")).to.equal(LeftReason.LOST);
  });

  it("is LOST each time that a client cancels, 50 times between two processes", async () => {
    // In one process the end and the reset arrive in one turn. Between two processes the end sometimes arrives alone.
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

  it("is QUIT after `leave`, and the half-close ends the call OK", async () => {
    const { reasonOf, address } = await witnessed();
    const call = joinCall(address);
    call.write(wire(entering({ name: "ada" })));
    call.end(wire(leaving));
    expect(await statusOf(call)).to.equal(status.OK);
    expect(await reasonOf("ada")).to.equal(LeftReason.QUIT);
  });

  it("happens at `leave`: later messages of the member are ignored, it hears nothing more, and it leaves once", async () => {
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

  it("delays no drain: a call that has not half-closed after `leave` ends UNAVAILABLE", async () => {
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
