import { expect } from "chai";
import { Encoded, encoder } from "quartet-bridge";
import { Hub, NotRemembered } from "quartet-bridge/hub";
import { Subscriber } from "rxjs";
import { member } from "./hub-members.js";

describe("A hub", () => {
  it("gives each message to all members before publish returns the message's number", () => {
    const hub = new Hub<string>();
    const [ada, grace] = [member(hub), member(hub)];
    expect([hub.newest, hub.publish("a"), hub.publish("b"), hub.newest]).to.deep.equal([0, 1, 2, 2]);
    expect(ada.heard).to.deep.equal(["a", "b"]);
    expect(grace.heard).to.deep.equal(["a", "b"]);
  });

  it("serializes a message once for any number of members, and gives all of them the same object", () => {
    let serialized = 0;
    const encode = encoder<string>({
      responseSerialize(text) {
        serialized += 1;
        return Buffer.from(text);
      },
    });
    const hub = new Hub<string>({ encode });
    const members = Array.from({ length: 5 }, () => member(hub));
    hub.publish("a");
    hub.publish(encode("b"));
    const [first, second] = members[0]?.heard ?? [];
    for (const [each, text] of [
      [first, "a"],
      [second, "b"],
    ] as const) {
      expect(each).to.be.instanceOf(Encoded);
      expect((each as Encoded<string>).bytes.toString()).to.equal(text);
    }
    for (const { heard } of members) {
      expect(heard[0]).to.equal(first);
      expect(heard[1]).to.equal(second);
    }
    expect(serialized).to.equal(2);
  });

  it("treats undefined options as absent", () => {
    const pack = () => "packed";
    const packing = { pack, messages: undefined, bytes: undefined };
    const all = { encode: undefined, replay: undefined, replayBytes: undefined, maxLag: undefined };
    for (const options of [
      { ...all, packing },
      { ...all, packing: undefined },
    ]) {
      const hub = new Hub<string>(options);
      hub.publish("a");
      expect([member(hub, { last: 1 }).heard, hub.gauges.held]).to.deep.equal([[], 0]);
    }
  });

  it("gives plain messages by `messages`, also replayed, packed and encoded ones", () => {
    const encode = encoder<string>({ responseSerialize: (text) => Buffer.from(text) });
    const pack = (texts: readonly string[]) => texts.join("+");
    const hub = new Hub<string>({ encode, replay: 2, packing: { pack } });
    for (const text of ["a", "b", "c"]) hub.publish(text);
    const heard: string[] = [];
    hub.messages({ last: 2, first: "welcome" }).subscribe((text) => heard.push(text));
    hub.batch(() => {
      for (const text of ["d", "e"]) hub.publish(text);
    });
    expect(heard).to.deep.equal(["welcome", "b", "c", "d+e"]);
  });

  it("refuses a position by `messages` as it does by `join`", () => {
    const errors: unknown[] = [];
    new Hub<string>().messages({ after: 1 }).subscribe({ error: (error) => errors.push(error) });
    expect(errors[0]).to.be.instanceOf(NotRemembered);
  });

  it("gives a message its own memory, so that a stalled member does not keep 8 KiB of Node's pool", () => {
    const encode = encoder<string>({ responseSerialize: (text) => Buffer.from(text) });
    const hub = new Hub<string>({ encode });
    const ada = member(hub);
    hub.publish("a");
    const [{ message, bytes }] = ada.heard as unknown as [Encoded<string>];
    expect([message, bytes.toString(), bytes.buffer.byteLength]).to.deep.equal(["a", "a", 1]);
  });

  it("gives a message that cannot be serialized neither to a member nor a number", () => {
    const hub = new Hub<string>({
      encode(text) {
        if (text === "bad") throw new TypeError("no string");
        return new Encoded(text, Buffer.from(text));
      },
    });
    const ada = member(hub);
    expect(() => hub.publish("bad")).to.throw("no string");
    expect(() => ada.send("bad")).to.throw("no string");
    expect(ada.heard).to.deep.equal([]);
    expect([hub.newest, hub.publish("good")]).to.deep.equal([0, 1]);
  });

  it("makes each subscription a member until it ends", () => {
    const hub = new Hub<string>({ replay: 10 });
    const joined = hub.join();
    hub.publish("before");
    expect(hub.gauges.members).to.equal(0);
    const heard: unknown[] = [];
    const [one, two] = [joined.subscribe((message) => heard.push(message)), joined.subscribe(() => {})];
    expect(hub.gauges.members).to.equal(2);
    one.unsubscribe();
    one.unsubscribe();
    expect(hub.gauges.members).to.equal(1);
    hub.publish("after");
    two.unsubscribe();
    expect([heard, hub.gauges.members]).to.deep.equal([[], 0]);
  });

  describe("replays messages", () => {
    const remembering = () => {
      const hub = new Hub<number>({ replay: 3 });
      for (let n = 1; n <= 5; n += 1) hub.publish(n);
      return hub;
    };
    const heardBy = (entrance: object) => {
      const hub = remembering();
      const { heard } = member(hub, entrance);
      hub.publish(6);
      return heard;
    };

    it("to a member that asks for the last messages, if it remembers them, and then gives new ones", () => {
      expect(heardBy({})).to.deep.equal([6]);
      expect(heardBy({ last: 0 })).to.deep.equal([6]);
      expect(heardBy({ last: 2 })).to.deep.equal([4, 5, 6]);
      expect(heardBy({ last: 10_000 })).to.deep.equal([3, 4, 5, 6]);
      expect(heardBy({ last: -1 })).to.deep.equal([6]);
    });

    it("to a member that has a position, after the member's first message", () => {
      expect(heardBy({ after: 2 })).to.deep.equal([3, 4, 5, 6]);
      expect(heardBy({ after: 5 })).to.deep.equal([6]);
      expect(heardBy({ after: 4, last: 3, first: 0 })).to.deep.equal([0, 5, 6]);
    });

    for (const after of [-1, 0, 1, 6, 1.5, Number.NaN]) {
      it(`and fails with what it remembers if the position is ${after}`, () => {
        const hub = remembering();
        let failure: unknown;
        hub.join({ after }).subscribe({
          error: (error: unknown) => (failure = error),
        });
        expect(failure).to.be.instanceOf(NotRemembered);
        expect(failure).to.include({ oldest: 3, newest: 5 });
        expect(hub.gauges.members).to.equal(0);
      });
    }

    it("and remembers none by default: only the newest position can be resumed from", () => {
      const hub = new Hub<number>();
      hub.publish(1);
      expect(() => hub.enter(new Subscriber(), { after: 0 }))
        .to.throw(NotRemembered)
        .with.include({ oldest: 2, newest: 1 });
      const late = member(hub, { after: 1 });
      hub.publish(2);
      expect(late.heard).to.deep.equal([2]);
    });
  });

  describe("keeps one order", () => {
    it("of a message and its acknowledgement in a batch, although a member answers the message at once", () => {
      const hub = new Hub<string>();
      const ada = member(hub);
      member(hub, {}, (message) => message === "ping" && hub.publish("pong"));
      const number = hub.batch(() => {
        const published = hub.publish("ping");
        ada.send(`ack ${published}`);
        expect(ada.heard).to.deep.equal([]);
        return published;
      });
      expect(number).to.equal(1);
      expect(ada.heard).to.deep.equal(["ping", "ack 1", "pong"]);
    });

    it("when the work of a batch throws: its earlier messages are still published", () => {
      const hub = new Hub<string>();
      const ada = member(hub);
      const work = () => {
        hub.publish("said");
        throw new RangeError("too long");
      };
      expect(() => hub.batch(work)).to.throw("too long");
      expect(ada.heard).to.deep.equal(["said"]);
    });
  });

  it("shows how many members there are, and how many messages were published and delivered", () => {
    const hub = new Hub<number>({ replay: 2 });
    const ada = member(hub);
    for (let n = 1; n <= 5; n += 1) hub.publish(n);
    member(hub, { last: 2, first: 0 });
    ada.send(6);
    const seen = { members: 2, published: 5, delivered: 5 + 3 + 1, dropped: 0, lag: 0, held: 2, peak: 2 };
    expect(hub.gauges).to.deep.equal(seen);
  });

  it("refuses invalid bounds", () => {
    const wrong = [{ replay: -1 }, { replay: Number.NaN }, { maxLag: 0 }, { maxLag: Number.NaN }];
    for (const options of wrong) expect(() => new Hub(options), JSON.stringify(options)).to.throw(RangeError);
  });
});
