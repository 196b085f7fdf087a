import { expect } from "chai";
import { Encoded, encoder, failWhenFull } from "quartet-bridge";
import { Hub, type HubOptions, NotRemembered } from "quartet-bridge/hub";
import { member } from "./hub-members.js";

const encode = encoder<string>({ responseSerialize: (text) => Buffer.from(text) });
const pack = (messages: readonly string[]) => messages.join("+");

/** A hub that packs. It publishes several messages before a member gets one, as happens under load. */
function packingHub(options: Partial<HubOptions<string>> = {}, bounds = {}) {
  const hub = new Hub<string>({ packing: { pack, ...bounds }, ...options });
  const publish = (...messages: string[]) => hub.batch(() => messages.map((message) => hub.publish(message)));
  return { hub, publish };
}

describe("A hub that packs", () => {
  it("packs several messages for a member into one, and sends a single message unchanged", () => {
    const { hub, publish } = packingHub();
    const ada = member(hub);
    publish("a");
    publish("b", "c", "d");
    expect(ada.heard).to.deep.equal(["a", "b+c+d"]);
    expect(hub.gauges).to.include({ published: 4, delivered: 2, lag: 0 });
  });

  it("does not pack replayed messages", () => {
    const { hub, publish } = packingHub({ replay: 10 });
    publish("a", "b", "c");
    const ada = member(hub, { after: 1, first: "welcome" });
    publish("d");
    expect(ada.heard).to.deep.equal(["welcome", "b", "c", "d"]);
  });

  it("counts a pack as its messages, and replayed messages not at all", () => {
    const { hub, publish } = packingHub({ encode, replay: 10 });
    const ada = member(hub);
    publish("a", "b", "c");
    publish("d");
    const late = member(hub, { last: 2 });
    const counts = ({ heard }: typeof ada) =>
      heard.map((each) => [(each as Encoded<string>).message, (each as Encoded<string>).count]);
    expect(counts(ada)).to.deep.equal([
      ["a+b+c", 3],
      ["d", 1],
    ]);
    expect(counts(late)).to.deep.equal([
      ["c", 0],
      ["d", 0],
    ]);
  });

  it("makes a pack once for all members that are due the same messages", () => {
    let made = 0;
    const counted = (messages: readonly string[]) => {
      made += 1;
      return pack(messages);
    };
    const { hub, publish } = packingHub({ encode, packing: { pack: counted, messages: 2 } });
    const members = Array.from({ length: 5 }, () => member(hub));
    publish("a", "b", "c", "d");
    const packs = members[0]?.heard ?? [];
    expect(packs.map((each) => (each as Encoded<string>).bytes.toString())).to.deep.equal(["a+b", "c+d"]);
    for (const { heard } of members) expect(heard.every((each, index) => each === packs[index])).to.equal(true);
    expect(made).to.equal(2);
  });

  it("counts bytes: a message that is too large for a pack is sent alone and unchanged", () => {
    const { hub, publish } = packingHub({ encode }, { bytes: 5 });
    const ada = member(hub);
    publish("aa", "bb", "cc", "too large", "d", "e");
    const texts = ada.heard.map((each) => (each as Encoded<string>).message);
    expect(texts).to.deep.equal(["aa+bb", "cc", "too large", "d+e"]);
  });

  it("ends a member whose pack cannot be made with that error, and the others get their packs", () => {
    const { hub } = packingHub({
      packing: {
        pack(messages) {
          if (messages.includes("bad")) throw new TypeError("no pack");
          return pack(messages);
        },
      },
    });
    const ada = member(hub);
    hub.batch(() => {
      hub.publish("bad");
      hub.publish("a");
      const late = member(hub);
      hub.publish("b");
      hub.publish("c");
      late.send("for late");
    });
    expect(ada.heard).to.deep.equal(["error no pack"]);
    expect(hub.gauges.members).to.equal(1);
  });

  for (const bounds of [
    { messages: 0 },
    { messages: Number.NaN },
    { bytes: 0.5 },
    { bytes: Number.POSITIVE_INFINITY },
  ]) {
    const [[name, bound] = []] = Object.entries(bounds);
    it(`refuses packs of ${name} ${bound}`, () => {
      expect(() => packingHub({}, bounds)).to.throw(
        RangeError,
        `packing.${name} must be at least 1 and finite, and is ${bound}`,
      );
    });
  }
});

describe("The memory of a hub", () => {
  it("can have a bound in bytes: the oldest messages are forgotten first, and refused", () => {
    const hub = new Hub<string>({ encode, replay: 10, replayBytes: 8 });
    for (const text of ["aaaa", "bbb", "ccc", "dd"]) hub.publish(text);
    expect(hub.gauges).to.include({ held: 3 });
    const texts = member(hub, { after: 1 }).heard.map((each) => (each as Encoded<string>).message);
    expect(texts).to.deep.equal(["bbb", "ccc", "dd"]);
    const refused = () => hub.enter(undefined as never, { after: 0 });
    expect(refused).to.throw(NotRemembered).with.include({ oldest: 2, newest: 4 });
    hub.publish("a message of its own, larger than all that is kept");
    expect(hub.gauges).to.include({ held: 0 });
    expect(member(hub, { last: 10 }).heard).to.deep.equal([]);
  });

  it("keeps messages that a member has not been given yet, however large they are", () => {
    const hub = new Hub<string>({ encode, replay: 10, replayBytes: 8 });
    const ada = member(hub);
    hub.batch(() => {
      for (const text of ["aaaaaaaa", "bbbbbbbb", "cccccccc"]) hub.publish(text);
      expect(hub.gauges).to.include({ held: 3, lag: 3 });
    });
    expect(ada.heard).to.have.length(3);
    expect(hub.gauges).to.include({ held: 1 });
  });

  for (const replayBytes of [-1, Number.NaN]) {
    it(`refuses ${replayBytes} bytes`, () => {
      expect(() => new Hub({ replayBytes })).to.throw(RangeError, "replayBytes must be at least 0");
    });
  }
});

describe("An outbox", () => {
  const counting = (count: number) => new Encoded("1234", Buffer.from("1234"), count);

  it("counts a pack as several messages, and replayed messages not at all", () => {
    const policy = failWhenFull<string>({ messages: 4, bytes: 12 });
    const outbox = policy.open();
    const keep = (count: number) => outbox.keep(counting(count), encode);
    for (let each = 0; each < 10; each += 1) keep(0);
    keep(3);
    expect(() => keep(2)).to.throw("3 messages were waiting for it");
    keep(1);
    expect(() => keep(1)).to.throw("4 messages were waiting for it");
    expect(policy.counters).to.include({ waiting: 12, dropped: 2 });
    for (let each = 0; each < 11; each += 1) outbox.take();
    keep(2);
    expect(policy.counters).to.include({ waiting: 2, delivered: 11 });
  });

  it("has room for 1,024 messages unless told otherwise", () => {
    const outbox = failWhenFull<string>().open();
    for (let each = 0; each < 1024; each += 1) outbox.keep(counting(1), encode);
    expect(() => outbox.keep(counting(1), encode)).to.throw("1024 messages were waiting for it");
  });

  it("bounds the bytes of the messages that count", () => {
    const outbox = failWhenFull<string>({ messages: 100, bytes: 8 }).open();
    for (const count of [0, 1, 0, 1]) outbox.keep(counting(count), encode);
    expect(() => outbox.keep(counting(1), encode)).to.throw("2 messages were waiting for it");
    outbox.keep(counting(0), encode);
  });
});
