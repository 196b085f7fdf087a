/** What the harness asks of a measured process, which answers with {@link Memory}. */
export const memoryQuestion = "memory";

/** What a process holds after a collection, in bytes. */
export interface Memory {
  /** JavaScript's heap and what hangs on it outside, buffers above all. */
  readonly held: number;
  /** All that the system has given to the process; it does not come back with a collection. */
  readonly resident: number;
}
