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
