import { expect } from "chai";
import { Hub, NotRemembered } from "../../src/bridge/index.js";
import { random, seed } from "../random.js";
import { clock, member, nextTurn } from "./hub-members.js";

const replay = 20;
const mostMembers = 60;

/** A member, and what it is to hear: for the model all that is done happens at once, in the order of the calls. */
interface Modelled {
  readonly real: ReturnType<typeof member<string>>;
  readonly due: string[];
}

/** A hub and its model, on which the same is done; `chance` decides what. */
class Play {
  readonly #chance: () => number;
  readonly #hub: Hub<string>;
  readonly #pass: (ms: number) => void;
  readonly #published: string[] = [];
  readonly #members = new Set<Modelled>();
  /** They have been told their end, and nothing more is due to them. */
  readonly #ended = new Set<Modelled>();
  readonly #left: Modelled[] = [];
  /** Bounds what is done from inside: each thing done makes more deliveries, in which more can be done. */
  #fromInside = 0;
  #names = 0;
  refused = 0;
  cutInSlices = 0;

  constructor(from: number) {
    this.#chance = random(from);
    const { now, pass } = clock();
    this.#pass = pass;
    this.#hub = new Hub<string>({ replay, now, sliceMs: 2, maxLag: 10_000 });
  }

  step(): void {
    this.#fromInside = 20;
    const many = this.#chance() < 0.1;
    this.#hub.batch(() => {
      for (let more = many ? 40 : 1; more > 0; more -= 1) this.#act();
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

  /** Compares: a member has heard what it is due, and one that has left a beginning of it. */
  check(): void {
    const { members, lag, published } = this.#hub.gauges;
    expect([members, lag, published]).to.deep.equal([0, 0, this.#published.length]);
    for (const { real, due } of [...this.#members, ...this.#ended]) expect(real.heard).to.deep.equal(due);
    for (const { real, due } of this.#left) expect(real.heard).to.deep.equal(due.slice(0, real.heard.length));
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
    // In a batch, as all that is done here: it is given nothing before the model knows it.
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

  /** Each delivery takes its time, and now and then something is done from inside of it. */
  #given(to: Modelled): void {
    this.#pass(this.#chance() * 0.02);
    if (this.#fromInside === 0 || this.#chance() > 0.02) return;
    this.#fromInside -= 1;
    if (this.#chance() < 0.2) this.#leave(to);
    else this.#act();
  }
}

describe("A hub against its model", () => {
  for (let round = 0; round < 5; round += 1) {
    it(`3,000 comings, leavings, messages and endings, from inside too, in slices (SEED=${seed + round})`, async () => {
      const play = new Play(seed + round);
      for (let step = 0; step < 3000; step += 1) {
        play.step();
        if (step % 3 === 0) await nextTurn();
      }
      await play.end();
      play.check();
      expect(play.cutInSlices).to.be.greaterThan(20);
      expect(play.refused).to.be.greaterThan(20);
    });
  }
});
