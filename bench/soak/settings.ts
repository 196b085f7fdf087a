/** What happens to members and their processes. */
export type Disturbance = "leave" | "half-close" | "cancel" | "cut" | "stall" | "pause" | "stop" | "kill";

export interface Settings {
  readonly seed: number;
  readonly rooms: number;
  readonly members: number;
  /** Client processes. The first one is never disturbed, and its members stay from beginning to end. */
  readonly processes: number;
  /** How long the rounds continue, or how often the whole deck is drawn. */
  readonly lasts: { readonly minutes: number } | { readonly decks: number };
  readonly messagesPerRound: number;
  /** Milliseconds from the beginning of a round to the next. */
  readonly roundMs: number;
  /** The share of rounds in which a member that is away returns. */
  readonly returns: number;
  /** One is drawn in each round, until all are drawn. undefined is a round without a disturbance. */
  readonly deck: readonly (Disturbance | undefined)[];
  /** Whether some stalled members stay stalled until the server cuts them, after 10 s. */
  readonly untilCut: boolean;
  /** The largest heap at the end, as a multiple of the first reading; undefined: any. */
  readonly mostGrowth: number | undefined;
}

const roundMs = 100;

/** Ten seconds of a full run, in rounds: a member leaves or is cut four times per second. */
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

/** @param rate messages per second of all members together */
export function timed(seed: number, minutes: number, rooms: number, members: number, rate: number): Settings {
  return {
    seed,
    rooms,
    members,
    processes: 4,
    lasts: { minutes },
    messagesPerRound: Math.max(1, Math.round((rate * roundMs) / 1000)),
    roundMs,
    // After two seconds on average, and sometimes after ten, when the room has forgotten the position.
    returns: 0.05,
    deck: fullDeck,
    untilCut: true,
    // In the first two minutes a server is still being compiled, so its heap grows without a leak.
    mostGrowth: minutes >= 10 ? 1.1 : undefined,
  };
}
