/** What happens to members and their processes. */
export type Disturbance = "leave" | "half-close" | "cancel" | "cut" | "stall" | "pause" | "stop" | "kill";

/** What a soak is made of. */
export interface Settings {
  readonly seed: number;
  readonly rooms: number;
  readonly members: number;
  /** Client processes; nothing ever happens to the first, whose members stay from the begin to the end. */
  readonly processes: number;
  /** How long the rounds go on; or until the deck has been drawn so many times. */
  readonly lasts: { readonly minutes: number } | { readonly decks: number };
  /** How many messages are said in a round. */
  readonly messagesPerRound: number;
  /** Milliseconds from the begin of a round to that of the next. */
  readonly roundMs: number;
  /** In which share of the rounds somebody who is away comes back. */
  readonly returns: number;
  /** One is drawn in each round, until all have been; undefined is a round in which nothing happens. */
  readonly deck: readonly (Disturbance | undefined)[];
  /** Whether some of those that stall are left alone until the server has lost its patience with them, after 10 s. */
  readonly untilCut: boolean;
  /** The most that the heap at the end may be, as a multiple of what it was at the first reading; undefined: any. */
  readonly mostGrowth: number | undefined;
}

const roundMs = 100;

/** The ten seconds of a full run, in rounds: somebody leaves or is cut four times a second. */
export const fullDeck: Settings["deck"] = [
  ...Array<Disturbance>(12).fill("leave"),
  ...Array<Disturbance>(4).fill("half-close"),
  ...Array<Disturbance>(10).fill("cancel"),
  ...Array<Disturbance>(10).fill("cut"),
  "stall",
  "pause",
  "stop",
  "kill",
  ...Array<undefined>(60).fill(undefined),
];

/** @param rate messages in a second, all members together */
export function timed(seed: number, minutes: number, rooms: number, members: number, rate: number): Settings {
  return {
    seed,
    rooms,
    members,
    processes: 4,
    lasts: { minutes },
    messagesPerRound: Math.max(1, Math.round((rate * roundMs) / 1000)),
    roundMs,
    // After two seconds on the average, and now and then after ten: the room has forgotten the position by then.
    returns: 0.05,
    deck: fullDeck,
    untilCut: true,
    // A server that has run for less than two minutes is still being compiled: its heap grows without a leak.
    mostGrowth: minutes >= 10 ? 1.1 : undefined,
  };
}
