import { type Client, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { CallError, caller, failWhenFull } from "quartet-bridge";
import { concat, NEVER, of } from "rxjs";
import { ChatService, type JoinResponse, LeftReason } from "#gen/quartet/chat/v1/chat.js";
import { loopback } from "../../../bridge/test/harness/loopback.js";
import { chat } from "../../../src/bidirectional/chat/chat.js";
import { host } from "../../../src/host/index.js";
import { entering, enters, leavingOf, leftReason, type TestMember, textOf } from "../member.js";

/** A chat whose outboxes hold 64 messages. */
async function chatServer() {
  const outbox = failWhenFull<JoinResponse>({ messages: 64 });
  const service = (draining: AbortSignal) => [chat(draining, { outbox, maxMessagesPerSecond: 0 })];
  return { ...(await loopback(host(service))), counters: outbox.counters };
}

/** Enters as `slow`, and reads when the test says so. */
async function slowMember(client: Client) {
  const frames = caller(ChatService, client)
    .join(concat(of(entering({ name: "slow", history: 0 })), NEVER))
    [Symbol.asyncIterator]();
  const { frame } = (await frames.next()).value as JoinResponse;
  const epoch = frame?.$case === "welcome" ? (frame.welcome.cursor?.epoch ?? "") : "";

  /** The numbers of the events in the next frame. Fails with the status of the call. */
  async function read(): Promise<number[]> {
    const { frame } = (await frames.next()).value as JoinResponse;
    return frame?.$case === "events" ? frame.events.events.map(({ sequence }) => sequence) : [];
  }
  return { epoch, read };
}

/** Says a long text, and waits until all `members` have heard it, so that their outboxes do not fill. */
async function sayToAll(members: readonly TestMember[], nth: number): Promise<void> {
  const text = `${nth} ${"t".repeat(1_900)}`;
  members[nth % members.length]?.say(`m${nth}`, text);
  await Promise.all(members.map((member) => member.event(textOf(text))));
}

const sequencesOf = ({ events }: TestMember) => events.map(({ sequence }) => sequence);
const numbersFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

describe("A slow member of a chat", () => {
  it("is dropped: the others hear of it and lose nothing, and it resumes where it was", async () => {
    const { client, connect, counters } = await chatServer();
    const slow = await slowMember(connect());
    const members: TestMember[] = [];
    for (const name of ["ada", "grace", "linus", "edsger"]) {
      const member = enters(client, { name });
      await member.welcome();
      members.push(member);
    }
    let said = 0;
    while (!members.some(({ events }) => events.some(leavingOf("slow")))) {
      said += 1;
      await sayToAll(members, said);
    }
    const [ada] = members as [TestMember];
    for (const [index, member] of members.entries()) {
      expect(leftReason(await member.event(leavingOf("slow")))).to.equal(LeftReason.DROPPED);
      // The first of them entered as the second member of the room, with event 2.
      const heard = sequencesOf(member);
      expect(heard).to.deep.equal(numbersFrom(index + 3, heard.length));
      expect(member.events).to.deep.equal(ada.events.slice(index));
      expect(heard.at(-1)).to.equal(1 + members.length + said + 1);
    }
    expect(counters).to.include({ waiting: 0, dropped: 64 + 1, peak: 64 });

    const heard: number[] = [];
    let error: unknown;
    while (error === undefined) {
      await slow.read().then(
        (sequences) => heard.push(...sequences),
        (reason: unknown) => (error = reason),
      );
    }
    expect(error).to.be.instanceOf(CallError).and.to.include({ code: status.RESOURCE_EXHAUSTED });
    expect(heard).to.deep.equal(numbersFrom(2, heard.length));
    const resumeAfter = { epoch: slow.epoch, sequence: heard.at(-1) ?? 1 };
    const back = enters(client, { name: "slow", resumeAfter });
    await back.event(({ what }) => what?.$case === "joined" && what.joined.name === "slow");
    expect(sequencesOf(back)).to.deep.equal(numbersFrom(resumeAfter.sequence + 1, back.events.length));
    expect(sequencesOf(ada).at(-1)).to.equal(sequencesOf(back).at(-1));
  });
});
