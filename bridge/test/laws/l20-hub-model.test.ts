import { expect } from "chai";
import { Hub, NotRemembered } from "quartet-bridge/hub";
import { random, seed } from "../harness/random.js";
import { member, nextTurn, stopClock } from "../hub/hub-members.js";
import { law } from "./proof/law.js";

const replay = 20;
const mostMembers = 60;
const mostInAPack = 7;

/** Each message, also those that were packed into one. */
const each = (heard: readonly unknown[]) => heard.flatMap((message) => String(message).split("\n"));

/** A member, and what it must hear. In the model everything happens at once, in the order of the calls. */
interface Modelled {
  readonly real: ReturnType<typeof member<string>>;
  readonly due: string[];
}

/** A hub and its model, which get the same operations; `chance` decides which. */
class Play {
  readonly #chance: () => number;
  /** How many operations sometimes happen at once: more than one slice delivers. */
  readonly #burst: number;
  readonly #hub: Hub<string>;
  readonly #pass: (ms: number) => void;
  readonly #published: string[] = [];
  readonly #members = new Set<Modelled>();
  /** Members that were told their end, and get nothing more. */
  readonly #ended = new Set<Modelled>();
  readonly #left: Modelled[] = [];
  /** Bounds the operations during deliveries, because each causes more deliveries, and so more operations. */
  #fromInside = 0;
  #names = 0;
  refused = 0;
  cutInSlices = 0;
  packed = 0;

  /** @param packs whether the hub packs several messages into one */
  constructor(from: number, packs: boolean) {
    this.#chance = random(from);
    this.#burst = packs ? 40 * mostInAPack : 40;
    this.#pass = stopClock();
    const pack = (messages: readonly string[]) => {
      expect(messages.length).to.be.within(2, mostInAPack);
      this.packed += 1;
      return messages.join("\n");
    };
    const packing = packs ? { packing: { pack, messages: mostInAPack } } : {};
    this.#hub = new Hub<string>({ replay, maxLag: 10_000, ...packing });
  }

  step(): void {
    this.#fromInside = 20;
    const many = this.#chance() < 0.1;
    this.#hub.batch(() => {
      for (let more = many ? this.#burst : 1; more > 0; more -= 1) this.#act();
    });
    this.#pass(this.#chance());
    if (this.#hub.gauges.lag > 0) this.cutInSlices += 1;
  }

  async end(): Promise<void> {
    this.#fromInside = 0;
    this.#hub.complete();
    for (const { due } of this.#members) due.push("complete");
    while (this.#hub.gauges.members > 0) await nextTurn();
  }

  /** Compares: a member has heard what it was due. A member that left has heard the beginning of that. */
  check(): void {
    const { members, lag, published } = this.#hub.gauges;
    expect([members, lag, published]).to.deep.equal([0, 0, this.#published.length]);
    for (const { real, due } of [...this.#members, ...this.#ended]) expect(each(real.heard)).to.deep.equal(due);
    for (const { real, due } of this.#left) {
      const heard = each(real.heard);
      expect(heard).to.deep.equal(due.slice(0, heard.length));
    }
  }

  #act(): void {
    const what = this.#chance();
    const some = [...this.#members][Math.trunc(this.#chance() * this.#members.size)];
    if (what < 0.5) this.#publish();
    else if (what < 0.7) this.#come();
    else if (!some) return;
    else if (what < 0.85) this.#send(some);
    else if (what < 0.97) this.#leave(some);
    else this.#complete(some);
  }

  #publish(): void {
    const message = `m${this.#published.length + 1}`;
    this.#published.push(message);
    for (const { due } of this.#members) due.push(message);
    const number = this.#hub.publish(message);
    expect(`m${number}`).to.equal(message);
  }

  #come(): void {
    if (this.#members.size >= mostMembers) return;
    const newest = this.#published.length;
    const first = `welcome ${++this.#names}`;
    const after = Math.trunc(newest - this.#chance() * (replay + 5));
    const last = Math.trunc(this.#chance() * (replay + 5));
    const byPosition = this.#chance() < 0.5;
    const isKnown = after >= Math.max(0, newest - replay);
    if (byPosition && !isKnown) {
      this.refused += 1;
      const refused: unknown[] = [];
      this.#hub.join({ after }).subscribe({ error: (error: unknown) => refused.push(error) });
      expect(refused[0]).to.be.instanceOf(NotRemembered);
      return;
    }
    const from = byPosition ? after : Math.max(0, newest - Math.min(last, replay));
    const due = [first, ...this.#published.slice(from)];
    // In a batch, like every operation here, so that the model knows the member before its first delivery.
    const entrance = byPosition ? { after, first } : { last, first };
    const modelled: Modelled = { real: member(this.#hub, entrance, () => this.#given(modelled)), due };
    this.#members.add(modelled);
  }

  #send(to: Modelled): void {
    const message = `own ${++this.#names}`;
    to.due.push(message);
    to.real.send(message);
  }

  #leave(who: Modelled): void {
    this.#members.delete(who);
    this.#ended.delete(who);
    this.#left.push(who);
    who.real.leave();
  }

  #complete(who: Modelled): void {
    who.due.push("complete");
    this.#members.delete(who);
    this.#ended.add(who);
    who.real.complete();
  }

  /** Each delivery takes some time, and sometimes causes an operation. */
  #given(to: Modelled): void {
    this.#pass(this.#chance() * 0.02);
    if (this.#fromInside === 0 || this.#chance() > 0.02) return;
    this.#fromInside -= 1;
    if (this.#chance() < 0.2) this.#leave(to);
    else this.#act();
  }
}

law("L20", "a hub and its model get the same operations, and each member hears the same from both", ({ repeat }) => {
  for (const packs of [false, true]) {
    let from = seed;
    const title = `3,000 comings, leavings, messages and endings, from inside too, in slices${packs ? ", packed" : ""}`;
    repeat(20, `${title} (SEED=${seed})`, async () => {
      const play = new Play(from, packs);
      from += 1;
      for (let step = 0; step < 3000; step += 1) {
        play.step();
        if (step % 3 === 0) await nextTurn();
      }
      await play.end();
      play.check();
      expect(play.cutInSlices).to.be.greaterThan(20);
      expect(play.refused).to.be.greaterThan(20);
      expect(play.packed > 20).to.equal(packs);
    });
  }
});
