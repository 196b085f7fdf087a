import { status } from "@grpc/grpc-js";
import { StatusError } from "../errors/status-error.js";
import type { Outgoing } from "../stream/encoded.js";
import { Ending, type Member } from "./hub-member.js";
import { bytesOf, type Packer } from "./packing.js";
import { RingBuffer } from "./ring-buffer.js";
import { Round } from "./round.js";
import type { Slices } from "./slices.js";

/** The state of a hub at one moment. All fields are numbers of members or of messages. */
export interface HubGauges {
  readonly members: number;
  /** How many messages were published since the hub was made, which is the number of the last one. */
  readonly published: number;
  /**
   * How many messages were handed to members, counted once per member, also replayed and private ones. Several messages
   * that were packed into one count as one.
   */
  readonly delivered: number;
  /** How many members were ended because they were more than `maxLag` messages behind. */
  readonly dropped: number;
  /** How many messages the member that is farthest behind is behind. */
  readonly lag: number;
  /** Messages that the hub holds, to replay them, or because some member has not been given them yet. */
  readonly held: number;
  /** The most messages that it has held. */
  readonly peak: number;
}

/** How much of the past is kept. A message that exceeds one of the bounds is forgotten. */
export interface Memory {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * What a hub does: it keeps a numbered log and the position of each member in it, and gives the members what they are
 * due. The slices pace that work.
 */
export class FanOut<T> {
  /** The messages up to the newest, oldest first: those to replay, and those that some member has not been given. */
  readonly #log = new RingBuffer<Outgoing<T>>();
  /** The members, ordered by the position that they have reached: the member farthest behind has the next turn. */
  readonly #round = new Round<Member<T>>();
  /** Members with a private message or an ending, which a member that is behind gets at its place in the order. */
  readonly #addressed = new Set<Member<T>>();
  readonly #slices: Slices;
  readonly #memory: Memory;
  readonly #maxLag: number;
  readonly #packer: Packer<T> | undefined;
  #newest = 0;
  /** The serialized bytes of the messages in the log. */
  #bytes = 0;
  #ending: Ending | undefined;
  /** Whether an addressed member comes next, or one that is behind. They alternate, so neither kind waits long. */
  #addressedNext = true;
  #members = 0;
  #delivered = 0;
  #dropped = 0;
  #peak = 0;

  constructor(slices: Slices, memory: Memory, maxLag: number, packer: Packer<T> | undefined) {
    this.#slices = slices;
    this.#memory = memory;
    this.#maxLag = maxLag;
    this.#packer = packer;
  }

  get newest(): number {
    return this.#newest;
  }

  get gauges(): HubGauges {
    return {
      members: this.#members,
      published: this.#newest,
      delivered: this.#delivered,
      dropped: this.#dropped,
      lag: this.#lag,
      held: this.#log.size,
      peak: this.#peak,
    };
  }

  /** How many of the last messages are remembered. */
  get remembered(): number {
    return Math.min(this.#log.size, this.#memory.messages);
  }

  /** The last `count` messages, which must be remembered. */
  last(count: number): Outgoing<T>[] {
    return Array.from({ length: count }, (_, index) => this.#numbered(this.#newest - count + 1 + index));
  }

  append(message: Outgoing<T>): number {
    if (this.#ending) return this.#newest;
    this.#log.push(message);
    this.#bytes += bytesOf(message);
    this.#newest += 1;
    const number = this.#newest;
    // The log is bounded here and not where messages are delivered, because a busy hub delivers too late.
    for (let last = this.#last; last && this.#lag > this.#maxLag; last = this.#last) this.#drop(last);
    this.#forget();
    this.#peak = Math.max(this.#peak, this.#log.size);
    this.#slices.run();
    return number;
  }

  /** Adds a member that has reached the newest message, until its subscriber is unsubscribed. */
  add(member: Member<T>): void {
    this.#members += 1;
    // The new member takes the last place, and the member that has its turn now will come after it. So that member must
    // reach at least as far in this turn.
    if (this.#round.first) this.#round.first.turnEnds = this.#newest;
    this.#round.add(member);
    member.subscriber.add(() => this.#leave(member));
  }

  /** Gives something to one member alone, after everything that was published before. */
  tell(member: Member<T>, what: Outgoing<T> | Ending): void {
    if (member.gone) return;
    member.tell(what, this.#newest);
    // Private messages wait as published ones do, and need a bound as those do.
    if (member.ownSize > this.#maxLag + this.#memory.messages + 1) this.#drop(member);
    this.#addressed.add(member);
    this.#slices.run();
  }

  /** Ends all members after what they are due, and also later members. Only the first call counts. */
  end(ending: Ending): void {
    this.#ending ??= ending;
    this.#slices.run();
  }

  /** The work of the slices: serves addressed members and members that are behind, one of each in turn. */
  giveOut(): boolean {
    while (!this.#slices.over) {
      const behind = this.#behind;
      const addressed = this.#addressedNext || !behind ? firstOf(this.#addressed) : undefined;
      this.#addressedNext = addressed === undefined;
      if (addressed) this.#giveOwn(addressed);
      else if (behind) this.#giveTurn(behind);
      else break;
    }
    this.#forget();
    if (this.#due) return true;
    this.#packer?.forget();
    return false;
  }

  /** The member whose turn it is; undefined if all members have what was published. */
  get #behind(): Member<T> | undefined {
    const { first } = this.#round;
    return first && (this.#ending || first.reached < this.#newest) ? first : undefined;
  }

  get #due(): boolean {
    return this.#addressed.size > 0 || this.#behind !== undefined;
  }

  /** The member that is farthest behind: the second one if the first one is in the middle of its turn. */
  get #last(): Member<T> | undefined {
    const { first } = this.#round;
    return first?.next && first.next.reached < first.reached ? first.next : first;
  }

  get #lag(): number {
    const last = this.#last;
    return last ? this.#newest - last.reached : 0;
  }

  readonly #numbered = (number: number): Outgoing<T> =>
    this.#log.at(this.#log.size - 1 - (this.#newest - number)) as Outgoing<T>;

  /** Forgets the messages that no member is due any more and that are too old to be replayed. */
  #forget(): void {
    const due = this.#lag;
    const { messages, bytes } = this.#memory;
    while (this.#log.size > due && (this.#log.size > messages || this.#bytes > bytes)) {
      this.#bytes -= bytesOf(this.#log.shift() as Outgoing<T>);
    }
  }

  /** Ends a member that is too far behind, when its turn comes. It gets nothing else until then. */
  #drop(member: Member<T>): void {
    this.#dropped += 1;
    const details = `the server is too busy: more than ${this.#maxLag} messages were waiting to be given to this reader`;
    member.cutShort(new Ending(new StatusError(status.RESOURCE_EXHAUSTED, details)));
    this.#round.remove(member);
    this.#addressed.add(member);
  }

  #leave(member: Member<T>): void {
    if (member.gone) return;
    member.gone = true;
    this.#members -= 1;
    this.#round.remove(member);
    this.#addressed.delete(member);
    this.#forget();
    if (!this.#due) this.#slices.cancel();
  }

  #giveOwn(member: Member<T>): void {
    this.#addressed.delete(member);
    // Nothing of the log: a member that got that out of turn would be in the wrong place of the round.
    if (!this.#give(member, true)) this.#addressed.add(member);
  }

  #giveTurn(member: Member<T>): void {
    // A turn that was cut off by the end of a slice continues to where it was to end.
    if (member.reached >= member.turnEnds) member.turnEnds = this.#newest;
    if (this.#ending) member.tell(this.#ending, this.#newest);
    if (this.#give(member, false) && this.#round.first === member) this.#round.advance();
  }

  /** What `member` gets next from the log. The position of the member moves to the end of that. */
  #next(member: Member<T>): Outgoing<T> {
    if (this.#packer === undefined) return this.#numbered(++member.reached);
    const { message, last } = this.#packer.take(member.reached + 1, member.undisturbedUpTo, this.#numbered);
    member.reached = last;
    return message;
  }

  /**
   * Gives `member` what it is due until its turn ends, or only its private messages. Returns false if the slice is over
   * and something is left. A member harms no other member, neither by an error that it throws nor by leaving.
   */
  #give(member: Member<T>, onlyItsOwn: boolean): boolean {
    const { subscriber } = member;
    try {
      while (!subscriber.closed) {
        const isOwn = member.ownIsDue;
        if (!isOwn && (onlyItsOwn || member.reached >= member.turnEnds)) return true;
        if (this.#slices.over) return false;
        this.#slices.step();
        const what = isOwn ? member.takeOwn() : this.#next(member);
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
    // A member that takes nothing any more, and whose leaving is not known here yet, would stop the round.
    this.#leave(member);
    return true;
  }
}

function firstOf<T>(set: ReadonlySet<T>): T | undefined {
  if (set.size === 0) return undefined;
  const [first] = set;
  return first;
}
