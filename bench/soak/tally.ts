/** What has happened in a run, each as often as it has; at first nothing. */
export const nothingYet = {
  sessions: 0,
  /** Messages whose numbers their members were told. */
  accepted: 0,
  /** Events that were heard, each by each. */
  delivered: 0,
  /** Messages whose calls have ended before their members were told the number. */
  unacknowledged: 0,
  resumed: 0,
  outOfRange: 0,
  /** Members whose processes were killed. */
  killed: 0,
  /** Members whose processes were stopped until the server had given them up. */
  stopped: 0,
  /** Members that the server has dropped because they did not read. */
  dropped: 0,
  /** Of these, those whose connection the server has cut. */
  cutByServer: 0,
  // The disturbances.
  leave: 0,
  "half-close": 0,
  cancel: 0,
  cut: 0,
  stall: 0,
  pause: 0,
  stop: 0,
  kill: 0,
};

export type Tally = typeof nothingYet;
