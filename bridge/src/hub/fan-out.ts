import { status } from "@grpc/grpc-js";
import { StatusError } from "../errors/status-error.js";
import type { Outgoing } from "../stream/encoded.js";
import type { HubGauges } from "./gauges.js";
import { Ending, type Member, MemberRing } from "./members.js";
import type { MessageLog } from "./message-log.js";
import type { Packer } from "./packing.js";
import { TimeBudget } from "./time-budget.js";

/**
 * Delivers to members the messages of a log, and messages for one member only. It delivers a few at once, and many in
 * slices: a `setImmediate` follows each slice, so that the event loop can run. Nothing is scheduled while nothing is
 * due.
 */
export class FanOut<T> {
  readonly #log: MessageLog<T>;
  readonly #maxLag: number;
  /** How many items may wait for one member alone. */
  readonly #maxPrivate: number;
  readonly #packer: Packer<T> | undefined;
  #hasPacked = false;
  /** The members, ordered by the position that they have reached: the member farthest behind has the next turn. */
  readonly #ring = new MemberRing<T>();
  /**
   * Members with a private message or an ending. A member that is behind gets these in their order with its other
   * messages.
   */
  readonly #addressed = new Set<Member<T>>();
  /** Whether an addressed member comes next, or one that is behind. They alternate, so neither kind waits long. */
  #addressedNext = true;
  readonly #budget = new TimeBudget();
  /** Whether a slice or a batch runs: messages from inside it are delivered afterwards. */
  #busy = false;
  /** The next slice. */
  #pending: NodeJS.Immediate | undefined;
  #ending: Ending | undefined;
  #members = 0;
  #delivered = 0;
  #dropped = 0;

  /** @param replay how many messages a member may be given when it joins, besides those of `maxLag` */
  constructor(log: MessageLog<T>, maxLag: number, replay: number, packer: Packer<T> | undefined) {
    this.#log = log;
    this.#maxLag = maxLag;
    this.#maxPrivate = maxLag + replay + 1;
    this.#packer = packer;
  }

  get gauges(): HubGauges {
    return {
      members: this.#members,
      published: this.#log.newest,
      delivered: this.#delivered,
      dropped: this.#dropped,
      lag: this.#lag,
      held: this.#log.size,
      peak: this.#log.peak,
    };
  }

  /** Gives `message` to all members, and returns its number. Does nothing after the end. */
  publish(message: Outgoing<T>): number {
    if (this.#ending) return this.#log.newest;
    const number = this.#log.append(message);
    // The log is bounded here and not where messages are delivered, because a busy hub delivers too late.
    while (this.#lag > this.#maxLag) this.#drop(this.#ring.farthestBehind as Member<T>);
    this.#log.forget(this.#lag);
    this.#deliver();
    return number;
  }

  /** Adds a member that has reached the newest message, until its subscriber is unsubscribed. */
  add(member: Member<T>): void {
    this.#members += 1;
    // The new member takes the last place, and the member that has its turn now will come after it. So that member must
    // reach at least as far in this turn.
    if (this.#ring.first) this.#ring.first.turnEnds = this.#log.newest;
    this.#ring.add(member);
    member.subscriber.add(() => this.#leave(member));
  }

  /** Gives something to one member alone, after everything that was published before. */
  tell(member: Member<T>, what: Outgoing<T> | Ending): void {
    if (member.gone) return;
    member.tell(what, this.#log.newest);
    // Private messages wait as published ones do, and need a bound as those do.
    if (member.privateCount > this.#maxPrivate) this.#drop(member);
    this.#addressed.add(member);
    this.#deliver();
  }

  /** Ends all members after what they are due, and also later members. Only the first call counts. */
  end(ending: Ending): void {
    this.#ending ??= ending;
    this.#deliver();
  }

  /** Calls `work`, and delivers its messages after it has returned. */
  batch<R>(work: () => R): R {
    if (this.#busy) return work();
    this.#busy = true;
    try {
      return work();
    } finally {
      this.#busy = false;
      this.#deliver();
    }
  }

  /** The member whose turn it is; undefined if all members have all messages. */
  get #behind(): Member<T> | undefined {
    const { first } = this.#ring;
    return first && (this.#ending || first.reached < this.#log.newest) ? first : undefined;
  }

  get #due(): boolean {
    return this.#addressed.size > 0 || this.#behind !== undefined;
  }

  get #lag(): number {
    const { farthestBehind } = this.#ring;
    return farthestBehind ? this.#log.newest - farthestBehind.reached : 0;
  }

  /** Ends a member that is too far behind, when its turn comes. It gets nothing else until then. */
  #drop(member: Member<T>): void {
    this.#dropped += 1;
    const details = `the server is too busy: more than ${this.#maxLag} messages were waiting to be given to this reader`;
    member.cutShort(new Ending(new StatusError(status.RESOURCE_EXHAUSTED, details)));
    this.#ring.remove(member);
    this.#addressed.add(member);
  }

  #leave(member: Member<T>): void {
    if (member.gone) return;
    member.gone = true;
    this.#members -= 1;
    this.#ring.remove(member);
    this.#addressed.delete(member);
    this.#log.forget(this.#lag);
    if (this.#due) return;
    clearImmediate(this.#pending);
    this.#pending = undefined;
  }

  /** Delivers what is due. If a slice or a batch runs or is scheduled, it does so after that. */
  #deliver(): void {
    if (this.#busy || this.#pending) return;
    this.#budget.start();
    this.#slice();
  }

  #slice(): void {
    this.#busy = true;
    try {
      this.#deliverInTurn();
    } finally {
      this.#busy = false;
      this.#budget.stop();
    }
    if (this.#due) {
      this.#pending = setImmediate(() => {
        this.#pending = undefined;
        this.#budget.renew();
        this.#slice();
      });
    } else if (this.#hasPacked) {
      this.#hasPacked = false;
      this.#packer?.forget();
    }
  }

  /** Serves addressed members and members that are behind, one of each in turn, while the budget lasts. */
  #deliverInTurn(): void {
    while (!this.#budget.spent) {
      const behind = this.#behind;
      const privately = this.#addressed.size > 0 && (this.#addressedNext || !behind);
      this.#addressedNext = !privately;
      if (privately) this.#deliverPrivate();
      else if (behind) this.#deliverTurn(behind);
      else break;
    }
    this.#log.forget(this.#lag);
  }

  #deliverPrivate(): void {
    const [member] = this.#addressed;
    if (!member) return;
    this.#addressed.delete(member);
    // Not from the log: a member that got log messages out of turn would be at the wrong place of the ring.
    if (!this.#deliverTo(member, true)) this.#addressed.add(member);
  }

  #deliverTurn(member: Member<T>): void {
    // A turn that was cut off by the end of a slice continues to where it was to end.
    if (member.reached >= member.turnEnds) member.turnEnds = this.#log.newest;
    if (this.#ending) member.tell(this.#ending, this.#log.newest);
    if (this.#deliverTo(member, false) && this.#ring.first === member) this.#ring.advance();
  }

  /**
   * Gives `member` what it is due until its turn ends, or only its private messages. Returns false if the budget is
   * spent and something is left. A member harms no other member, neither by an error that it throws nor by leaving.
   */
  #deliverTo(member: Member<T>, onlyPrivate: boolean): boolean {
    const { subscriber } = member;
    try {
      while (!subscriber.closed) {
        const isPrivate = member.privateIsDue;
        if (!isPrivate && (onlyPrivate || member.reached >= member.turnEnds)) return true;
        if (this.#budget.spent) return false;
        this.#budget.step();
        const what = isPrivate ? member.takePrivate() : this.#next(member);
        if (what instanceof Ending) {
          what.end(subscriber);
          break;
        }
        this.#delivered += 1;
        subscriber.next(what);
      }
    } catch (error) {
      member.failed(error);
    }
    // A member that takes nothing any more, and whose leaving is not known here yet, would stop the ring.
    this.#leave(member);
    return true;
  }

  /** What `member` gets next from the log. The position of the member moves to the end of that. */
  #next(member: Member<T>): Outgoing<T> {
    const next = member.reached + 1;
    if (this.#packer === undefined || member.undisturbedUpTo === next) {
      member.reached = next;
      return this.#log.numbered(next);
    }
    this.#hasPacked = true;
    const { message, last } = this.#packer.take(next, member.undisturbedUpTo);
    member.reached = last;
    return message;
  }
}
