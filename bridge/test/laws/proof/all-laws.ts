/** The laws of docs/stream-laws.md, and the words for each in the table if it has no test. */
export const allLaws = {
  L1: "cold: no call before a subscription",
  L2: "a call that the client ends stops",
  L3: "the peer cancels, so the work stops",
  L4: "read bound",
  L5: "write bound of pulled sources",
  L6: "write bound of pushed sources",
  L7: "exactly once and in order",
  L8: "the status table",
  L9: "errors are sent at once, after queued messages",
  L10: "messages before an error are read",
  L11: "a lost request stream is not a complete one",
  L12: "the server ends first",
  L13: "the client's source fails",
  L14: "deadlines",
  L15: "no unary response, or two",
  L16: "headers and trailers",
  L17: "no leaks",
  L18: "teardown is idempotent",
  L19: "re-entrancy",
  L20: "hub",
  L21: "accepted messages cannot change",
  L22: "shutdown",
  L23: "metadata",
  L24: "a call that cannot begin",
  L25: "errors that no code handles",
} as const;

export type LawId = keyof typeof allLaws;

export const lawIds = Object.keys(allLaws) as LawId[];
